import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import { statementError } from '../../src/store/availability.ts';
import { migrate, ping, pingTables, type Database } from '../../src/store/database.ts';
import { connectTo, newAddress, useStore } from '../support/databases.ts';
import { mayTakePostgresAway, startFragilePostgres, type FragilePostgres } from '../support/postgres.ts';

/** What everyone above the store hears of a database that cannot do its work. */
const unavailable = (cause: unknown = expect.any(String)) =>
  expect.objectContaining({ code: 'database_unavailable', facts: { cause } });

const failureOf = (statement: Promise<unknown>): Promise<unknown> =>
  statement.then(
    () => null,
    (error: unknown) => error,
  );

const sqlite = (errcode: number) => Object.assign(new Error('secret'), { code: 'ERR_SQLITE_ERROR', errcode });
const postgres = (code: string) => Object.assign(new pg.DatabaseError('secret', 6, 'error'), { code });
const system = (code: string) => Object.assign(new Error('secret'), { code });

describe('an error', () => {
  test.each([
    ['of a file in use', sqlite(5), 'SQLITE_BUSY'],
    ['of a file in use, in detail', sqlite(517), 'SQLITE_BUSY'],
    ['of a full disk', sqlite(13), 'SQLITE_FULL'],
    ['of a disk that cannot be read', sqlite(266), 'SQLITE_IOERR'],
    ['of a file that may not be written', sqlite(8), 'SQLITE_READONLY'],
    ['of a broken file', sqlite(11), 'SQLITE_CORRUPT'],
    ['of a server that is leaving', postgres('57P01'), '57P01'],
    ['of a statement that took too long', postgres('57014'), '57014'],
    ['of too many connections', postgres('53300'), '53300'],
    ['of a full disk there', postgres('53100'), '53100'],
    ['of a disk that cannot be read there', postgres('58030'), '58030'],
    ['of a standby', postgres('25006'), '25006'],
    ['of transactions in each other’s way', postgres('40P01'), '40P01'],
    ['of the network', system('ECONNRESET'), 'ECONNRESET'],
    ['of the driver, which lost its connection', new Error('Connection terminated unexpectedly'), 'connection_lost'],
    ['of the driver, which waited in vain', new Error('Query read timeout'), 'timeout'],
  ])('%s means that the database is unavailable', (_, error, cause) => {
    expect(statementError(error)).toEqual(unavailable(cause));
  });

  test.each([
    ['a broken constraint', sqlite(19)],
    ['a statement SQLite does not understand', sqlite(1)],
    ['a value that is there already', postgres('23505')],
    ['a statement PostgreSQL does not understand', postgres('42601')],
    ['a column that is not there', postgres('42703')],
    ['a value that cannot be sent', new TypeError('Do not know how to serialize a BigInt')],
  ])('of our own making stays what it is: %s', (_, error) => {
    expect(statementError(error)).toBe(error);
  });
});

describe('an SQLite database', () => {
  const store = useStore('sqlite');
  const write = (database: Database, name: string) =>
    database
      .insertInto('settings')
      .values({ name, value_sealed: 'x'.repeat(10_000), created_at: 1 })
      .execute();
  const pragma = (text: string) => sql.raw(`pragma ${text}`).execute(store.database);

  test('that cannot be opened is tried again with every statement', async () => {
    const address = await newAddress('sqlite');
    const folder = path.dirname(address.kind === 'sqlite' ? address.path : '');
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file where the folder should be');
    const database = connectTo(address);
    expect(await failureOf(ping(database))).toEqual(unavailable('EEXIST'));
    await rm(folder);
    await mkdir(folder);
    await migrate(database);
    await pingTables(database);
    await database.destroy();
  });

  test('that another process is writing to is unavailable to writers only', async () => {
    await pragma('busy_timeout = 1');
    const other = connectTo(store.address);
    await sql`begin immediate`.execute(other);
    expect(await failureOf(write(store.database, 'late'))).toEqual(unavailable('SQLITE_BUSY'));
    expect(await failureOf(pingTables(store.database))).toEqual(unavailable('SQLITE_BUSY'));
    await ping(store.database);
    await sql`rollback`.execute(other);
    await write(store.database, 'late');
    await other.destroy();
  });

  test('that has no room left goes on as soon as there is some', async () => {
    await pragma('max_page_count = 1');
    const transaction = store.database.transaction().execute(async (queries) => {
      await queries.insertInto('settings').values({ name: 'first', value_sealed: 'x', created_at: 1 }).execute();
      await queries
        .insertInto('settings')
        .values({ name: 'big', value_sealed: 'x'.repeat(99_999), created_at: 1 })
        .execute();
    });
    expect(await failureOf(transaction)).toEqual(unavailable('SQLITE_FULL'));
    await pragma('max_page_count = 1000000');
    expect(await store.database.selectFrom('settings').select('name').execute()).toEqual([]);
    await store.database.transaction().execute((queries) => write(queries, 'later'));
    expect(await store.database.selectFrom('settings').select('name').execute()).toEqual([{ name: 'later' }]);
  });

  test('that may only be read says so when it is asked whether all is well', async () => {
    await pragma('query_only = on');
    await ping(store.database);
    expect(await failureOf(pingTables(store.database))).toEqual(unavailable('SQLITE_READONLY'));
    await pragma('query_only = off');
    await pingTables(store.database);
  });
});

(mayTakePostgresAway() ? describe : describe.skip)('a PostgreSQL server', () => {
  let server: FragilePostgres;
  let database: Database;
  beforeAll(async () => {
    server = await startFragilePostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = connectTo({ kind: 'postgres', url: await server.createDatabase() });
    await migrate(database);
  });
  afterEach(() => database.destroy());

  const inTheMiddle = () => {
    const begun = Promise.withResolvers<undefined>();
    const left = Promise.withResolvers<undefined>();
    const ended = failureOf(
      database.transaction().execute(async (queries) => {
        await queries.insertInto('settings').values({ name: 'half', value_sealed: 'x', created_at: 1 }).execute();
        begun.resolve(undefined);
        await left.promise;
        await queries.selectFrom('settings').selectAll().execute();
      }),
    );
    return { begun: begun.promise, goOn: () => left.resolve(undefined), ended };
  };

  test.each(['INT', 'QUIT'] as const)(
    'that goes away (%s) takes nobody along, and serves everyone when it is back',
    async (signal) => {
      const asleep = [1, 2, 3].map(() => failureOf(sql`select pg_sleep(60)`.execute(database)));
      const transaction = inTheMiddle();
      await transaction.begun;
      await server.goAway(signal);
      transaction.goOn();
      expect(await Promise.all([...asleep, transaction.ended])).toEqual([1, 2, 3, 4].map(() => unavailable()));
      expect(await failureOf(ping(database))).toEqual(unavailable('ENOENT'));
      await server.comeBack();
      await pingTables(database);
      expect(await database.selectFrom('settings').select('name').execute()).toEqual([]);
    },
  );

  test('that hangs keeps nobody for longer than a statement may take, and serves everyone when it goes on', async () => {
    await Promise.all([1, 2].map(() => ping(database)));
    const transaction = inTheMiddle();
    await transaction.begun;
    await server.hang();
    const started = performance.now();
    transaction.goOn();
    const statements = [1, 2, 3].map(() => failureOf(sql`select 1`.execute(database)));
    expect(await Promise.all([...statements, transaction.ended])).toEqual([1, 2, 3, 4].map(() => unavailable()));
    expect(performance.now() - started).toBeLessThan(8000);
    await server.goOn();
    await pingTables(database);
    expect(await database.selectFrom('settings').select('name').execute()).toEqual([]);
  });

  test('that has become a standby is noticed, and left for the primary', async () => {
    await sql`set default_transaction_read_only = on`.execute(database);
    expect(await failureOf(pingTables(database))).toEqual(unavailable('25006'));
    // The connection was given up; a new one leads to whoever is the primary now.
    await pingTables(database);
  });
});

describe('a host that takes connections and never says a word', () => {
  let host: Server;
  beforeAll(async () => {
    host = createServer();
    host.listen(0, '127.0.0.1');
    await once(host, 'listening');
  });
  afterAll(() => {
    host.close();
  });

  test('is found out soon by whoever asks whether the database is there', async () => {
    const { port } = host.address() as { port: number };
    const database = connectTo({ kind: 'postgres', url: `postgres://test@127.0.0.1:${port}/test` });
    const started = performance.now();
    expect(await failureOf(ping(database))).not.toBeNull();
    expect(performance.now() - started).toBeLessThan(3000);
    expect(await failureOf(sql`select 1`.execute(database))).toEqual(unavailable('timeout'));
    expect(performance.now() - started).toBeLessThan(6000);
    await database.destroy();
  });
});
