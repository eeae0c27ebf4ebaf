import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import {
  isMigrated,
  migrate,
  newerMigration,
  ping,
  pingTables,
  type Database,
  type DatabaseAddress,
} from '../../src/store/database.ts';
import { migrationProvider } from '../../src/store/migrations.ts';
import { connectTo, DATABASE_KINDS, newAddress } from '../support/databases.ts';

const migrationsOf = async (database: Database) => {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(database);
  return rows.map(({ name }) => name);
};

describe.each(DATABASE_KINDS)('an empty database (%s)', (kind) => {
  let address: DatabaseAddress;
  let instances: Database[] = [];
  const connect = (): Database => {
    const database = connectTo(address);
    instances.push(database);
    return database;
  };

  beforeEach(async () => {
    address = await newAddress(kind);
  });
  afterEach(async () => {
    await Promise.all(instances.map((instance) => instance.destroy()));
    instances = [];
  });

  test('answers, and is not migrated', async () => {
    const database = connect();
    await ping(database);
    expect(await isMigrated(database)).toBe(false);
  });

  test('is brought up to date once; a second time changes nothing', async () => {
    const database = connect();
    await migrate(database);
    await database.insertInto('settings').values({ name: 'kept', value_sealed: 'x', created_at: 1 }).execute();
    await migrate(database);
    await pingTables(database);
    expect(await isMigrated(database)).toBe(true);
    expect(await database.selectFrom('settings').select('name').execute()).toEqual([{ name: 'kept' }]);
  });

  test('is found up to date by an instance that starts later', async () => {
    await migrate(connect());
    expect(await isMigrated(connect())).toBe(true);
  });

  test('is left as it was by a migration that is cut short, which can then be done anew', async () => {
    const database = connect();
    await database.schema.createTable('outbox').addColumn('in_the_way', 'text').execute();
    await expect(migrate(database)).rejects.toMatchObject({ code: 'migration_failed' });
    expect((await database.introspection.getTables()).map(({ name }) => name)).toEqual(['outbox']);
    await database.schema.dropTable('outbox').execute();
    await migrate(database);
    expect(await isMigrated(database)).toBe(true);
  });

  test('keeps instants of the far future as numbers', async () => {
    const database = connect();
    await migrate(database);
    const created_at = Date.UTC(9999, 11, 31);
    await database.insertInto('settings').values({ name: 'late', value_sealed: 'x', created_at }).execute();
    expect(await database.selectFrom('settings').select('created_at').execute()).toEqual([{ created_at }]);
  });

  describe('that a newer version has migrated', () => {
    const NEWER = '9999_of_a_newer_version';
    let database: Database;
    const record = (name: string) =>
      sql`insert into kysely_migration (name, timestamp) values (${name}, ${new Date().toISOString()})`.execute(
        database,
      );
    beforeEach(async () => {
      database = connect();
      await migrate(database);
      await database.schema.alterTable('outbox').addColumn('of_a_newer_version', 'text').execute();
    });

    test('serves this one too: it is told so, and changes nothing', async () => {
      expect(await newerMigration(database)).toBeNull();
      await record(NEWER);
      const before = await migrationsOf(database);
      expect(await isMigrated(database)).toBe(true);
      await migrate(database);
      expect(await newerMigration(database)).toBe(NEWER);
      expect(await migrationsOf(database)).toEqual(before);
    });

    test('without what this one needs is refused, and left alone', async () => {
      await record(NEWER);
      const [first = ''] = await migrationsOf(database);
      await sql`delete from kysely_migration where name = ${first}`.execute(database);
      const before = await migrationsOf(database);
      expect(await isMigrated(database)).toBe(false);
      await expect(migrate(database)).rejects.toMatchObject({ code: 'migration_failed' });
      expect(await migrationsOf(database)).toEqual(before);
    });
  });
});

describe('five processes that start together', () => {
  const SCRIPT = path.join(import.meta.dirname, 'migrating-process.ts');
  let processes: ChildProcess[] = [];
  beforeAll(() => {
    processes = Array.from({ length: 5 }, () => fork(SCRIPT, { execArgv: [] }));
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => (one.disconnect(), once(one, 'exit'))));
  });

  const outcomeOf = async (one: ChildProcess, address: DatabaseAddress) => {
    const said = once(one, 'message');
    one.send(address);
    return ((await said) as string[])[0];
  };

  test.each(DATABASE_KINDS)('bring one database up to date, each time (%s)', async (kind) => {
    for (let round = 0; round < 3; round += 1) {
      const address = await newAddress(kind);
      const outcomes = await Promise.all(processes.map((one) => outcomeOf(one, address)));
      expect(outcomes).toEqual(processes.map(() => 'migrated'));
      const database = connectTo(address);
      expect(await migrationsOf(database)).toEqual(Object.keys(await migrationProvider.getMigrations()));
      await database.destroy();
    }
  });
});
