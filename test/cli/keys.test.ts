import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createGrants } from '../../src/sharing/grants.ts';
import { createSealer, type SealingKey } from '../../src/store/sealing.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';
import { adapter, serviceEnv } from './support.ts';

const key = (kid: string): SealingKey => ({ kid, key: randomBytes(32) });

describe('adapter keys new', () => {
  test('writes one line as ENCRYPTION_KEYS takes it, and says elsewhere to keep it secret', async () => {
    const { code, out, err } = await adapter(['keys', 'new', 'k2']);
    expect(code).toBe(0);
    expect(out).toMatch(/^k2:[A-Za-z0-9+/]{43}=\n$/);
    expect(Buffer.from(out.trim().slice('k2:'.length), 'base64')).toHaveLength(32);
    expect(err).toContain('Keep this key secret');
    expect(err).not.toContain(out.trim().slice('k2:'.length));
  });

  test('is never the same', async () => {
    const [one, other] = [await adapter(['keys', 'new']), await adapter(['keys', 'new'])];
    expect(one.out).not.toBe(other.out);
  });

  test('is called by the day when it is not told how', async () => {
    expect((await adapter(['keys', 'new'], { now: '2026-05-12T11:00:00Z' })).out).toMatch(/^k2026-05-12:/);
  });

  test.each(['', 'a b', 'a:b', 'a,b', 'ü', 'x'.repeat(33)])('refuses the name %j', async (kid) => {
    expect(await adapter(['keys', 'new', kid])).toMatchObject({ code: 2, out: '' });
  });

  test('refuses a name that is taken: the keys could not be told apart', async () => {
    const { code, out, err } = await adapter(['keys', 'new', 'k1'], {
      env: { ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}` },
    });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('a key called k1');
  });
});

describe.each(DATABASE_KINDS)('adapter keys rotate (%s)', (kind) => {
  const store = useStore(kind);
  const [OLD, NEW] = [key('k1'), key('k2')];
  const rotate = (keys: SealingKey[], ...argv: string[]) =>
    adapter(['keys', 'rotate', ...argv], { env: serviceEnv(store.address, keys) });
  const grantsUnder = (...keys: SealingKey[]) =>
    createGrants({
      database: store.database,
      sealer: createSealer(keys),
      lookupKey: () => Promise.resolve(store.lookupKey),
      clock: () => store.clock.now(),
      maxAgeDays: 365,
    });
  async function grantUnder(sealing: SealingKey, decisionId = 'decision-1') {
    const grants = grantsUnder(sealing);
    const supply = { id: 'supply-1', account_id: null, meter_point_id: null };
    const grant = await grants.prepare({ supply, customer: { sub: 'customer-1', claims: {} } }, 'acc_1');
    await grants.store(store.database, grant, decisionId);
    return grant;
  }

  test('seals everything anew, so that the new key alone reads it', async () => {
    const { token } = await grantUnder(OLD);
    const { code, out, err } = await rotate([NEW, OLD]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^grants +1 +0$/m);
    expect(out).toContain('Everything is under k2. The other keys may be taken off the list.\n');
    expect(await grantsUnder(NEW).find(token)).toMatchObject({ status: 'active', supply: { id: 'supply-1' } });
  });

  test('as JSON, by table', async () => {
    await grantUnder(OLD);
    const result = JSON.parse((await rotate([NEW, OLD], '--json')).out) as { tables: { table: string }[] };
    expect(result).toMatchObject({ kid: 'k2', complete: true, left: 0 });
    expect(result.tables.find(({ table }) => table === 'grants')).toEqual({
      table: 'grants',
      resealed: 1,
      left: 0,
      unreadable: [],
    });
  });

  test('says what it cannot open, where, and under which key, and ends with 1', async () => {
    await grantUnder(key('lost'));
    await grantUnder(OLD, 'decision-2');
    const { code, out } = await rotate([NEW, OLD]);
    expect(code).toBe(1);
    expect(out).toMatch(/^grants +1 +1, 1 under lost, which is not on the list$/m);
    expect(out).toContain('1 value under other keys than k2: keep those keys on the list.');
  });

  test('needs to know the keys', async () => {
    const { DATABASE_URL = '' } = serviceEnv(store.address, []);
    const { code, err } = await adapter(['keys', 'rotate'], { env: { DATABASE_URL } });
    expect([code, err]).toEqual([2, expect.stringContaining('ENCRYPTION_KEYS is required')]);
  });

  test('shows its progress to whoever watches', async () => {
    await grantUnder(OLD);
    const { err } = await adapter(['keys', 'rotate'], { env: serviceEnv(store.address, [NEW, OLD]), tty: true });
    expect(err).toMatch(/1 of 1, grants/);
    expect(err.endsWith('\r\u001b[2K')).toBe(true);
  });
});
