import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { arriveAtConsent } from '../support/customer.ts';
import { pollerOf } from '../support/poller.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { metricsOf } from '../support/secrecy.ts';
import { until } from '../support/until.ts';

/** Redis goes away under two instances, or takes every question and answers none, and returns. Nobody is kept waiting. */

jest.setTimeout(60_000);

const ENTRIES = 4;

let postgres: PostgresServer;
let redis: RedisServer;
let adapter: AdapterWorld;
beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const shared = { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url };
  adapter = await startAdapterWorld({ instances: 2, env: { ...shared, LIMIT_ENTRIES_PER_MINUTE: String(ENTRIES) } });
});
afterEach(() => redis.forget());
afterAll(async () => {
  await adapter.close();
  await Promise.all([postgres.stop(), redis.stop()]);
});

const readiness = () =>
  Promise.all(
    adapter.instances.map(async ({ url }) => {
      const answer = await fetch(`${url}/readyz`);
      return { code: answer.status, ...((await answer.json()) as { status: string; degraded: string[] }) };
    }),
  );
const DEGRADED = { code: 200, status: 'degraded', degraded: ['redis'] };
const areAll = async (wanted: 'ok' | 'degraded') => (await readiness()).every(({ status }) => status === wanted);

const entries = async (count: number) => {
  const statuses = [];
  for (let n = 0; n < count; n += 1) {
    statuses.push((await fetch(adapter.link().url, { redirect: 'manual' })).status);
  }
  return statuses;
};
const passing = (count: number) => Array<number>(count).fill(303);

/** How often a limit was passed uncounted, as monitoring sees it. */
async function uncounted(limit: string): Promise<number> {
  const texts = await Promise.all(adapter.instances.map(({ services }) => metricsOf(services.metrics)));
  const counts = texts.flatMap((text) => [
    ...text.matchAll(/^adapter_events_total\{event="limit_not_counted"(.*)\} (\d+)$/gm),
  ]);
  return counts
    .filter(([, labels]) => labels?.includes(`reason="${limit}"`))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

const slowest = async (count: number, ask: () => Promise<unknown>): Promise<number> => {
  const waits = [];
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    await ask();
    waits.push(performance.now() - began);
  }
  return Math.max(...waits);
};

async function polling() {
  const link = adapter.link();
  await (await arriveAtConsent(link)).press('allow');
  return pollerOf(adapter, link.token);
}

test('limits are counted together, over instances that were started before Redis was reached', async () => {
  expect(await entries(ENTRIES + 2)).toEqual([...passing(ENTRIES), 429, 429]);
  expect(await uncounted('entry')).toBe(0);
});

test('without Redis everybody passes, monitoring is told, and limits count again when it is back', async () => {
  const poll = await polling();
  await redis.goAway();
  await until(() => areAll('degraded'));
  expect(await readiness()).toEqual([DEGRADED, DEGRADED]);
  expect(await entries(ENTRIES + 2)).toEqual(passing(ENTRIES + 2));
  expect([(await poll()).status, (await poll()).status]).toEqual([200, 200]);
  expect(await uncounted('entry')).toBeGreaterThanOrEqual(ENTRIES + 2);
  expect(await uncounted('polls')).toBeGreaterThanOrEqual(2);
  expect(adapter.events('redis_unavailable').length).toBeGreaterThan(0);

  await redis.comeBack();
  await until(() => areAll('ok'));
  expect(await entries(ENTRIES + 2)).toEqual([...passing(ENTRIES), 429, 429]);
});

test('a Redis that hangs costs a request about a second at most, and the next ones nothing', async () => {
  const poll = await polling();
  await redis.hang();
  // Each instance has to find out for itself.
  expect(await slowest(2, () => fetch(adapter.link().url, { redirect: 'manual' }))).toBeLessThan(1500);
  expect(await slowest(6, poll)).toBeLessThan(500);
  expect(await entries(ENTRIES + 2)).toEqual(passing(ENTRIES + 2));
  expect(await readiness()).toEqual([DEGRADED, DEGRADED]);

  await redis.goOn();
  await until(() => areAll('ok'));
  const counted = await entries(ENTRIES + 2);
  expect(counted.slice(-2)).toEqual([429, 429]);
});
