import { describe, expect, test } from '@jest/globals';
import { createConsentRecords } from '../../src/sharing/consent-records.ts';
import { createExpiry } from '../../src/sharing/expiry.ts';
import { connectTo, DATABASE_KINDS } from '../support/databases.ts';
import { DAY } from '../support/clock.ts';
import { useSharing } from './sharing-store.ts';

const LIFE = 365 * DAY;

describe.each(DATABASE_KINDS)('the agreed end of a grant (%s)', (kind) => {
  const { store, parts, allowed, statusOf, recordsOf } = useSharing(kind);
  const lines: object[] = [];
  const said = (line: object) => void lines.push(line);
  const clock = () => store.clock.now();
  const expiry = (database = store.database) =>
    createExpiry({
      database,
      consentRecords: createConsentRecords(store.sealer, clock),
      clock,
      log: { debug: said, info: said, warn: said, error: said },
    });
  const rowOf = (id: string) =>
    store.database.selectFrom('grants').select(['status', 'ended_at']).where('id', '=', id).executeTakeFirstOrThrow();

  test.each([
    ['just before it', LIFE - 1, 'active', ['granted']],
    ['when it has come', LIFE, 'expired', ['granted', 'expired']],
  ])('%s', async (_, after, status, events) => {
    const grant = await allowed();
    store.clock.advance(after);
    await expiry().purge();
    expect((await rowOf(grant.id)).status).toBe(status);
    expect((await recordsOf(grant.decisionId)).map(({ event }) => event)).toEqual(events);
  });

  test('counts from when it was agreed to come, however late it is recorded', async () => {
    const grant = await allowed();
    const end = store.clock.now() + LIFE;
    store.clock.advance(LIFE + 3 * DAY);
    await expiry().purge();
    expect(await rowOf(grant.id)).toEqual({ status: 'expired', ended_at: end });
    expect(await statusOf(grant)).toBe('expired');
  });

  test('is recorded beside the consent and told to the operator, once', async () => {
    const grant = await allowed();
    store.clock.advance(LIFE);
    lines.length = 0;
    expect(await expiry().purge()).toBe(1);
    expect(await expiry().purge()).toBe(0);
    expect((await recordsOf(grant.decisionId)).at(-1)).toEqual({ event: 'expired', grant: grant.id, said: {} });
    expect(await recordsOf(grant.decisionId)).toHaveLength(2);
    expect(lines).toEqual([{ event: 'grant_ended', grant: grant.id, reason: 'expired' }]);
  });

  test('is recorded once by several instances that look at the same time', async () => {
    const grants = [];
    for (let n = 0; n < 5; n += 1) grants.push(await allowed({ supply: `supply-${n}` }));
    store.clock.advance(LIFE);
    // One machine has one connection to its file; instances that share PostgreSQL have their own.
    const others = Array.from({ length: kind === 'postgres' ? 3 : 0 }, () => connectTo(store.address));
    try {
      const instances = [store.database, store.database, ...others];
      const counts = await Promise.all(instances.map((database) => expiry(database).purge()));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
    } finally {
      await Promise.all(others.map((database) => database.destroy()));
    }
    for (const { decisionId } of grants) {
      expect((await recordsOf(decisionId)).map(({ event }) => event)).toEqual(['granted', 'expired']);
    }
  });

  test.each(['replaced', 'supply_left', 'access_ended', 'not_delivered'])(
    'means nothing to a grant that has ended before: %s',
    async (status) => {
      const grant = await allowed();
      await store.database.updateTable('grants').set({ status, ended_at: 1 }).execute();
      store.clock.advance(LIFE);
      expect(await expiry().purge()).toBe(0);
      expect(await rowOf(grant.id)).toEqual({ status, ended_at: 1 });
    },
  );

  test('means nothing to a grant that was withdrawn', async () => {
    const grant = await allowed();
    await parts().withdrawals.withdraw(grant.id, 'customer');
    const withdrawn = await rowOf(grant.id);
    store.clock.advance(LIFE);
    expect(await expiry().purge()).toBe(0);
    expect(await rowOf(grant.id)).toEqual(withdrawn);
    expect((await recordsOf(grant.decisionId)).map(({ event }) => event)).toEqual(['granted', 'withdrawn']);
  });

  test('meets a withdrawal at the same moment: one of them counts, and one is recorded', async () => {
    const grant = await allowed();
    store.clock.advance(LIFE - 1);
    const withdrawing = parts().withdrawals.withdraw(grant.id, 'customer');
    store.clock.advance(1);
    const [withdrawn, expired] = await Promise.all([withdrawing, expiry().purge()]);
    const ends = (await recordsOf(grant.decisionId)).map(({ event }) => event).filter((event) => event !== 'granted');
    expect(ends).toEqual(withdrawn === 'withdrawn' ? ['withdrawn'] : ['expired']);
    expect(expired).toBe(withdrawn === 'withdrawn' ? 0 : 1);
  });

  test('comes for more grants than are taken at once', async () => {
    for (let n = 0; n < 120; n += 1) await allowed({ supply: `supply-${n}` });
    store.clock.advance(LIFE);
    const counts = [await expiry().purge(), await expiry().purge(), await expiry().purge()];
    expect(counts).toEqual([100, 20, 0]);
    const rows = await store.database.selectFrom('grants').select('status').distinct().execute();
    expect(rows).toEqual([{ status: 'expired' }]);
  });

  test('is a whole: what cannot be recorded has not ended in the books, and is tried again', async () => {
    const grant = await allowed();
    store.clock.advance(LIFE);
    await store.database.schema.alterTable('consent_records').renameTo('hidden').execute();
    try {
      await expect(expiry().purge()).rejects.toThrow();
    } finally {
      await store.database.schema.alterTable('hidden').renameTo('consent_records').execute();
    }
    expect((await rowOf(grant.id)).status).toBe('active');
    expect(await statusOf(grant)).toBe('expired');
    expect(await expiry().purge()).toBe(1);
  });
});
