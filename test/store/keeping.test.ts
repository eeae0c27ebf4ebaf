import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { sql } from 'kysely';
import { createLog } from '../../src/base/log.ts';
import { migrate } from '../../src/store/database.ts';
import { loadLookupSecret } from '../../src/store/lookup-secret.ts';
import { createSealer } from '../../src/store/sealing.ts';
import { createTidying } from '../../src/store/tidying.ts';
import { connectTo, DATABASE_KINDS, newAddress, useStore } from '../support/databases.ts';

describe('an SQLite database', () => {
  test('is readable by nobody else, and its acknowledged writes survive a power cut', async () => {
    const address = await newAddress('sqlite');
    const database = connectTo(address);
    await migrate(database);
    const pragma = async (name: string) => (await sql.raw(`pragma ${name}`).execute(database)).rows;
    expect(await pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await pragma('synchronous')).toEqual([{ synchronous: 2 }]);
    const path = address.kind === 'sqlite' ? address.path : '';
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      expect({ file, mode: (await stat(file)).mode & 0o777 }).toEqual({ file, mode: 0o600 });
    }
    await database.destroy();
  });
});

describe.each(DATABASE_KINDS)('the secret behind look-up keys (%s)', (kind) => {
  const store = useStore(kind);
  const load = (sealer = store.sealer) => loadLookupSecret(store.database, sealer, store.clock.now);

  test('is made once', async () => {
    const secret = await load();
    expect(secret).toHaveLength(32);
    expect(await load()).toEqual(secret);
  });

  test('is the same for instances that start together', async () => {
    const secrets = await Promise.all(Array.from({ length: 8 }, () => load()));
    expect(new Set(secrets.map((one) => one.toString('hex'))).size).toBe(1);
  });

  test('outlives a change of sealing keys', async () => {
    const old = { kid: 'old', key: randomBytes(32) };
    const secret = await load(createSealer([old]));
    expect(await load(createSealer([{ kid: 'new', key: randomBytes(32) }, old]))).toEqual(secret);
  });

  test('is not made anew when its key is gone: nobody’s grants would be found again', async () => {
    await load();
    const others = createSealer([{ kid: 'other', key: randomBytes(32) }]);
    await expect(load(others)).rejects.toMatchObject({ code: 'seal_key_unknown' });
  });
});

describe('tidying', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test('happens once a minute in every place, also after one has failed, until it is stopped', async () => {
    jest.useFakeTimers();
    const purged: string[] = [];
    const place = (name: string, fails = false) => ({
      purge: () => {
        purged.push(name);
        return fails ? Promise.reject(new Error('database away')) : Promise.resolve(1);
      },
    });
    const tidying = createTidying([place('journeys', true), place('sign_ins')], createLog('silent'));
    tidying.start();
    tidying.start();
    await jest.advanceTimersByTimeAsync(120_000);
    expect(purged).toEqual(['journeys', 'sign_ins', 'journeys', 'sign_ins']);
    tidying.stop();
    await jest.advanceTimersByTimeAsync(120_000);
    expect(purged).toHaveLength(4);
  });
});
