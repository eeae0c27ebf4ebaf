import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate, openDatabase, type Database, type DatabaseAddress } from '../../src/store/database.ts';
import {
  createLookupKey,
  createSealer,
  type LookupKey,
  type Sealer,
  type SealingKey,
} from '../../src/store/sealing.ts';
import type { Tables } from '../../src/store/tables.ts';
import { movableClock, type MovableClock } from './clock.ts';
import { startPostgres, type PostgresServer } from './postgres.ts';

export type DatabaseKind = DatabaseAddress['kind'];

/** For `describe.each`: what is kept is kept alike on both. */
export const DATABASE_KINDS: DatabaseKind[] = ['sqlite', 'postgres'];

/** One server for a test file, started when first asked for. */
let server: Promise<PostgresServer> | null = null;
const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
  await (await server)?.stop();
});

/** An empty place for one database; gone when the test file ends. */
export async function newAddress(kind: DatabaseKind): Promise<DatabaseAddress> {
  if (kind === 'postgres') {
    server ??= startPostgres();
    return { kind, url: await (await server).createDatabase() };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'adapter-sqlite-'));
  folders.push(folder);
  return { kind, path: path.join(folder, 'adapter.db') };
}

/** Another connection to a database, as a second instance of the adapter would have. */
export const connectTo = (address: DatabaseAddress): Database =>
  // The pool mends idle connections that break; in tests only the end of the server breaks any.
  openDatabase(address, () => undefined);

/** What the repositories are made of, in every test with the tables empty and the clock set back. */
export interface Store {
  kind: DatabaseKind;
  readonly address: DatabaseAddress;
  readonly database: Database;
  readonly clock: MovableClock;
  /** What the sealer seals with, for those who bring their own. */
  keys: SealingKey[];
  sealer: Sealer;
  lookupKey: LookupKey;
}

const TABLES = Object.keys({
  journeys: true,
  sign_ins: true,
  decisions: true,
  consent_records: true,
  grants: true,
  outbox: true,
  last_good_answers: true,
  customer_tokens: true,
  connection_sessions: true,
  settings: true,
} satisfies Record<keyof Tables, true>) as (keyof Tables)[];

/** Call inside a `describe`; migrated once, emptied before each test. */
export function useStore(kind: DatabaseKind): Store {
  let address: DatabaseAddress;
  let database: Database;
  let clock = movableClock();
  const keys = [{ kid: 'test', key: randomBytes(32) }];

  beforeAll(async () => {
    address = await newAddress(kind);
    database = connectTo(address);
    await migrate(database);
  });
  beforeEach(async () => {
    clock = movableClock();
    for (const table of TABLES) await database.deleteFrom(table).execute();
  });
  afterAll(() => database.destroy());

  return {
    kind,
    get address() {
      return address;
    },
    get database() {
      return database;
    },
    get clock() {
      return clock;
    },
    keys,
    sealer: createSealer(keys),
    lookupKey: createLookupKey(randomBytes(32)),
  };
}
