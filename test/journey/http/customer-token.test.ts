import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { HOUR, movableClock, type MovableClock } from '../../support/clock.ts';
import { Customer } from '../../support/customer.ts';
import { json, packFolder, startServer, type Asked, type LocalServer } from '../../tariff/support.ts';

/** A provider whose systems answer only to the customer's own token, which ends an hour after the customer has gone. */

let clock: MovableClock;
let billing: LocalServer;
let adapter: AdapterWorld;
let tokens: Set<string>;
/** A token the provider's systems take no more, though it has not ended. */
let refused: string;

const PACK = `
brand: { name: Example Energy }
country: GB
timezone: Europe/London
currency: GBP
supplies: { source: http, url: "\${API_URL}/supplies", auth: { type: customer_token } }
tariff:
  agreement: { source: http, url: "\${API_URL}/agreement/{supply_id}", auth: { type: customer_token } }
  prices:
    source: http
    url: "\${API_URL}/products/{agreement.product}"
    key: "{agreement.product}"
    declare: { vat: included, vat_rate: 0.05, price_includes: [energy] }
`;

const SUPPLY = { id: 'S-1', label: 'Home', direction: 'IMPORT', status: 'available' };
const hours = [{ valid_from: '00:00:00', valid_to: '00:00:00', rate: [{ value: 0.25 }] }];
const TARIFF = {
  provider_tariff_reference: 'FIX',
  display_name: 'Fixed',
  direction: 'IMPORT',
  type: 'COMMODITY',
  structure: 'FIXED',
  timezone: 'Europe/London',
  schedules: [
    {
      valid_from: '2024-01-01',
      schedule: [{ months: ['All'], days_and_hours: [{ days: ['All'], hours }] }],
    },
  ],
};
const ANSWERS: Record<string, unknown> = {
  '/supplies': { supplies: [SUPPLY] },
  '/agreement/S-1': { product: 'FIX', contract: { start_date: '2024-01-01' } },
  '/products/FIX': { tariff: TARIFF },
};

/** Tokens are asked about at the identity provider, as such systems do; shared prices need none. */
async function answer({ url, headers }: Asked, res: ServerResponse): Promise<void> {
  const authorization = headers.authorization ?? '';
  if (!url.startsWith('/products')) {
    const me = await fetch(`${adapter.world.identity.issuer}/me`, { headers: { authorization } });
    if (me.status !== 200 || authorization === refused) {
      json(res, {}, 401);
      return;
    }
    tokens.add(authorization);
  } else if (authorization !== '') {
    json(res, { error: 'a shared question with one customer’s token' });
    return;
  }
  json(res, ANSWERS[url]);
}

beforeEach(async () => {
  clock = movableClock(Date.now());
  tokens = new Set();
  refused = '';
  billing = await startServer((asked, res) => void answer(asked, res));
  adapter = await startAdapterWorld({
    pack: packFolder({ 'provider.yaml': PACK }),
    env: { API_URL: billing.origin },
    clock: clock.now,
  });
});
afterEach(async () => {
  await adapter.close();
  await billing.close();
});

async function connect(press: 'allow' | 'deny' = 'allow') {
  const { token, url } = adapter.link();
  const customer = new Customer();
  await customer.open(url);
  await customer.press('continue');
  await customer.signIn('alice');
  expect(customer.page.step).toBe('consent');
  await customer.press(press);
  const { body } = adapter.world.flatpeak.submissions.find(({ connectToken }) => connectToken === token)!;
  const { access_token, tariff_url } = (body as { auth_data?: Record<string, string> }).auth_data ?? {};
  const poll = async () => {
    const answered = await fetch(tariff_url!, { headers: { authorization: `Bearer ${access_token}` } });
    return { status: answered.status, body: (await answered.json()) as { code?: string; coverage?: object } };
  };
  return { customer, poll };
}
const kept = () => adapter.services.database.selectFrom('customer_tokens').selectAll().execute();

describe('the customer’s own token', () => {
  test('is renewed without the customer: polls go on long after it has ended', async () => {
    const { poll } = await connect();
    for (let day = 0; day < 3; day += 1) {
      expect(await poll()).toMatchObject({ status: 200, body: { coverage: { last_good: false } } });
      clock.advance(24 * HOUR);
    }
    // One for the visit and the first day, one for each of the others.
    expect(tokens.size).toBe(3);
  });

  test('is renewed at once where the provider has ended it before its time', async () => {
    const { poll } = await connect();
    const [first = ''] = tokens;
    expect((await poll()).status).toBe(200);
    refused = first;
    clock.advance(HOUR / 2);
    expect(await poll()).toMatchObject({ status: 200, body: { coverage: { last_good: false } } });
    expect(tokens.size).toBe(2);
  });

  test('is kept sealed, with a consent only', async () => {
    await connect('deny');
    expect(await kept()).toEqual([]);
    await connect();
    expect(await kept()).toHaveLength(1);
    const told = JSON.stringify(await kept()) + adapter.logged();
    for (const token of tokens) expect(told).not.toContain(token.replace('Bearer ', ''));
  });

  test('is given back where the customer does not agree', async () => {
    await connect('deny');
    const [authorization = ''] = tokens;
    let status = 200;
    while (status === 200) {
      ({ status } = await fetch(`${adapter.world.identity.issuer}/me`, { headers: { authorization } }));
    }
    expect(status).toBe(401);
  });

  test('that cannot be renewed for a while leaves the last good tariff in force', async () => {
    const { poll } = await connect();
    await poll();
    adapter.world.identity.faults.set({ token: { status: 503, body: {} } });
    clock.advance(2 * HOUR);
    expect(await poll()).toMatchObject({ status: 200, body: { coverage: { last_good: true } } });
    adapter.world.identity.faults.clear();
    clock.advance(HOUR);
    expect(await poll()).toMatchObject({ status: 200, body: { coverage: { last_good: false } } });
  });

  test('that the customer has taken back ends the grant, and says so', async () => {
    const { poll } = await connect();
    expect((await poll()).status).toBe(200);
    adapter.world.identity.faults.set({ token: { status: 400, body: { error: 'invalid_grant' } } });
    clock.advance(2 * HOUR);
    expect(await poll()).toMatchObject({ status: 401, body: { code: 'grant_access_ended' } });
    adapter.world.identity.faults.clear();
    expect(await poll()).toMatchObject({ status: 401, body: { code: 'grant_access_ended' } });
    expect(await kept()).toEqual([]);
    expect(adapter.events('grant_ended')).toEqual([expect.objectContaining({ reason: 'access_ended' })]);
  });
});
