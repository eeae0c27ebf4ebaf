import { expect, jest, test } from '@jest/globals';
import { arriveAtConsent, Customer, posting } from '../support/customer.ts';
import { until } from '../support/until.ts';
import { useStage } from './stage.ts';

/** The adapter is told to end while Flatpeak hangs. */

// Every test starts processes, and waits for time-outs.
jest.setTimeout(90_000);

const stage = useStage();

/** Allows, and is now on the way to the page that waits for Flatpeak. */
async function allow({ customer, token }: { customer: Customer; token: string }) {
  const { action, body } = customer.formOf('allow');
  const { headers } = await customer.fetch(action, posting(body));
  return { customer, token, finishing: new URL(headers.get('location') ?? '', action).href };
}

/** Later requests are answered, on connections that were made later; so those before have arrived. */
const allArrived = async (): Promise<void> => {
  const headers = { connection: 'close' };
  for (let look = 0; look < 5; look += 1) await fetch(`${stage.world.adapterUrl}/healthz`, { headers });
};

/** SIGTERM; the exit code, and how long it took. */
async function leave(): Promise<{ code: number | null; ms: number }> {
  const from = performance.now();
  stage.adapter.signal('SIGTERM');
  const code = await stage.adapter.ended;
  return { code, ms: performance.now() - from };
}

test('with fifty requests in flight: all are answered, it is gone within 10 seconds, and no decision is lost', async () => {
  await stage.run();
  const { faults } = stage.world.flatpeak;
  const customers = await Promise.all(
    Array.from({ length: 15 }, async () => {
      const { token, url } = stage.link();
      return { token, customer: await arriveAtConsent({ url }) };
    }),
  );
  faults.set({ submission: { hang: true }, context: { hang: true } });
  const decided = await Promise.all(customers.map(allow));
  const waiting = decided.map(({ customer, finishing }) => customer.fetch(`${finishing}?wait=1`));
  const arriving = Array.from({ length: 35 }, () => new Customer().fetch(stage.link().url));
  await allArrived();

  const left = leave();
  expect((await Promise.all(waiting)).map(({ status, step }) => [status, step])).toEqual(
    waiting.map(() => [200, 'finishing']),
  );
  expect((await Promise.all(arriving)).map(({ status, reason }) => [status, reason])).toEqual(
    arriving.map(() => [503, 'flatpeak_unavailable']),
  );
  const { code, ms } = await left;
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  expect(decided.filter(({ token }) => stage.accepted(token) > 0)).toEqual([]);

  faults.clear();
  await stage.run();
  await until(() => decided.every(({ token }) => stage.accepted(token) > 0));
  expect(decided.map(({ token }) => stage.accepted(token))).toEqual(decided.map(() => 1));
  for (const { customer, finishing } of decided) {
    await customer.open(finishing);
    expect(customer.leftFor).toContain('myapp://done');
  }
});

test('Flatpeak has longer to answer than the process has: the delivery is broken off, and is the next one’s at once', async () => {
  await stage.run('ready', { FLATPEAK_TIMEOUT_MS: '60000' });
  const { faults, requests } = stage.world.flatpeak;
  const { token, url } = stage.link();
  const customer = await arriveAtConsent({ url });
  faults.set({ submission: { hang: true } });
  const before = requests.length;
  await allow({ customer, token });
  await until(() => requests.length > before);
  const { code, ms } = await leave();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);

  faults.clear();
  await stage.run();
  await until(() => stage.accepted(token) > 0);
  expect(stage.accepted(token)).toBe(1);
});
