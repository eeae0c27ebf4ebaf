import type { Journey } from '../../../src/journey/journeys.ts';
import type { State } from '../../../src/journey/rules/transitions.ts';
import type { AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, posting, type Shown } from '../../support/customer.ts';

/** One journey in the hands of the customer whose it is, on the page they see. */
export interface Stage {
  token: string;
  url: string;
  id: string;
  customer: Customer;
  /** The CSRF value of the page before sign-in. */
  csrfBefore: string;
  /** What that page says of the customer, and nobody else may learn. */
  private: string[];
}

/** The value in a page's forms; all of them carry the same. */
export const csrfOn = ({ document }: Shown): string =>
  document.querySelector('input[name="csrf"]')?.getAttribute('value') ?? '';

/** What this browser's cookie for the journey holds. */
export const secretOf = async ({ customer, url, id }: Pick<Stage, 'customer' | 'url' | 'id'>): Promise<string> =>
  new RegExp(`journey-${id}=([^;]*)`).exec(await customer.cookies(url))?.[1] ?? '';

type Arrive = (adapter: AdapterWorld) => Promise<Stage>;

/** Limits out of the way: these tests ask more often than people do. */
export const UNLIMITED = { LIMIT_ENTRIES_PER_MINUTE: '1000000', LIMIT_REQUESTS_PER_MINUTE: '1000000' };

export const journeyOf = (adapter: AdapterWorld, { id }: Pick<Stage, 'id'>): Promise<Journey | null> =>
  adapter.services.journeys.byId(id);

/** Everything Flatpeak was told about a token, accepted or not. */
export const toldAbout = ({ world }: AdapterWorld, { token }: Pick<Stage, 'token'>): unknown[] =>
  world.flatpeak.requests.filter(({ method, path }) => method === 'POST' && path.endsWith(token));

export const idIn = (url: string): string => new URL(url).pathname.split('/')[2] ?? '';

const started: Arrive = async (adapter) => {
  const link = adapter.link();
  const customer = new Customer();
  await customer.open(link.url);
  return { ...link, id: idIn(customer.page.url), customer, csrfBefore: csrfOn(customer.page), private: [] };
};

const signedIn =
  (login: string, known: string[]): Arrive =>
  async (adapter) => {
    const stage = await started(adapter);
    await stage.customer.press('continue');
    await stage.customer.signIn(login);
    return { ...stage, private: known };
  };

const deciding = signedIn('alice', ['Archer', 'Half-Hourly', 'BS1 4ND']);

/** Allows, and stays on the page that was shown before. */
const allowed: Arrive = async (adapter) => {
  const stage = await deciding(adapter);
  const { action, body } = stage.customer.formOf('allow');
  await stage.customer.fetch(action, posting(body));
  return { ...stage, private: [] };
};

const settled: Arrive = async (adapter) => {
  const stage = await allowed(adapter);
  await stage.customer.open(stage.customer.page.url);
  return { ...stage, private: [stage.token] };
};

/** How a journey comes into each of its states; those with a fault of Flatpeak's leave the fault in place. */
export const STAGES: Record<State, Arrive> = {
  started,
  signed_in: signedIn('dave', ['Station Road', 'LS1 4DY', 'moved out']),
  choosing: signedIn('bob', ['Baker', 'Harbour Street', 'Night Saver']),
  deciding,
  decided: (adapter) => {
    adapter.world.flatpeak.faults.set({ submission: { status: 503 } });
    return allowed(adapter);
  },
  delivered: (adapter) => {
    adapter.world.flatpeak.faults.clear();
    return settled(adapter);
  },
  undelivered: async (adapter) => {
    adapter.world.flatpeak.faults.set({ submission: { status: 422, body: {} } });
    return { ...(await settled(adapter)), private: [] };
  },
};
