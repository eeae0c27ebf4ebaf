import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { startAdapterWorld, type AdapterOptions, type AdapterWorld } from '../support/adapter-world.ts';
import { Customer } from '../support/customer.ts';

/** A world for a file of tests in which others answer, ask and fail with values that must not get anywhere. */
export interface PlantedWorld {
  readonly adapter: AdapterWorld;
  /** A value nobody else has. A test fails when it is found in the log or on a page, and the file when in the database. */
  plant(name: string, shown?: 'shown'): string;
  /** A customer who has opened a new link. */
  visit(): Promise<Customer & { token: string }>;
  /** The same, on the page of the identity provider. */
  atSignIn(): Promise<Customer & { token: string }>;
  /** The access token Flatpeak was given when a customer agreed. */
  grantOf(token: string): string;
}

export function usePlantedWorld(options: () => AdapterOptions = () => ({})): PlantedWorld {
  let adapter: AdapterWorld;
  let seen = 0;
  beforeAll(async () => {
    adapter = await startAdapterWorld(options());
  });
  afterEach(() => {
    const { flatpeak, identity, backend } = adapter.world;
    for (const part of [flatpeak, identity, backend]) part.faults.clear();
    adapter.secrecy.place({ name: 'the log', content: adapter.logged().slice(seen) });
    seen = adapter.logged().length;
    adapter.secrecy.verify();
  });
  afterAll(() => adapter.close());

  const visit = async () => {
    const { token, url } = adapter.link();
    const customer = Object.assign(new Customer(), { token });
    await customer.open(url);
    return customer;
  };
  return {
    get adapter() {
      return adapter;
    },
    plant: (name, shown) => adapter.secrecy.plant(name, shown),
    visit,
    grantOf: (token) => {
      const { body } = adapter.world.flatpeak.connection(token)?.submission ?? {};
      return (body as { auth_data: { access_token: string } }).auth_data.access_token;
    },
    atSignIn: async () => {
      const customer = await visit();
      await customer.press('continue');
      return customer;
    },
  };
}
