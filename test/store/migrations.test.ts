import { afterEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { isMigrated, migrate, ping, type Database } from '../../src/store/database.ts';
import { connectTo, DATABASE_KINDS, newAddress } from '../support/databases.ts';

describe.each(DATABASE_KINDS)('an empty database (%s)', (kind) => {
  const cleanUp: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  });

  const connections = async (count: number): Promise<Database[]> => {
    const { address, remove } = await newAddress(kind);
    cleanUp.push(remove);
    return Array.from({ length: count }, () => {
      const database = connectTo(address);
      cleanUp.push(() => database.destroy());
      return database;
    });
  };

  test('answers, and is not migrated', async () => {
    const [database] = await connections(1);
    await ping(database!);
    expect(await isMigrated(database!)).toBe(false);
  });

  test('is brought up to date once; a second time changes nothing', async () => {
    const [database] = await connections(1);
    await migrate(database!);
    await database!.insertInto('settings').values({ name: 'kept', value_sealed: 'x', created_at: 1 }).execute();
    await migrate(database!);
    expect(await isMigrated(database!)).toBe(true);
    expect(await database!.selectFrom('settings').select('name').execute()).toEqual([{ name: 'kept' }]);
  });

  test('is brought up to date by instances that start together', async () => {
    const instances = await connections(4);
    await Promise.all(instances.map(migrate));
    expect(await Promise.all(instances.map(isMigrated))).toEqual(instances.map(() => true));
    expect((await sql`select name from kysely_migration`.execute(instances[0]!)).rows).toEqual([{ name: '0001_first' }]);
  });

  test('keeps instants of the far future as numbers', async () => {
    const [database] = await connections(1);
    await migrate(database!);
    const created_at = Date.UTC(9999, 11, 31);
    await database!.insertInto('settings').values({ name: 'late', value_sealed: 'x', created_at }).execute();
    expect(await database!.selectFrom('settings').select('created_at').execute()).toEqual([{ created_at }]);
  });
});
