import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { isMigrated } from '../../src/store/database.ts';
import { migrationProvider } from '../../src/store/migrations.ts';
import { connectTo, DATABASE_KINDS, newAddress } from '../support/databases.ts';
import { adapter, serviceEnv } from './support.ts';

const known = async () => Object.keys(await migrationProvider.getMigrations());

describe.each(DATABASE_KINDS)('adapter migrate (%s)', (kind) => {
  async function empty() {
    const address = await newAddress(kind);
    // Only where the database is: no keys, and nothing of the rest.
    const { DATABASE_URL = '' } = serviceEnv(address, []);
    const run = (...argv: string[]) => adapter(argv, { env: { DATABASE_URL } });
    const on = async <T>(use: (database: ReturnType<typeof connectTo>) => Promise<T>): Promise<T> => {
      const database = connectTo(address);
      return use(database).finally(() => database.destroy());
    };
    return { address, run, on };
  }

  test('brings an empty database up to date, and says how', async () => {
    const { run, on } = await empty();
    const { code, out } = await run('migrate');
    expect(code).toBe(0);
    expect(out).toBe(
      [...(await known()).map((name) => `applied  ${name}`), 'The tables are up to date.', ''].join('\n'),
    );
    expect(await on(isMigrated)).toBe(true);
  });

  test('a second time has nothing to do', async () => {
    const { run } = await empty();
    await run('migrate');
    expect(await run('migrate', '--json')).toMatchObject({
      code: 0,
      out: `${JSON.stringify({ up_to_date: true, applied: [], missing: [], newer: null }, null, 2)}\n`,
    });
    expect(await run('migrate', '--check')).toMatchObject({ code: 0, out: 'The tables are up to date.\n' });
  });

  test('only looks, with --check: what is missing, and 1', async () => {
    const { run, on } = await empty();
    await run('migrate');
    const [last] = (await known()).slice(-1);
    await on((database) => sql`delete from kysely_migration where name = ${last}`.execute(database));
    expect(await run('migrate', '--check')).toMatchObject({
      code: 1,
      out: `missing  ${last}\nThe tables are not up to date.\n`,
    });
    expect(await on(isMigrated)).toBe(false);
  });

  test('says when a newer release has been here', async () => {
    const { run, on } = await empty();
    await run('migrate');
    await on((database) =>
      sql`insert into kysely_migration (name, timestamp) values ('9999_newer', 'now')`.execute(database),
    );
    const { code, out } = await run('migrate', '--check');
    expect([code, out]).toEqual([0, expect.stringContaining('A newer release has been here (9999_newer)')]);
  });

  test('other commands refuse tables that are not up to date, and say what to do', async () => {
    const { run, on } = await empty();
    await run('migrate');
    await on((database) => sql`delete from kysely_migration where name = '0001_first'`.execute(database));
    const { code, err } = await run('outbox', 'list');
    expect([code, err]).toEqual([
      1,
      'error: the tables are not up to date, 0001_first missing; first: adapter migrate\n',
    ]);
  });

  if (kind === 'sqlite') {
    test('makes the file, which no other command does by mistake', async () => {
      const { address, run } = await empty();
      const { path } = address as { path: string };
      for (const argv of [
        ['migrate', '--check'],
        ['outbox', 'list'],
      ]) {
        expect(await run(...argv)).toMatchObject({ code: 1, err: expect.stringContaining(`no database at ${path}`) });
      }
      expect(existsSync(path)).toBe(false);
      expect(await run('migrate')).toMatchObject({ code: 0 });
      expect(existsSync(path)).toBe(true);
    });
  }
});

describe('the environment', () => {
  test.each([
    ['no database is named', {}, 'DATABASE_URL is required'],
    ['what it names is none', { DATABASE_URL: 'mysql://x' }, 'DATABASE_URL must be sqlite:PATH'],
    [
      'it is named twice',
      { DATABASE_URL: 'sqlite:x', DATABASE_URL_FILE: '/y' },
      'DATABASE_URL is set, and DATABASE_URL_FILE',
    ],
  ])('%s: 2, and how to mend it', async (_, env, message) => {
    const { code, err } = await adapter(['migrate'], { env });
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  test('other variables may be wrong', async () => {
    const address = await newAddress('sqlite');
    const env = {
      ...serviceEnv(address, []),
      PUBLIC_URL: 'nonsense',
      OIDC_CLIENT_AUTH: 'x',
      FLATPEAK_API_KEY_FILE: '/x',
    };
    expect(await adapter(['migrate'], { env })).toMatchObject({ code: 0, err: '' });
  });

  test('a database that does not answer is said to be so, without its address', async () => {
    const env = { DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/db' };
    const { code, err } = await adapter(['migrate'], { env });
    expect([code, err]).toEqual([1, 'error: the database does not answer (ECONNREFUSED)\n']);
  });
});
