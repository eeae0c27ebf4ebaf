import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomToken } from '../../src/base/random.ts';
import { json, packFolder, removePackFolders, startServer, type LocalServer } from '../tariff/support.ts';
import { usePlantedWorld } from './planted-world.ts';

/** What the provider's own systems say when they fail or talk nonsense is repeated nowhere. */

const PACK = `
brand: { name: Example Energy }
country: GB
timezone: Europe/London
currency: GBP
supplies:
  source: http
  url: "\${API_URL}/supplies?key=\${SOURCE_KEY}"
  headers: { x-tenant: "\${TENANT_KEY}" }
  auth: &auth
    type: client_credentials
    token_url: "\${API_URL}/token"
    client_id: adapter
    client_secret: "\${SOURCE_SECRET}"
tariff:
  source: http
  url: "\${API_URL}/tariff/{supply_id}?from={from}&to={to}&key=\${SOURCE_KEY}"
  auth: *auth
`;

type Part = 'token' | 'supplies' | 'tariff';
type Says = (res: ServerResponse) => unknown;

/** What a part says instead of what is right. */
const says: Partial<Record<Part, Says | undefined>> = {};
const RIGHT: Record<Part, Says> = {
  token: (res) => json(res, { access_token: randomToken(), token_type: 'bearer', expires_in: 1 }),
  supplies: (res) => json(res, { supplies: [supply(supplyId)] }),
  tariff: (res) => json(res, { contract: { start_date: '2024-01-01' }, tariff: tariff() }),
};
/** Another one in each test, or its tariff would be known already. */
let supplyId = '';
const supply = (id: string) => ({ id, label: 'Home', direction: 'IMPORT', status: 'available' });
const START = '2024-01-01T00:00:00Z';
const tariff = (more: object = {}) => ({
  provider_tariff_reference: 'FIX',
  display_name: 'Fixed',
  direction: 'IMPORT',
  type: 'COMMODITY',
  structure: 'DYNAMIC',
  timezone: 'Europe/London',
  price_includes: ['energy'],
  vat: { included: true, rate: 0.05 },
  prices: [{ valid_from: START, price: { value: 0.25 } }],
  ...more,
});

let server: LocalServer;
beforeAll(async () => {
  server = await startServer(({ url }, res) => {
    const part = /^\/(token|supplies|tariff)/.exec(url)?.[1] as Part;
    (says[part] ?? RIGHT[part])(res);
  });
});
const world = usePlantedWorld(() => ({
  pack: packFolder({ 'provider.yaml': PACK }),
  env: {
    API_URL: server.origin,
    SOURCE_KEY: randomToken(),
    TENANT_KEY: randomToken(),
    SOURCE_SECRET: randomToken(),
  },
}));
beforeEach(() => {
  supplyId = `S-${randomToken()}`;
});
afterEach(() => {
  for (const part of ['token', 'supplies', 'tariff'] as const) says[part] = undefined;
});
afterAll(async () => {
  await server.close();
  removePackFolders();
});

/** As any of them may answer. */
const failures: [string, () => Says][] = [
  ...[301, 401, 404, 429, 500].map((status): [string, () => Says] => [
    `answers with status ${status}`,
    () => {
      const headers = {
        'content-type': 'application/json',
        'www-authenticate': `Bearer realm="${world.plant('challenge')}"`,
        'x-trace': world.plant('a header'),
        location: `https://${world.plant('location')}.example`,
      };
      const body = JSON.stringify({ error: world.plant('error'), message: world.plant('message') });
      return (res) => res.writeHead(status, headers).end(body);
    },
  ]),
  ['says an error in a success’s clothes', () => asJson({ error: world.plant('error') })],
  ['says what is not JSON', () => (res) => res.end(`{"name": ${world.plant('not JSON')}`)],
  ['answers with a page', () => (res) => res.end(`<html><p>${world.plant('a page')}`)],
  ['answers with XML', () => (res) => res.end(`<?xml version="1.0"?><a>${world.plant('XML')}</b>`)],
  ['drops the line', () => (res) => res.destroy()],
  ['says nothing', () => (res) => res.end()],
];
const asJson =
  (body: unknown): Says =>
  (res) =>
    json(res, body);

const arrive = async () => {
  const customer = await world.atSignIn();
  await customer.signIn('alice');
  return customer.page;
};

describe('a supplies source that', () => {
  test.each<[string, () => Says]>([
    ...failures,
    ['says a key nobody knows', () => asJson({ [world.plant('a name')]: world.plant('a value') })],
    ['says texts for lists', () => asJson({ supplies: world.plant('supplies') })],
    [
      'says supplies of another shape',
      () => asJson({ supplies: [{ [world.plant('a name')]: world.plant('a value') }] }),
    ],
    [
      'says values that are none',
      () =>
        asJson({
          supplies: [
            {
              id: world.plant('id').repeat(20),
              label: '',
              direction: world.plant('direction'),
              status: world.plant('status'),
              postal_address: { country_code: world.plant('country') },
              contract: { start_date: world.plant('start') },
            },
          ],
        }),
    ],
    [
      'says the same supply twice',
      () => {
        const one = supply(world.plant('id'));
        return asJson({ supplies: [one, one] });
      },
    ],
    ['leads to another host', () => asJson({ supplies: [], next: `https://${world.plant('next')}.example/` })],
  ])('%s', async (_, fault) => {
    says.supplies = fault();
    expect(await arrive()).toMatchObject({ step: 'error' });
  });
});

describe('the token endpoint of a source that', () => {
  test.each<[string, () => Says]>([
    ...failures,
    ['gives no token', () => asJson({ token: world.plant('token'), token_type: 'bearer' })],
    ['gives a token of another type', () => asJson({ access_token: 'a', token_type: world.plant('type') })],
  ])('%s', async (_, fault) => {
    says.token = fault();
    // One that was got a moment ago is good for as long.
    says.supplies = (res) => json(res, {}, 401);
    expect(await arrive()).toMatchObject({ step: 'error', reason: 'supplies_unavailable' });
  });
});

describe('a tariff source that', () => {
  const wrong = (more: object): Says => asJson({ contract: { start_date: '2024-01-01' }, tariff: tariff(more) });
  const over = { start_date: '2020-01-01', end_date: '2020-02-01' };
  const faults: [string, () => Says][] = [
    ...failures,
    ['says a key nobody knows', () => wrong({ [world.plant('a name')]: world.plant('a value') })],
    ['says nothing anybody knows', () => asJson({ [world.plant('a name')]: [{ rate: world.plant('rate') }] })],
    [
      'says a price that is none',
      () => wrong({ prices: [{ valid_from: START, price: { value: world.plant('value') } }] }),
    ],
    ['says a time that is none', () => wrong({ prices: [{ valid_from: world.plant('time'), price: { value: 1 } }] })],
    ['says a zone that is none', () => wrong({ timezone: world.plant('zone') })],
    ['says a word that is none', () => wrong({ structure: world.plant('structure') })],
    ['says a contract that is over', () => asJson({ contract: over, tariff: tariff() })],
    ['cannot serve it, and says why', () => asJson({ not_supported: world.plant('reason') })],
    ['cannot serve it, and says so at length', () => asJson({ not_supported: `a ${world.plant('reason')} meter` })],
  ];

  test.each(faults)('%s, when a customer is to agree', async (_, fault) => {
    says.tariff = fault();
    expect(['consent', 'error']).toContain((await arrive()).step);
    expect(
      world.adapter.events('tariff_not_shown').length + world.adapter.events('problem_shown').length,
    ).toBeGreaterThan(0);
  });

  let grant: Promise<string> | undefined;
  const connected = async (): Promise<string> => {
    const customer = await world.atSignIn();
    await customer.signIn('alice');
    await customer.press('allow');
    return world.grantOf(customer.token);
  };
  /** A day nobody has asked for yet, so that the source is asked. */
  let day = Temporal.PlainDate.from('2024-02-01');
  const poll = async () => {
    day = day.add({ days: 1 });
    const range = `from=${day.toString()}T00:00:00Z&to=${day.toString()}T12:00:00Z`;
    const headers = { authorization: `Bearer ${await (grant ??= connected())}` };
    return (await fetch(`${world.adapter.adapterUrl}/tariff?${range}`, { headers })).status;
  };

  test.each(faults)('%s, when it is polled', async (_, fault) => {
    expect(await poll()).toBe(200);
    says.tariff = fault();
    expect(await poll()).toBe(503);
  });
});
