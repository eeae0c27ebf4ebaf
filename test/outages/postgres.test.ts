import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { arriveAtConsent, Customer } from '../support/customer.ts';
import { pollerOf } from '../support/poller.ts';
import { mayTakePostgresAway, startFragilePostgres, type FragilePostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { againFrom, expectTryLater, submissionsFor } from './support.ts';

/** PostgreSQL goes away under two instances, or takes every question and answers none, and returns. */

// A server that hangs is waited for.
jest.setTimeout(60_000);

const withServer = mayTakePostgresAway() ? describe : describe.skip;

let postgres: FragilePostgres;
let adapter: AdapterWorld;

const readiness = async () => {
  const answers = await Promise.all(adapter.instances.map(({ url }) => fetch(`${url}/readyz`)));
  return Promise.all(answers.map(async (answer) => ({ status: answer.status, ...((await answer.json()) as object) })));
};
const READY = { status: 'ok', degraded: [] };
const NOT_READY = expect.objectContaining({ status: 'unavailable', missing: ['database'] });

async function connected() {
  const link = adapter.link();
  const customer = await arriveAtConsent(link);
  await customer.press('allow');
  return pollerOf(adapter, link.token);
}

withServer('two instances', () => {
  beforeAll(async () => {
    postgres = await startFragilePostgres();
    adapter = await startAdapterWorld({ instances: 2, env: { DATABASE_URL: await postgres.createDatabase() } });
  });
  afterEach(() => adapter.world.flatpeak.faults.clear());
  afterAll(async () => {
    await adapter.close();
    await postgres.stop();
  });

  test('a customer at any step is asked to try again, and goes on from there when it is back', async () => {
    const atEntry = new Customer();
    const entry = adapter.link();
    const atLogin = new Customer();
    await atLogin.open(adapter.link().url);
    const atSignIn = new Customer();
    await atSignIn.open(adapter.link().url);
    await atSignIn.press('continue');
    const atChoice = new Customer();
    await atChoice.open(adapter.link().url);
    await atChoice.press('continue');
    await atChoice.signIn('bob');
    const decision = adapter.link();
    const atConsent = await arriveAtConsent(decision);
    const consentPage = atConsent.page;

    await postgres.goAway('QUIT');
    expectTryLater(await atEntry.open(entry.url));
    expectTryLater(await atLogin.press('continue'));
    expectTryLater(await atSignIn.signIn('alice'));
    expectTryLater(await atChoice.press('choose', { supply: '0' }));
    expectTryLater(await atConsent.open(consentPage.url));
    atConsent.page = consentPage;
    expectTryLater(await atConsent.press('allow'));
    expect(submissionsFor(adapter, decision.token)).toEqual([]);

    await postgres.comeBack();
    const steps = [];
    for (const customer of [atEntry, atLogin, atSignIn, atChoice, atConsent]) {
      steps.push((await customer.open(againFrom(customer.page))).step);
    }
    expect(steps).toEqual(['login', 'login', 'consent', 'supply', 'consent']);
    // The page from before works too, and so does its button.
    atConsent.page = consentPage;
    await atConsent.press('allow');
    expect(atConsent.page.step).toBe('done');
    expect(submissionsFor(adapter, decision.token)).toHaveLength(1);
  });

  test('a poll is told to come again, never that its grant is no good', async () => {
    const poll = await connected();
    await postgres.goAway('INT');
    for (const answer of [await poll(), await poll()]) {
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ status: 503, code: 'try_later' });
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(answer.headers.get('retry-after')).toBe('30');
    }
    await postgres.comeBack();
    expect([(await poll()).status, (await poll()).status]).toEqual([200, 200]);
  });

  test('readiness names the database while it is away, and the process lives', async () => {
    expect(await readiness()).toEqual([READY, READY]);
    await postgres.goAway('QUIT');
    expect(await readiness()).toEqual([NOT_READY, NOT_READY]);
    expect((await fetch(`${adapter.adapterUrl}/healthz`)).status).toBe(200);
    await postgres.comeBack();
    expect(await readiness()).toEqual([READY, READY]);
  });

  test('an acknowledged decision survives a crash of the server, and is delivered by itself, once', async () => {
    const link = adapter.link();
    const customer = await arriveAtConsent(link);
    adapter.world.flatpeak.faults.set({ submission: { status: 503 } });
    const { action, body } = customer.formOf('allow');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await customer.fetch(action, { method: 'POST', body: body.toString(), headers });
    expect(answer.headers.get('location')).toMatch(/\/finishing$/);
    await postgres.goAway('QUIT');
    const tried = submissionsFor(adapter, link.token).length;
    expectTryLater(await customer.open(new URL(answer.headers.get('location') ?? '', action).href));

    adapter.world.flatpeak.faults.clear();
    await postgres.comeBack();
    await customer.open(againFrom(customer.page));
    expect(customer.page.step).toBe('done');
    const accepted = () => adapter.world.flatpeak.submissions.filter((one) => one.connectToken === link.token);
    await until(() => accepted().length > 0);
    expect(accepted()).toHaveLength(1);
    expect(submissionsFor(adapter, link.token).length).toBeLessThanOrEqual(tried + 2);
  });

  test('one that hangs is given up within seconds, and everything goes on when it does', async () => {
    const poll = await connected();
    const link = adapter.link();
    const customer = await arriveAtConsent(link);
    const consentPage = customer.page;
    await postgres.hang();
    const began = performance.now();
    const [polled, , , ready] = await Promise.all([
      poll(),
      new Customer().open(link.url).then(expectTryLater),
      customer.press('allow').then(expectTryLater),
      readiness(),
    ]);
    expect(polled.status).toBe(503);
    expect(ready).toEqual([NOT_READY, NOT_READY]);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await fetch(`${adapter.adapterUrl}/healthz`)).status).toBe(200);

    await postgres.goOn();
    expect((await poll()).status).toBe(200);
    customer.page = consentPage;
    await customer.press('allow');
    expect(customer.page.step).toBe('done');
    expect(submissionsFor(adapter, link.token)).toHaveLength(1);
    expect(await readiness()).toEqual([READY, READY]);
  });

  test('a database that a newer version has migrated is served all the same', async () => {
    const { database } = adapter.services;
    const row = { name: '9999_of_a_newer_version', timestamp: new Date().toISOString() };
    await database
      .insertInto('kysely_migration' as 'settings')
      .values(row as never)
      .execute();
    await database.schema.alterTable('grants').addColumn('of_a_newer_version', 'text').execute();
    await adapter.restart();
    expect(adapter.events('database_newer')).toEqual([1, 2].map(() => expect.objectContaining({ version: row.name })));
    expect(await readiness()).toEqual([READY, READY]);
    expect((await (await connected())()).status).toBe(200);
  });
});
