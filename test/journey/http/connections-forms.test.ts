import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { routesOf } from '../../../src/web/allowed-methods.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, posting, type Shown } from '../../support/customer.ts';

/** Every form of the overview of shares counts only when our own page sent it, in the browser it was shown to. */

let adapter: AdapterWorld;
let alice: Visitor;
let bob: Visitor;
beforeAll(async () => {
  adapter = await startAdapterWorld();
  [alice, bob] = [await atOverview('alice'), await atOverview('bob')];
});
afterAll(() => adapter.close());

/** Who is signed in, with a share to stop. */
interface Visitor {
  customer: Customer;
  grant: string;
  csrf: string;
}

async function atOverview(login: string): Promise<Visitor> {
  const customer = new Customer();
  await customer.open(adapter.link().url);
  await customer.press('continue');
  await customer.signIn(login);
  if (customer.page.step === 'supply') await customer.press('choose', { supply: '0' });
  await customer.press('allow');
  await customer.open(`${adapter.adapterUrl}/connections`);
  // Signed in at the identity provider already.
  await customer.press('continue');
  const { action, body } = customer.formOf('stop');
  return { customer, grant: /grt_[\w-]{22}/.exec(action)![0], csrf: body.get('csrf')! };
}

/** Where forms are taken, as the router itself says: a new one is in these tests by being there. */
function formAddresses(grant: string): string[] {
  const forms = routesOf(adapter.services.connectionsRouter).filter(({ methods }) => methods.includes('POST'));
  return forms.map(({ path }) => {
    const filled = path.replace(':grant', grant);
    if (filled.includes(':')) throw new Error(`say what stands in ${path}`);
    return adapter.adapterUrl + filled;
  });
}

/** Everything a form of these pages can change. */
async function books() {
  const { database } = adapter.services;
  return {
    sessions: await database.selectFrom('connection_sessions').selectAll().orderBy('id').execute(),
    grants: await database.selectFrom('grants').selectAll().orderBy('id').execute(),
    records: await database.selectFrom('consent_records').select('id').orderBy('id').execute(),
  };
}

const withCsrf = (...values: string[]) => new URLSearchParams(values.map((value) => ['csrf', value]));

test('the forms are those that the pages have', () => {
  expect(formAddresses('grt').map((address) => new URL(address).pathname)).toEqual([
    '/connections/continue',
    '/connections/switch',
    '/connections/signout',
    '/connections/grt/stop',
  ]);
});

describe.each<[string, (own: string, others: string) => URLSearchParams, Record<string, string>]>([
  ['without a value', () => withCsrf(), {}],
  ['with an empty one', () => withCsrf(''), {}],
  ['with a wrong one', () => withCsrf('x'.repeat(43)), {}],
  ['with its own, changed in one letter', (own) => withCsrf((own.startsWith('A') ? 'B' : 'A') + own.slice(1)), {}],
  ['with its own, twice', (own) => withCsrf(own, own), {}],
  ['with its own, and a wrong one', (own) => withCsrf(own, 'x'), {}],
  ['with its own, as a list', (own) => new URLSearchParams([['csrf[]', own]]), {}],
  ['with the value of another browser', (_own, others) => withCsrf(others), {}],
  ['from another site', (own) => withCsrf(own), { origin: 'https://evil.example' }],
  ['from a page without an origin', (own) => withCsrf(own), { origin: 'null' }],
  ['from another site, as Fetch Metadata says', (own) => withCsrf(own), { 'sec-fetch-site': 'cross-site' }],
  ['from a neighbour of our domain', (own) => withCsrf(own), { 'sec-fetch-site': 'same-site' }],
  ['from no page at all', (own) => withCsrf(own), { 'sec-fetch-site': 'none' }],
  ['as JSON', (own) => withCsrf(own), { 'content-type': 'application/json' }],
])('a form sent %s', (_, spoilt, headers) => {
  test('is refused wherever forms are taken, and changes nothing', async () => {
    const { customer, grant, csrf } = alice;
    const before = await books();
    for (const address of formAddresses(grant)) {
      const init = posting(spoilt(csrf, bob.csrf));
      const shown = await customer.fetch(address, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), ...headers },
      });
      expect([address, shown.status, shown.reason]).toEqual([address, 403, 'form_rejected']);
      expect(shown.headers.getSetCookie()).toEqual([]);
    }
    expect(await books()).toEqual(before);
  });
});

test('a form sent by a browser that holds no secret, or two, is refused and changes nothing', async () => {
  const { grant, csrf } = alice;
  const before = await books();
  const answers: Shown[] = [];
  for (const address of formAddresses(grant)) {
    answers.push(await new Customer().fetch(address, posting(withCsrf(csrf))));
    const cookie = ['a', 'b'].map((letter) => `connections=${letter.repeat(43)}`).join('; ');
    const twice = posting(withCsrf(csrf));
    answers.push(
      await new Customer().fetch(address, {
        ...twice,
        headers: { ...(twice.headers as Record<string, string>), cookie },
      }),
    );
  }
  expect(new Set(answers.map(({ status, reason }) => `${status} ${reason}`))).toEqual(new Set(['403 form_rejected']));
  expect(await books()).toEqual(before);
});

test('a button’s address, opened like a page, leads to the overview and changes nothing', async () => {
  const { customer, grant, csrf } = alice;
  const before = await books();
  for (const address of formAddresses(grant)) {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const shown = await customer.fetch(`${address}?csrf=${csrf}`, { method });
      const [status, location] = ['PUT', 'DELETE'].includes(method) ? [405, null] : [303, '/connections'];
      expect([method, shown.status, shown.headers.get('location')]).toEqual([method, status, location]);
    }
  }
  expect(await books()).toEqual(before);
});

test('a form that is as it should be is taken, wherever forms are taken', async () => {
  for (const name of ['continue', 'switch', 'signout', 'stop']) {
    const { customer, grant, csrf } = await atOverview('alice');
    const address = formAddresses(grant).find((one) => one.endsWith(`/${name}`))!;
    const shown = await customer.fetch(address, posting(withCsrf(csrf)));
    expect([name, shown.status]).toEqual([name, 303]);
    // Nobody is led to another site by the answer to a form.
    expect(shown.headers.get('location')).toMatch(/^\/connections/);
  }
});
