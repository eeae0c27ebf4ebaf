import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startProviderBackend, type ProviderBackend } from '../../src/sandbox/backend/backend.ts';
import { basic } from './support.ts';

const SECRET = 'not-a-secret-for-anybody';

let now: number;
let backend: ProviderBackend;

beforeEach(async () => {
  now = Date.parse('2026-06-10T09:10:00Z');
  backend = await startProviderBackend({ clientSecret: SECRET, clock: () => now });
});

afterEach(() => backend.close());

const token = async (secret = SECRET) => {
  const headers = { authorization: basic(backend.clientId, secret) };
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'billing' });
  const answer = await fetch(backend.tokenUrl, { method: 'POST', headers, body });
  return { status: answer.status, body: (await answer.json()) as { access_token: string; expires_in: number } };
};

const get = async (path: string) => {
  const { body } = await token();
  const url = path.startsWith('/') ? backend.url + path : path;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${body.access_token}` } });
  return { status: answer.status, body: await answer.json() };
};

interface Supplies {
  supplies: { id: string; status: string; reason?: string; contract: { start_date: string; end_date: string } }[];
  next?: string;
}

interface Tariff {
  prices: { valid_from: string; valid_to: string; price: { value: number } }[];
}

describe('authorisation', () => {
  test('client credentials give a token for ten minutes', async () => {
    expect(await token()).toMatchObject({ status: 200, body: { expires_in: 600, scope: 'billing' } });
  });

  test('a wrong secret gives none', async () => {
    expect((await token('something-else')).status).toBe(401);
  });

  test.each<[string, Record<string, string>, string]>([
    ['no token', {}, 'Bearer'],
    ['an invented token', { authorization: 'Bearer invented' }, 'Bearer error="invalid_token"'],
    ['the client’s own secret', { authorization: basic('tariff-adapter', SECRET) }, 'Bearer'],
  ])('%s is refused', async (_what, headers, challenge) => {
    for (const path of ['/customers/C-1001/supplies', '/supplies/S-1001-0001/tariff']) {
      const answer = await fetch(backend.url + path, { headers });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, challenge]);
    }
  });
});

describe('supplies', () => {
  test.each([
    ['alice', 'C-1001', ['available']],
    ['bob', 'C-1002', ['available', 'available', 'switch_pending']],
    ['carol', 'C-1003', []],
    ['dave', 'C-1004', ['moved_out']],
  ])('%s', async (_login, customer, expected) => {
    const { body } = (await get(`/customers/${customer}/supplies`)) as { body: Supplies };
    expect(body.supplies.map(({ status, reason }) => reason ?? status)).toEqual(expected);
    expect(body.next).toBeUndefined();
  });

  test('erin’s thousand come a hundred at a time, each once', async () => {
    const ids: string[] = [];
    let pages = 0;
    for (let next: string | undefined = '/customers/C-1005/supplies'; next !== undefined; pages += 1) {
      const { body } = (await get(next)) as { body: Supplies };
      ids.push(...body.supplies.map(({ id }) => id));
      next = body.next;
    }
    expect([pages, ids.length, new Set(ids).size]).toEqual([10, 1000, 1000]);
  });

  test('a contract has begun, and ends a year after it began, at midnight where it is', async () => {
    const { body } = (await get('/customers/C-1001/supplies')) as { body: Supplies };
    expect(body.supplies[0]?.contract).toEqual({
      start_date: '2026-03-01T00:00:00Z',
      end_date: '2027-03-01T00:00:00Z',
    });
  });

  test.each([
    ['an unknown customer', '/customers/C-9999/supplies', 404],
    ['page 0', '/customers/C-1005/supplies?page=0', 400],
    ['a page that is no number', '/customers/C-1005/supplies?page=x', 400],
  ])('%s is refused', async (_what, path, status) => {
    expect((await get(path)).status).toBe(status);
  });
});

describe('tariffs', () => {
  const tariff = async (supply: string, query = '') =>
    (await get(`/supplies/${supply}/tariff${query}`)).body as { contract: unknown; tariff: Tariff };

  test.each([
    ['S-1001-0001', 'DYNAMIC', 'prices'],
    ['S-1002-0001', 'TIME_OF_DAY', 'schedules'],
    ['S-1002-0002', 'FIXED', 'schedules'],
  ])('%s is %s', async (supply, structure, member) => {
    const body = await tariff(supply);
    expect(body.tariff).toMatchObject({
      structure,
      direction: 'IMPORT',
      type: 'COMMODITY',
      currency: 'GBP',
      timezone: 'Europe/London',
      vat: { included: true, rate: 0.05 },
      [member]: expect.any(Array),
    });
    expect(Object.keys(body)).toEqual(['contract', 'tariff']);
  });

  test('half-hours follow each other without a hole, two days ahead', async () => {
    const { prices } = (await tariff('S-1001-0001')).tariff;
    const ends = prices.map(({ valid_to }) => valid_to);
    expect(prices[0]?.valid_from).toBe('2026-06-09T23:00:00Z');
    expect(prices.slice(1).map(({ valid_from }) => valid_from)).toEqual(ends.slice(0, -1));
    expect(ends.at(-1)).toBe('2026-06-12T09:30:00Z');
  });

  test.each([
    ['an ordinary day', '2026-06-09T23:00:00Z', '2026-06-10T23:00:00Z', 48],
    ['the short day', '2026-03-29T00:00:00Z', '2026-03-29T23:00:00Z', 46],
    ['the long day', '2025-10-25T23:00:00Z', '2025-10-27T00:00:00Z', 50],
  ])('%s from %s to %s has %i half-hours', async (_what, from, to, count) => {
    if (from.startsWith('2025')) now = Date.parse('2025-10-25T12:00:00Z');
    const { prices } = (await tariff('S-1001-0001', `?from=${from}&to=${to}`)).tariff;
    expect(prices).toHaveLength(count);
  });

  test('a day’s prices are the same whenever they are asked for', async () => {
    const query = '?from=2026-06-10T12:00:00Z&to=2026-06-10T20:00:00Z';
    const earlier = (await tariff('S-1001-0001', query)).tariff;
    now += 6 * 3_600_000;
    expect((await tariff('S-1001-0001', query)).tariff).toEqual(earlier);
  });

  test('prices are those of a household: to a hundredth of a penny, between -10 p and 60 p', async () => {
    const { prices } = (await tariff('S-1001-0001', '?from=2026-03-15T00:00:00Z&to=2026-06-10T00:00:00Z')).tariff;
    const values = prices.map(({ price }) => price.value);
    expect(values.filter((value) => value < -0.1 || value > 0.6 || !/^-?0(\.\d{1,4})?$/.test(String(value)))).toEqual(
      [],
    );
  });

  test.each([
    ['an unknown supply', '/supplies/S-9999-0001/tariff', 404],
    ['a time without a zone', '/supplies/S-1001-0001/tariff?from=2026-06-10T00:00:00', 400],
    ['an end before the start', '/supplies/S-1001-0001/tariff?from=2026-06-10T00:00:00Z&to=2026-06-09T00:00:00Z', 400],
    ['half a year', '/supplies/S-1001-0001/tariff?from=2026-01-10T00:00:00Z&to=2026-06-09T00:00:00Z', 400],
  ])('%s is refused', async (_what, path, status) => {
    expect((await get(path)).status).toBe(status);
  });
});

test('an outage can be switched on and off', async () => {
  backend.faults.set({ tariff: { status: 503 } });
  expect((await get('/supplies/S-1001-0001/tariff')).status).toBe(503);
  expect((await get('/customers/C-1001/supplies')).status).toBe(200);
  backend.faults.set({ tariff: null });
  expect((await get('/supplies/S-1001-0001/tariff')).status).toBe(200);
});
