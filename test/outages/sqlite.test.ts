import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '../../src/store/database.ts';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { arriveAtConsent, Customer } from '../support/customer.ts';
import { connectTo } from '../support/databases.ts';
import { pollerOf } from '../support/poller.ts';
import { againFrom, expectTryLater, submissionsFor } from './support.ts';

/** The SQLite file cannot be written to, and can again. What only reads goes on meanwhile. */

let adapter: AdapterWorld;
let other: Database;
beforeAll(async () => {
  adapter = await startAdapterWorld({ instances: 1 });
  other = connectTo(adapter.services.config.DATABASE_URL);
  await pragma('busy_timeout = 10');
});
afterAll(async () => {
  await other.destroy();
  await adapter.close();
});

const pragma = (text: string) => sql.raw(`pragma ${text}`).execute(adapter.services.database);
const readiness = async () => (await fetch(`${adapter.adapterUrl}/readyz`)).json();
const failures = () => adapter.events('request_failed').map(({ code, cause, status }) => ({ code, cause, status }));

describe.each([
  {
    name: 'another process is writing',
    cause: 'SQLITE_BUSY',
    come: () => sql`begin immediate`.execute(other),
    go: () => sql`rollback`.execute(other),
  },
  {
    name: 'it is read-only',
    cause: 'SQLITE_READONLY',
    come: () => pragma('query_only = on'),
    go: () => pragma('query_only = off'),
  },
])('while $name', ({ cause, come, go }) => {
  // Also after a test that came to nothing.
  afterEach(() => go().catch(() => undefined));

  test('nothing is decided, nothing is lost, and the same button works afterwards', async () => {
    const link = adapter.link();
    const customer = await arriveAtConsent(link);
    const consentPage = customer.page;
    const entry = new Customer();
    const before = failures().length;
    await come();
    expectTryLater(await customer.press('allow'));
    expectTryLater(await entry.open(adapter.link().url));
    expect(submissionsFor(adapter, link.token)).toEqual([]);
    const failure = { code: 'database_unavailable', cause, status: 503 };
    expect(failures().slice(before)).toEqual([failure, failure]);

    await go();
    await entry.open(againFrom(entry.page));
    expect(entry.page.step).toBe('login');
    await customer.open(againFrom(customer.page));
    expect(customer.page.step).toBe('consent');
    customer.page = consentPage;
    await customer.press('allow');
    expect(customer.page.step).toBe('done');
    expect(submissionsFor(adapter, link.token)).toHaveLength(1);
  });

  test('a poll, which needs only to read, is served, and readiness names the database', async () => {
    const link = adapter.link();
    await (await arriveAtConsent(link)).press('allow');
    const poll = pollerOf(adapter, link.token);
    await come();
    expect((await poll()).status).toBe(200);
    expect(await readiness()).toMatchObject({ missing: ['database'] });
    await go();
    expect(await readiness()).toEqual({ status: 'ok', degraded: [] });
  });
});

test('while the disk is full, no visit can begin, and afterwards it can', async () => {
  const { database } = adapter.services;
  const insert = (name: string) =>
    database
      .insertInto('settings')
      .values({ name, value_sealed: 'x'.repeat(4000), created_at: 1 })
      .execute();
  await pragma('max_page_count = 1');
  await expect(
    (async () => {
      for (let row = 0; row < 1000; row += 1) await insert(`row ${row}`);
    })(),
  ).rejects.toMatchObject({ facts: { cause: 'SQLITE_FULL' } });
  const customer = new Customer();
  // There may be room for a visit or two in pages that are taken already.
  do await customer.open(adapter.link().url);
  while (customer.page.status !== 503);
  expectTryLater(customer.page);
  expect(failures().at(-1)).toMatchObject({ code: 'database_unavailable', cause: 'SQLITE_FULL' });
  await pragma('max_page_count = 1073741823');
  await customer.open(againFrom(customer.page));
  expect(customer.page.step).toBe('login');
});
