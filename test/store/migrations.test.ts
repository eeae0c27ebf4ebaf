import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { isMigrated, migrate, ping, type Database, type DatabaseAddress } from '../../src/store/database.ts';
import { connectTo, DATABASE_KINDS, newAddress } from '../support/databases.ts';

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

  if (kind === 'postgres') {
    test('is brought up to date by instances that start together', async () => {
      const starting = [connect(), connect(), connect(), connect()];
      await Promise.all(starting.map(migrate));
      expect(await Promise.all(starting.map(isMigrated))).toEqual([true, true, true, true]);
      expect((await sql`select name from kysely_migration order by name`.execute(starting[0]!)).rows).toEqual([
        { name: '0001_first' },
        { name: '0002_last_good' },
        { name: '0003_entitlement' },
        { name: '0004_customer_tokens' },
      ]);
    });
  }
});
