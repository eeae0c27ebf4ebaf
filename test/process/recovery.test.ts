import { availableParallelism, loadavg } from 'node:os';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { arriveAtConsent, Customer, posting } from '../support/customer.ts';
import { mayTakePostgresAway, startFragilePostgres, type FragilePostgres } from '../support/postgres.ts';
import { useStage } from './stage.ts';

/** Something the adapter needs is away when it starts: it lives, says what is missing, and needs nobody's help. */

// Every test starts processes.
jest.setTimeout(60_000);

const stage = useStage();

const readiness = async () => {
  const answer = await fetch(`${stage.world.adapterUrl}/readyz`);
  return { status: answer.status, said: await answer.json() };
};

const withServer = mayTakePostgresAway() ? describe : describe.skip;
withServer('the database', () => {
  let postgres: FragilePostgres;
  beforeAll(async () => {
    postgres = await startFragilePostgres();
  });
  afterAll(() => postgres.stop());

  test('is not ready and asks customers to come again, until it is there', async () => {
    const database = await postgres.createDatabase();
    await postgres.goAway('INT');
    await stage.run('database_unavailable', { DATABASE_URL: database });
    expect(await fetch(`${stage.world.adapterUrl}/healthz`)).toMatchObject({ status: 200 });
    expect(await readiness()).toMatchObject({ status: 503, said: { missing: ['database'] } });
    const { token, url } = stage.link();
    const customer = new Customer();
    expect(await customer.open(url)).toMatchObject({ status: 503, step: 'error' });

    await postgres.comeBack();
    await stage.adapter.logged('ready');
    expect(await readiness()).toEqual({ status: 200, said: { status: 'ok', degraded: [] } });
    await (await arriveAtConsent({ url })).press('allow');
    expect(stage.accepted(token)).toBe(1);
  });
});

test('Flatpeak: is ready but degraded, and the same link works once it is there', async () => {
  stage.world.flatpeak.faults.set({ context: { reset: true } });
  await stage.run();
  const { url } = stage.link();
  const customer = new Customer();
  expect(await customer.open(url)).toMatchObject({ status: 503, reason: 'flatpeak_unavailable' });
  expect(await readiness()).toEqual({ status: 200, said: { status: 'degraded', degraded: ['flatpeak'] } });
  stage.world.flatpeak.faults.clear();
  expect(await customer.open(url)).toMatchObject({ step: 'login' });
  expect(await readiness()).toEqual({ status: 200, said: { status: 'ok', degraded: [] } });
});

test('Flatpeak, with a decision of before still to be told: it is told once it is there', async () => {
  await stage.run();
  const { token, url } = stage.link();
  const customer = await arriveAtConsent({ url });
  stage.world.flatpeak.faults.set({ submission: { reset: true } });
  const { action, body } = customer.formOf('allow');
  expect(await customer.fetch(action, posting(body))).toMatchObject({ status: 303 });
  await stage.adapter.logged('submission_again');
  await stage.adapter.kill();
  await stage.run('submission_again');
  expect(stage.accepted(token)).toBe(0);
  stage.world.flatpeak.faults.clear();
  await stage.adapter.logged('submission_delivered');
  expect(stage.accepted(token)).toBe(1);
});

test('the identity provider: is ready but degraded, and the same button works once it is there', async () => {
  stage.world.identity.faults.set({ discovery: { reset: true } });
  await stage.run();
  const customer = new Customer();
  await customer.open(stage.link().url);
  await customer.press('continue');
  expect(customer.page).toMatchObject({ step: 'error', reason: 'identity_provider_unavailable' });
  expect(await readiness()).toEqual({ status: 200, said: { status: 'degraded', degraded: ['identity_provider'] } });
  stage.world.identity.faults.clear();
  await customer.press('retry');
  await customer.signIn('alice');
  expect(customer.page.step).toBe('consent');
  expect(await readiness()).toEqual({ status: 200, said: { status: 'ok', degraded: [] } });
});

test('killed and started again, it is ready within five seconds', async () => {
  await stage.run();
  await stage.adapter.kill();
  const from = performance.now();
  await stage.run();
  // On a machine that others keep busy too it takes as much longer as there are programs for each processor.
  const [load = 0] = loadavg();
  expect((performance.now() - from) / Math.max(1, load / availableParallelism())).toBeLessThan(5000);
});
