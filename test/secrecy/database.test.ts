import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { migrate, openDatabase } from '../../src/store/database.ts';
import { sealedPlaces } from '../../src/store/sealed-places.ts';
import { createSealer, type Sealer } from '../../src/store/sealing.ts';
import type { Tables } from '../../src/store/tables.ts';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { arriveAtConsent, Customer } from '../support/customer.ts';

/** What lies in the database, column by column, once every table has something in it. */

type Rows = Record<string, Record<string, unknown>[]>;

async function rowsOf({ services }: AdapterWorld): Promise<Rows> {
  const tables = await services.database.introspection.getTables();
  const found: Rows = {};
  for (const { name } of tables) {
    found[name] = await services.database
      .selectFrom(name as keyof Tables)
      .selectAll()
      .execute();
  }
  return found;
}

/** Where tokens of ours are handed out: a customer in every state there is. */
async function visits(adapter: AdapterWorld): Promise<void> {
  const opened = new Customer();
  await opened.open(adapter.link().url);
  await opened.press('continue');
  const choosing = new Customer();
  await choosing.open(adapter.link().url);
  await choosing.press('continue');
  await choosing.signIn('bob');
  await arriveAtConsent(adapter.link());
  await (await arriveAtConsent(adapter.link())).press('deny');
  const allowed = adapter.link();
  await (await arriveAtConsent(allowed)).press('allow');
  await adapter.world.flatpeak.poll(allowed.token);
  const [leaving, overview] = [new Customer(), new Customer()];
  for (const customer of [leaving, overview]) {
    await customer.open(`${adapter.adapterUrl}/connections`);
    await customer.press('continue');
  }
  await overview.signIn('alice');
}

/** Where the identity provider's are: kept to be revoked, and with a decision that nobody has taken yet. */
async function handedOver(adapter: AdapterWorld): Promise<void> {
  adapter.world.flatpeak.faults.set({ submission: { status: 503 } });
  const customer = await arriveAtConsent(adapter.link());
  const { action, body } = customer.formOf('allow');
  await customer.fetch(action, { method: 'POST', body });
}

let folder: string;
let rows: Rows;
let sealer: Sealer;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'filled-'));
  const first = await startAdapterWorld({ dataFolder: folder, instances: 1 });
  await visits(first).finally(() => first.close());
  const env = { AUTH_DATA_MODE: 'oauth', TARIFF_URL: 'https://a.example/tariff', OIDC_SCOPES: 'openid offline_access' };
  const second = await startAdapterWorld({ dataFolder: folder, instances: 1, env });
  await handedOver(second);
  rows = await rowsOf(second);
  sealer = createSealer(second.services.config.ENCRYPTION_KEYS);
  // Closing looks for everything that is known through the very bytes of the file.
  await second.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

test('every table has something in it', () => {
  expect(Object.keys(rows)).toContain('journeys');
  expect(Object.entries(rows).filter(([, found]) => found.length === 0)).toEqual([]);
});

const DIGEST = /^([\w-]{43}|[0-9a-f]{64})$/;
const RANDOM = /^(grt_)?[\w-]{22}$/;
const ENVELOPE = /^sandbox:[\w-]{16}:[\w-]{22}:[\w-]+$/;
const WORD = /^[A-Za-z0-9_.-]{1,40}$/;
/** Every column with text in it is one of these; what it is called says which. */
const COLUMNS: [name: RegExp, looks: RegExp, what: string][] = [
  [/_sealed$/, ENVELOPE, 'an envelope'],
  [/(_hash|^digest)$/, DIGEST, 'a digest'],
  [/^(subject|share)_key$/, DIGEST, 'a look-up key'],
  [/^(id|(journey|decision|grant)_id)$/, RANDOM, 'a random identifier'],
  [/^(state|event|outcome|reason|status|problem|last_code|language|text_version)$/, WORD, 'a word'],
  [/^account_id$/, /^acc_[0-9a-f]{24}$/, 'the recipient, a company'],
];
/** Keys of their own kind. */
const KEYS: Record<string, RegExp> = { 'last_good_answers.key': DIGEST, 'settings.name': /^lookup_secret$/ };

test('every text is an envelope, a digest, a random identifier or a word', () => {
  const others = Object.entries(rows).flatMap(([table, found]) =>
    found.flatMap((row) =>
      Object.entries(row)
        .filter(([, value]) => typeof value === 'string')
        .filter(([column, value]) => {
          const looks = KEYS[`${table}.${column}`] ?? COLUMNS.find(([name]) => name.test(column))?.[1];
          return looks?.test(String(value)) !== true;
        })
        .map(([column]) => `${table}.${column}`),
    ),
  );
  expect([...new Set(others)]).toEqual([]);
});

describe('an envelope', () => {
  const everyPlace = () =>
    sealedPlaces().flatMap(({ table, column, row, placeOf }) =>
      (rows[table] ?? []).map((found) => ({ place: placeOf(String(found[row])), envelope: found[column] })),
    );
  const envelopes = () =>
    everyPlace().filter((one): one is { place: string; envelope: string } => typeof one.envelope === 'string');

  test('is in every column that may have one', () => {
    const filled = new Set(envelopes().map(({ place }) => place.split(':')[0]));
    const all = sealedPlaces().map(({ placeOf }) => placeOf('').split(':')[0]);
    expect(all.filter((column) => !filled.has(column))).toEqual([]);
  });

  test('opens in its own place, and in no other row, column or table', () => {
    const places = everyPlace().map(({ place }) => place);
    const opens = (envelope: string, place: string): boolean => {
      try {
        return sealer.open(envelope, place) !== undefined;
      } catch {
        return false;
      }
    };
    for (const { place, envelope } of envelopes()) {
      expect(places.filter((one) => opens(envelope, one))).toEqual([place]);
    }
  });
});

describe('the file', () => {
  let place: string;
  let mask: number;
  beforeEach(() => {
    place = mkdtempSync(path.join(tmpdir(), 'unmasked-'));
    mask = process.umask(0);
  });
  afterEach(() => {
    process.umask(mask);
    rmSync(place, { recursive: true });
  });
  const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

  test('is its owner’s alone, with its log and the folders made for it, under any umask', async () => {
    const file = path.join(place, 'data', 'deeper', 'adapter.db');
    const database = openDatabase({ kind: 'sqlite', path: file }, () => undefined);
    await migrate(database);
    expect([file, `${file}-wal`, `${file}-shm`].map(modeOf)).toEqual(['600', '600', '600']);
    expect([path.join(place, 'data'), path.join(place, 'data', 'deeper')].map(modeOf)).toEqual(['700', '700']);
    await database.destroy();
  });

  test('does not keep what has been erased', async () => {
    const file = path.join(place, 'adapter.db');
    const database = openDatabase({ kind: 'sqlite', path: file }, () => undefined);
    await migrate(database);
    const value_sealed = 'what-was-sealed-here'.repeat(20);
    await database.insertInto('settings').values({ name: 'a', value_sealed, created_at: 0 }).execute();
    const checkpoint = () => sql`pragma wal_checkpoint(truncate)`.execute(database);
    await checkpoint();
    expect(readFileSync(file).includes('what-was-sealed-here')).toBe(true);
    await database.deleteFrom('settings').where('name', '=', 'a').execute();
    await checkpoint();
    expect(readFileSync(file).includes('what-was-sealed-here')).toBe(false);
    await database.destroy();
  });
});
