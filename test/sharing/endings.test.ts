import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/base/log.ts';
import { createConsentRecords } from '../../src/sharing/consent-records.ts';
import { createEndings } from '../../src/sharing/endings.ts';
import { createGrants } from '../../src/sharing/grants.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';

describe.each(DATABASE_KINDS)('a grant the provider’s side ends (%s)', (kind) => {
  const store = useStore(kind);
  const records = () => createConsentRecords(store.sealer, store.clock.now);
  const endings = () =>
    createEndings({
      database: store.database,
      consentRecords: records(),
      clock: store.clock.now,
      log: createLog('silent'),
    });
  const grants = () =>
    createGrants({
      database: store.database,
      sealer: store.sealer,
      lookupKey: () => Promise.resolve(store.lookupKey),
      clock: store.clock.now,
      maxAgeDays: 365,
    });

  async function consented(sub = 'customer-1') {
    const supply = { id: 'supply-1', account_id: null, meter_point_id: null };
    const grant = await grants().prepare({ supply, customer: { sub, claims: {} } }, 'acc_1');
    const decisionId = `decision-${sub}`;
    await grants().store(store.database, grant, decisionId);
    await records().add(store.database, 'granted', {
      decisionId,
      subjectKey: grant.subjectKey,
      accountId: 'acc_1',
      grantId: grant.id,
      language: 'en',
      text: { version: '1', hash: 'h' },
      shown: { supply: 'supply-1' },
    });
    return grant;
  }
  const recorded = async () =>
    (await store.database.selectFrom('consent_records').selectAll().orderBy('recorded_at').execute()).map((row) => ({
      event: row.event,
      grant: row.grant_id,
      said: store.sealer.open(row.evidence_sealed, `consent_records.evidence:${row.id}`),
    }));

  test('opens nothing any more, says why, and has it recorded beside the consent', async () => {
    const [grant, other] = [await consented(), await consented('customer-2')];
    store.clock.advance(1000);
    expect(await endings().end(grant.id, 'supply_left', 'moved_out')).toBe(true);
    expect(await grants().find(grant.token)).toEqual({ status: 'ended', reason: 'supply_left' });
    expect(await grants().find(other.token)).toMatchObject({ status: 'active' });
    expect((await recorded()).at(-1)).toEqual({
      event: 'ended',
      grant: grant.id,
      said: { reason: 'supply_left', detail: 'moved_out' },
    });
  });

  test('ends once, however many instances notice', async () => {
    const grant = await consented();
    const results = await Promise.all(
      Array.from({ length: 4 }, () => endings().end(grant.id, 'supply_left', 'moved_out')),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await recorded()).filter(({ event }) => event === 'ended')).toHaveLength(1);
  });

  test('keeps the reason it ended for first', async () => {
    const grant = await consented();
    await store.database.updateTable('grants').set({ status: 'not_delivered' }).execute();
    expect(await endings().end(grant.id, 'supply_left', 'moved_out')).toBe(false);
    expect(await grants().find(grant.token)).toEqual({ status: 'ended', reason: 'not_delivered' });
  });
});
