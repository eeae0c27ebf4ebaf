import { beforeEach, describe, expect, test } from '@jest/globals';
import { createConsentHistory } from '../../src/sharing/consent-history.ts';
import { createSealer } from '../../src/store/sealing.ts';
import { DAY } from '../support/clock.ts';
import { DATABASE_KINDS } from '../support/databases.ts';
import { SHOWN, useSharing } from './sharing-store.ts';

const DENIED = { outcome: 'declined', reason: 'consent_denied', action: 'DISMISS_CONSENT' } as const;

describe.each(DATABASE_KINDS)('the history of a customer’s consents (%s)', (kind) => {
  const { store, flatpeak, parts, allowed, decide, statusOf } = useSharing(kind);
  const history = (sealer = store.sealer) =>
    createConsentHistory({
      database: store.database,
      sealer,
      lookupKey: () => parts().lookupKey(),
      clock: () => store.clock.now(),
    });
  const deliver = () => parts().outbox.deliverDue();
  const withdraw = (grantId: string) => parts().withdrawals.withdraw(grantId, 'customer');

  beforeEach(() => {
    flatpeak.answer = () => Promise.resolve({ verdict: 'accepted', code: 'http_200' });
  });

  test('has every moment, the oldest first, with what the page showed', async () => {
    const grantedAt = store.clock.now();
    const grant = await allowed({ sub: 'ann' });
    await deliver();
    store.clock.advance(DAY);
    await withdraw(grant.id);
    await allowed({ sub: 'ben' });
    const record = {
      id: expect.any(String),
      decisionId: grant.decisionId,
      grantId: grant.id,
      recipientId: 'acc_1',
      language: 'en',
      text: { version: 'en-1', hash: 'digest-of-the-text' },
      unreadable: null,
      customerKey: expect.any(String),
    };
    expect(await history().of('ann')).toEqual([
      { ...record, event: 'granted', recordedAt: grantedAt, evidence: SHOWN },
      { ...record, event: 'withdrawn', recordedAt: grantedAt + DAY, evidence: { by: 'customer' } },
    ]);
  });

  test('has what was denied, too', async () => {
    await decide({ sub: 'ann' }, DENIED);
    expect(await history().of('ann')).toEqual([expect.objectContaining({ event: 'declined', grantId: null })]);
  });

  test('says of a record that cannot be opened why not', async () => {
    await allowed({ sub: 'ann' });
    const other = createSealer([{ kid: 'other', key: Buffer.alloc(32) }]);
    expect(await history(other).of('ann')).toEqual([
      expect.objectContaining({ event: 'granted', evidence: null, unreadable: 'seal_key_unknown' }),
    ]);
  });

  describe('erased', () => {
    /** Everything personal in the database, opened. */
    const opened = async () => {
      const records = await store.database.selectFrom('consent_records').selectAll().execute();
      const grants = await store.database.selectFrom('grants').selectAll().execute();
      return JSON.stringify([
        ...records.map((row) => store.sealer.open(row.evidence_sealed, `consent_records.evidence:${row.id}`)),
        ...grants.map((row) => store.sealer.open(row.binding_sealed, `grants.binding:${row.id}`)),
      ]);
    };

    test('leaves that something was agreed to and ended, and nothing of what was shown', async () => {
      const grant = await allowed({ sub: 'ann' });
      await deliver();
      await withdraw(grant.id);
      await decide({ sub: 'ann' }, DENIED);
      expect(await opened()).toMatch(/Mill Lane|"ann"/);
      store.clock.advance(DAY);
      expect(await history().erase('ann')).toEqual({ records: 2, grants: 1, live: 0 });
      expect(await opened()).not.toMatch(/Mill Lane|BS1|Home|Heat Maker|Go 12M|ann|supply-1|A-1/);
      const erased = { erased_at: new Date(store.clock.now()).toISOString() };
      const events = (await history().of('ann')).map(({ event, evidence }) => [event, evidence]);
      expect(new Map(events as [string, unknown][])).toEqual(
        new Map<string, unknown>([
          ['granted', erased],
          ['withdrawn', { by: 'customer' }],
          ['declined', erased],
        ]),
      );
      expect(await statusOf(grant)).toBe('withdrawn');
    });

    test('leaves a live grant and its evidence as they are', async () => {
      const ended = await allowed({ sub: 'ann', supply: 'supply-2' });
      await withdraw(ended.id);
      const live = await allowed({ sub: 'ann', supply: 'supply-1' });
      expect(await history().erase('ann')).toEqual({ records: 1, grants: 1, live: 1 });
      expect(await parts().grants.find(live.token)).toMatchObject({ status: 'active', supply: { id: 'supply-1' } });
      expect((await parts().overview.list({ grant: live.id }))[0]?.shown?.supply.label).toBe('Home');
    });

    test('counts an expired grant as ended', async () => {
      const grant = await allowed({ sub: 'ann' });
      await deliver();
      store.clock.advance(365 * DAY);
      expect(await history().erase('ann')).toEqual({ records: 1, grants: 1, live: 0 });
      expect(await statusOf(grant)).toBe('expired');
    });

    test('touches nobody else', async () => {
      const other = await allowed({ sub: 'ben' });
      await withdraw(other.id);
      expect(await history().erase('ann')).toEqual({ records: 0, grants: 0, live: 0 });
      expect(await opened()).toContain('ben');
    });

    test('takes an operator’s words out of what was recorded, and leaves the codes', async () => {
      const { decisionId } = await allowed({ sub: 'ann' });
      const outcome = { reason: 'discarded', code: 'http_403' };
      await parts().settlement(store.database, {
        decisionId,
        state: 'discarded',
        code: 'http_403',
        note: 'Ann Example called',
      });
      expect(await opened()).toContain('Ann Example called');
      await history().erase('ann');
      const record = (await history().of('ann')).find(({ event }) => event === 'not_delivered');
      expect(record?.evidence).toEqual(outcome);
    });

    test('a second time finds nothing more, and keeps the date', async () => {
      const grant = await allowed({ sub: 'ann' });
      await withdraw(grant.id);
      await history().erase('ann');
      const before = await history().of('ann');
      store.clock.advance(DAY);
      expect(await history().erase('ann')).toEqual({ records: 0, grants: 0, live: 0 });
      expect(await history().of('ann')).toEqual(before);
    });

    test('takes away also what no key opens any more', async () => {
      const grant = await allowed({ sub: 'ann' });
      await withdraw(grant.id);
      await store.database.updateTable('grants').set({ binding_sealed: 'gone:x:y:z' }).execute();
      await store.database
        .updateTable('consent_records')
        .set({ evidence_sealed: 'gone:x:y:z' })
        .where('event', '=', 'granted')
        .execute();
      expect(await history().erase('ann')).toEqual({ records: 1, grants: 1, live: 0 });
      expect(await opened()).not.toContain('gone');
    });
  });
});
