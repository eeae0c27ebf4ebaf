import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createEntitlement, type EntitlementParts, type Seen } from '../../../src/tariff/entitlement.ts';
import { createMapper } from '../../../src/tariff/mapping/mapper.ts';
import { createSupplies, type Supplies } from '../../../src/tariff/supplies.ts';
import { DAY, HOUR, MINUTE, movableClock, NOON, SECOND, type MovableClock } from '../../support/clock.ts';
import { HEAD, json, NO_TARIFF, packOf, quiet, removePackFolders, startServer, type LocalServer } from '../support.ts';

const mapper = createMapper({ processes: 1 });
let clock: MovableClock;
let server: LocalServer;
let supplies: Supplies;
let answer: (res: ServerResponse) => unknown;
/** What became of grants, as the database would be told. */
let entitled: [grant: string, at: number][];
let ended: [grant: string, reason: string, detail: string][];

const home = {
  id: 'S-1',
  account_id: 'A-1',
  meter_point_id: 'M-1',
  label: 'Home',
  direction: 'IMPORT',
  status: 'available',
};
const says = (...listed: unknown[]) => {
  answer = (res) => json(res, { supplies: listed });
};

beforeEach(async () => {
  clock = movableClock();
  entitled = [];
  ended = [];
  says(home);
  server = await startServer((_, res) => answer(res));
  supplies = suppliesWithin(5000);
});

const suppliesWithin = (timeoutMs: number): Supplies => {
  const pack = packOf(`${HEAD}supplies: { source: http, url: "${server.origin}/{sub}" }\n${NO_TARIFF}`);
  return createSupplies({ pack, mapper, clock: clock.now, env: {}, timeoutMs });
};

afterEach(async () => {
  await supplies.close();
  await server.close();
});
afterAll(async () => {
  removePackFolders();
  await mapper.close();
});

const entitlement = (parts: Partial<EntitlementParts> = {}) =>
  createEntitlement({
    supplies,
    grants: {
      entitled: (grant, at) => {
        entitled.push([grant, at]);
        return Promise.resolve();
      },
    },
    endings: {
      end: (grant, reason, detail) => {
        ended.push([grant, reason, detail]);
        return Promise.resolve(true);
      },
    },
    clock: clock.now,
    log: quiet,
    ...parts,
  });

const grantOf = (
  supply: Partial<typeof home> | { account_id: null; meter_point_id: null } = {},
  sub = 'customer-1',
) => ({
  status: 'active' as const,
  grantId: 'grt_1',
  expiresAt: NOON + 365 * DAY,
  entitledAt: NOON,
  supply: { id: 'S-1', account_id: 'A-1', meter_point_id: 'M-1', ...supply },
  customer: { sub, claims: {} },
});

const readAt = (at: number, lastGood = false): Seen => ({
  supplyReadAt: Temporal.Instant.fromEpochMilliseconds(at),
  lastGood,
});
const NOTHING_NEW: Seen = { supplyReadAt: null, lastGood: false };

describe('the supplies source is asked', () => {
  test.each<[name: string, after: number, seen: () => Seen, asked: boolean]>([
    ['not while its word is of today', DAY - 1, () => NOTHING_NEW, false],
    ['once its word is a day old', DAY, () => NOTHING_NEW, true],
    ['not where the supply was read before', HOUR, () => readAt(NOON - MINUTE), false],
    ['where the supply was read anew', HOUR, () => readAt(NOON + HOUR), true],
    ['not at once where the tariff’s source fails', 15 * MINUTE - 1, () => 'source_failed', false],
    ['where the tariff’s source fails for longer', 15 * MINUTE, () => 'source_failed', true],
    ['where an older tariff is served for longer', 15 * MINUTE, () => readAt(NOON - DAY, true), true],
  ])('%s', async (_, after, seen, asked) => {
    clock.advance(after);
    expect(await entitlement().lost(grantOf(), seen())).toBeNull();
    expect(server.asked).toHaveLength(asked ? 1 : 0);
    expect(entitled).toEqual(asked ? [['grt_1', NOON + after]] : []);
  });

  test('once for all grants of one customer, and once for each customer', async () => {
    clock.advance(DAY);
    const { lost } = entitlement();
    await Promise.all(['customer-1', 'customer-1', 'customer-2'].map((sub) => lost(grantOf({}, sub), NOTHING_NEW)));
    expect(server.asked.map(({ url }) => url).sort()).toEqual(['/customer-1', '/customer-2']);
  });
});

describe('a grant ends', () => {
  test.each<[name: string, listed: unknown[], detail: string]>([
    ['when the supply is gone', [{ ...home, id: 'S-2' }], 'gone'],
    ['when there are no supplies any more', [], 'gone'],
    ['when the customer moved out', [{ ...home, status: 'unavailable', reason: 'moved_out' }], 'moved_out'],
    [
      'when the customer is not the account holder any more',
      [{ ...home, status: 'unavailable', reason: 'not_account_holder' }],
      'not_account_holder',
    ],
    ['when it can be shared no longer, without a reason', [{ ...home, status: 'unavailable' }], 'other'],
    ['when it belongs to another account', [{ ...home, account_id: 'A-2' }], 'other_account'],
    ['when it is another meter point', [{ ...home, meter_point_id: 'M-2' }], 'other_meter_point'],
  ])('%s', async (_, listed, detail) => {
    says(...listed);
    clock.advance(DAY);
    expect(await entitlement().lost(grantOf(), NOTHING_NEW)).toBe('supply_left');
    expect(ended).toEqual([['grt_1', 'supply_left', detail]]);
    expect(entitled).toEqual([]);
  });

  test('not because more is known of it than before', async () => {
    clock.advance(DAY);
    const grant = grantOf({ account_id: null, meter_point_id: null });
    expect(await entitlement().lost(grant, NOTHING_NEW)).toBeNull();
  });

  test('for the poller even when that cannot be written down', async () => {
    says();
    clock.advance(DAY);
    const endings = { end: () => Promise.reject(new Error('database away')) };
    expect(await entitlement({ endings }).lost(grantOf(), NOTHING_NEW)).toBe('supply_left');
  });
});

describe('nothing ends when the supplies source', () => {
  test.each<[name: string, answer: (res: ServerResponse) => unknown]>([
    ['fails', (res) => json(res, {}, 503)],
    ['refuses our credentials', (res) => json(res, {}, 401)],
    ['does not know the customer', (res) => json(res, {}, 404)],
    ['answers with an error', (res) => json(res, { errors: ['x'] })],
    ['answers with nothing', (res) => res.end()],
    ['breaks off', (res) => res.destroy()],
    ['is silent', () => undefined],
  ])('%s', async (_, failing) => {
    answer = failing;
    clock.advance(2 * DAY);
    const hurried = suppliesWithin(100);
    expect(await entitlement({ supplies: hurried }).lost(grantOf(), NOTHING_NEW)).toBeNull();
    expect([...ended, ...entitled]).toEqual([]);
    await hurried.close();
  });
});

describe('a source in trouble', () => {
  test('holds a poll up for a moment only; the next one learns what it said', async () => {
    let release: (() => void) | undefined;
    const waiting: Pick<Supplies, 'read'> = {
      read: () => new Promise((resolve) => (release = () => resolve([]))),
    };
    clock.advance(DAY);
    const { lost } = entitlement({ supplies: waiting, patienceMs: 5 });
    expect(await lost(grantOf(), NOTHING_NEW)).toBeNull();
    release?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual([['grt_1', 'supply_left', 'gone']]);
    expect(await lost(grantOf(), NOTHING_NEW)).toBe('supply_left');
  });

  test('is not asked again by every poll', async () => {
    answer = (res) => json(res, {}, 503);
    clock.advance(DAY);
    const { lost } = entitlement();
    await lost(grantOf(), NOTHING_NEW);
    const before = server.asked.length;
    await lost(grantOf(), NOTHING_NEW);
    clock.advance(30 * SECOND);
    await lost(grantOf(), NOTHING_NEW);
    expect(server.asked).toHaveLength(before);
  });

  test('is left alone for everybody once it has failed for many', async () => {
    answer = (res) => res.destroy();
    clock.advance(DAY);
    const { lost } = entitlement();
    for (let n = 0; n < 10; n += 1) await lost(grantOf({}, `customer-${n}`), NOTHING_NEW);
    const before = server.asked.length;
    await lost(grantOf({}, 'customer-99'), NOTHING_NEW);
    expect(server.asked).toHaveLength(before);
  });

  test('that refuses many customers is asked for the others', async () => {
    answer = (res) => json(res, {}, 404);
    clock.advance(DAY);
    const { lost } = entitlement();
    for (let n = 0; n < 12; n += 1) await lost(grantOf({}, `customer-${n}`), NOTHING_NEW);
    says();
    expect(await lost(grantOf({}, 'customer-99'), NOTHING_NEW)).toBe('supply_left');
  });
});
