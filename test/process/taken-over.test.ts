import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createLog } from '../../src/base/log.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createServices, type Services } from '../../src/services.ts';
import { SECOND } from '../support/clock.ts';
import { arriveAtConsent, posting } from '../support/customer.ts';
import { newAddress } from '../support/databases.ts';
import { until } from '../support/until.ts';
import { useStage } from './stage.ts';

/** Three instances on one PostgreSQL; one is killed while it tells Flatpeak of a decision. */

// It starts a process.
jest.setTimeout(60_000);

/** Four times FLATPEAK_TIMEOUT_MS and ten seconds: after it, whoever claimed a message counts as dead. */
const LEASE_MS = 4 * 5000 + 10 * SECOND;

const stage = useStage();
let others: Services[];
/** The others' clocks, which are moved in place of waiting. */
let later = 0;

beforeAll(async () => {
  const address = await newAddress('postgres');
  const shared = { DATABASE_URL: address.kind === 'postgres' ? address.url : '' };
  await stage.run('ready', shared);
  const env = { ...stage.world.adapterEnvironment, ...shared };
  const surroundings = { env, log: createLog('silent'), clock: () => Date.now() + later };
  const { config } = loadConfig(env);
  others = await Promise.all([createServices(config, surroundings), createServices(config, surroundings)]);
});
afterAll(() => Promise.all(others.map((other) => other.stop())));

/** All of the others look for what is due, at once. */
const deliver = async (): Promise<number> => {
  const tried = await Promise.all(others.map(({ outbox }) => outbox.deliverDue()));
  return tried.reduce((sum, count) => sum + count, 0);
};

test('its claim is respected until it runs out; then one of the others sends the same once more', async () => {
  const { flatpeak } = stage.world;
  const { token, url } = stage.link();
  const customer = await arriveAtConsent({ url });
  flatpeak.faults.set({ submission: { hang: true, times: 1 } });
  const arrived = () => flatpeak.requests.filter(({ method, path }) => method === 'POST' && path.endsWith(token));
  const { action, body } = customer.formOf('allow');
  await customer.fetch(action, posting(body));
  await until(() => arrived().length > 0);
  await stage.adapter.kill();

  expect(await deliver()).toBe(0);
  later = LEASE_MS - 10 * SECOND;
  expect(await deliver()).toBe(0);
  expect(arrived()).toHaveLength(1);

  later = LEASE_MS;
  expect(await deliver()).toBe(1);
  const [first, second, ...more] = arrived();
  expect(more).toEqual([]);
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
  expect(second?.body).toEqual(first?.body);
  expect(flatpeak.connection(token)?.submission?.idempotencyKey).toBe(first?.headers['idempotency-key']);

  later = 10 * LEASE_MS;
  expect(await deliver()).toBe(0);
  expect(arrived()).toHaveLength(2);
});
