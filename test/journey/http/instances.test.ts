import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { arriveAtConsent, Customer, posting } from '../../support/customer.ts';

/**
 * What one instance begins another goes on with, and what happens on all of them in the same moment happens once. With
 * one instance alone, it is the same for requests that overlap.
 */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld();
});
afterAll(() => adapter.close());

/** An address of ours, asked of one instance rather than of whoever is next. */
const at = (instance: number, address: string): string => {
  const { pathname, search } = new URL(address, adapter.adapterUrl);
  return adapter.instances[instance % adapter.instances.length]!.url + pathname + search;
};
const everywhere = <T>(ask: (instance: number) => Promise<T>): Promise<T[]> => Promise.all([0, 1, 2, 3].map(ask));

const submissionsFor = (token: string) =>
  adapter.world.flatpeak.requests.filter((request) => request.method === 'POST' && request.path.endsWith(token));
const decisions = () => adapter.services.database.selectFrom('decisions').select('id').execute();

/** The customer's browser knows one address; the answers to it come from the instance this returns. */
class Wanderer extends Customer {
  #turn = 0;
  override fetch(url: string, init: RequestInit = {}) {
    const ours = url.startsWith(adapter.adapterUrl);
    return super.fetch(ours ? at((this.#turn += 1), url) : url, init).then((shown) => ({ ...shown, url }));
  }
}

test('begun on one, back from sign-in on the next, decided on the first, finished on the second', async () => {
  const link = adapter.link();
  const customer = new Wanderer();
  await customer.open(link.url);
  await customer.press('continue');
  await customer.signIn('alice');
  expect(customer.page.step).toBe('consent');
  await customer.press('allow');
  expect(customer.page.step).toBe('done');
  expect(submissionsFor(link.token)).toHaveLength(1);
});

describe('in the same moment', () => {
  test.each(['allow', 'deny', 'cancel'])(
    '%s is one decision, and everyone is led to where it stands',
    async (action) => {
      const link = adapter.link();
      const customer = await arriveAtConsent(link);
      if (action === 'cancel') await customer.press('switch').then(() => customer.open(link.url));
      const before = await decisions();
      const form = customer.formOf(action);
      const answers = await everywhere((instance) => customer.fetch(at(instance, form.action), posting(form.body)));
      expect(answers.map(({ status, headers }) => [status, headers.get('location')?.split('/').at(-1)])).toEqual(
        answers.map(() => [303, expect.stringMatching(/^(finishing|done)$/)]),
      );
      await customer.open(link.url);
      expect(customer.page.step).toBe('done');
      expect(await decisions()).toHaveLength(before.length + 1);
      expect(submissionsFor(link.token)).toHaveLength(1);
    },
  );

  test('yes and no are one decision', async () => {
    const link = adapter.link();
    const customer = await arriveAtConsent(link);
    const [yes, no] = [customer.formOf('allow'), customer.formOf('deny')];
    const answers = await everywhere((instance) => {
      const form = instance % 2 === 0 ? yes : no;
      return customer.fetch(at(instance, form.action), posting(form.body));
    });
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303]);
    await customer.open(link.url);
    expect(submissionsFor(link.token)).toHaveLength(1);
  });

  test('the same link opens one journey', async () => {
    const link = adapter.link();
    const shown = await everywhere((instance) => new Customer().fetch(at(instance, link.url)));
    const places = shown.map(({ status, headers }) => ({ status, place: headers.get('location') }));
    expect(places).toEqual(places.map(() => ({ status: 303, place: expect.stringMatching(/\/login$/) })));
    expect(new Set(places.map(({ place }) => place)).size).toBe(1);
  });

  test('an expired visit is opened anew once', async () => {
    const link = adapter.link();
    await new Customer().fetch(link.url);
    const { database } = adapter.services;
    await database.updateTable('journeys').set({ expires_at: 1 }).where('token_hash', 'is not', null).execute();
    const shown = await everywhere((instance) => new Customer().fetch(at(instance, link.url)));
    expect(new Set(shown.map(({ status, headers }) => `${status} ${headers.get('location') ?? ''}`)).size).toBe(1);
    expect(shown[0]?.status).toBe(303);
  });

  test('"continue" begins a sign-in that can be completed', async () => {
    const link = adapter.link();
    const customer = new Customer();
    await customer.open(link.url);
    const form = customer.formOf('continue');
    await everywhere((instance) => customer.fetch(at(instance, form.action), posting(form.body)));
    await customer.press('continue');
    await customer.signIn('alice');
    expect(customer.page.step).toBe('consent');
  });

  test('a callback that is sent twice signs in once', async () => {
    const link = adapter.link();
    const customer = await arriveAtConsent(link);
    const callback = customer.visited.find((url) => url.includes('/connect/callback')) ?? '';
    const shown = await everywhere((instance) => customer.fetch(at(instance, callback)));
    expect(shown.map(({ headers }) => headers.get('location')?.split('/').at(-1))).toEqual(shown.map(() => 'consent'));
  });
});

test('all instances look customers up by one secret', async () => {
  const secrets = await adapter.services.database.selectFrom('settings').select('name').execute();
  expect(secrets).toEqual([{ name: 'lookup_secret' }]);
  const link = adapter.link();
  await (await arriveAtConsent(link)).press('allow');
  await (await arriveAtConsent(adapter.link())).press('allow');
  const grants = await adapter.services.database.selectFrom('grants').select('subject_key').execute();
  expect(new Set(grants.map(({ subject_key }) => subject_key)).size).toBe(1);
});

test('what Flatpeak is told is sent by one of them, however many look', async () => {
  const links = Array.from({ length: 8 }, () => adapter.link());
  await Promise.all(
    links.map(async ({ url }) => {
      const customer = new Customer();
      await customer.open(url);
      await customer.press('cancel');
    }),
  );
  for (const { token } of links) expect(submissionsFor(token)).toHaveLength(1);
});
