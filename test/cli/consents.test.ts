import { beforeEach, describe, expect, test } from '@jest/globals';
import { SHOWN, useSharing } from '../sharing/sharing-store.ts';
import { DAY } from '../support/clock.ts';
import { DATABASE_KINDS } from '../support/databases.ts';
import { beside } from './support.ts';

describe.each(DATABASE_KINDS)('adapter consents (%s)', (kind) => {
  const { store, flatpeak, parts, allowed, statusOf } = useSharing(kind);
  const run = beside(store);
  const exported = async (customer: string) =>
    JSON.parse((await run('consents', 'export', '--customer', customer)).out) as {
      records: { event: string; evidence: unknown }[];
      grants: unknown[];
    };

  beforeEach(() => {
    flatpeak.answer = () => Promise.resolve({ verdict: 'accepted', code: 'http_200' });
  });

  describe('export', () => {
    test('has every record of the customer, opened, and every grant', async () => {
      const grant = await allowed({ sub: 'ann' });
      await parts().outbox.deliverDue();
      store.clock.advance(DAY);
      await parts().withdrawals.withdraw(grant.id, 'customer');
      await allowed({ sub: 'ben' });
      const record = {
        record: expect.any(String),
        decision: grant.decisionId,
        grant: grant.id,
        recipient: 'acc_1',
        text: { language: 'en', version: 'en-1', hash: 'digest-of-the-text' },
        unreadable: null,
      };
      expect(await exported('ann')).toEqual({
        exported_at: '2026-06-17T11:00:00Z',
        customer: 'ann',
        records: [
          { ...record, event: 'granted', recorded_at: '2026-06-16T11:00:00Z', evidence: SHOWN },
          { ...record, event: 'withdrawn', recorded_at: '2026-06-17T11:00:00Z', evidence: { by: 'customer' } },
        ],
        grants: [expect.objectContaining({ grant: grant.id, status: 'withdrawn', withdrawn_by: 'customer' })],
      });
    });

    test('of a customer nobody knows is empty', async () => {
      expect(await exported('nobody')).toMatchObject({ records: [], grants: [] });
    });

    test('says how many records cannot be opened, and ends with 1', async () => {
      await allowed({ sub: 'ann' });
      await store.database.updateTable('consent_records').set({ evidence_sealed: 'gone:x:y:z' }).execute();
      const { code, out, err } = await run('consents', 'export', '--customer', 'ann');
      expect([code, err]).toEqual([1, '1 record cannot be opened: a key is missing from ENCRYPTION_KEYS.\n']);
      expect(out).toContain('"unreadable": "seal_key_unknown"');
    });

    const audited = async (...options: string[]) =>
      (await run('consents', 'export', '--audit', ...options)).out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);

    test('for an audit has every record of everybody, and nothing of who they are', async () => {
      await allowed({ sub: 'ann' });
      const ben = await allowed({ sub: 'ben' });
      await parts().outbox.deliverDue();
      store.clock.advance(DAY);
      await parts().withdrawals.withdraw(ben.id, 'provider');
      const records = await audited();
      expect(records.map(({ event }) => event).sort()).toEqual(['granted', 'granted', 'withdrawn']);
      expect(new Set(records.map(({ customer_key }) => customer_key)).size).toBe(2);
      expect(JSON.stringify(records)).not.toMatch(/evidence|"ann"|"ben"/);
      expect(records[0]).toMatchObject({ text: { language: 'en', version: 'en-1', hash: 'digest-of-the-text' } });
    });

    test('for an audit of a time has what was recorded in it: from then on, and before then', async () => {
      await allowed({ sub: 'ann' });
      store.clock.advance(DAY);
      await allowed({ sub: 'ben' });
      expect(await audited('--from', '2026-06-17T11:00:00Z')).toHaveLength(1);
      expect(await audited('--until', '2026-06-17T11:00:00Z')).toHaveLength(1);
      expect(await audited('--from', '2026-06-18')).toEqual([]);
    });

    test('for an audit can have what pages showed, too', async () => {
      await allowed({ sub: 'ann' });
      expect(await audited('--evidence')).toEqual([expect.objectContaining({ evidence: SHOWN, unreadable: null })]);
    });

    test.each([[['--audit', '--customer', 'ann']], [['--audit', '--from', 'yesterday']]])(
      '%j is refused',
      async (options) => {
        expect(await run('consents', 'export', ...options)).toMatchObject({ code: 2, out: '' });
      },
    );

    test('needs a customer', async () => {
      expect(await run('consents', 'export')).toMatchObject({ code: 2, out: '' });
    });
  });

  describe('erase', () => {
    test('of a customer whose sharing has ended erases what was shown, and keeps that it was', async () => {
      const grant = await allowed({ sub: 'ann' });
      await parts().withdrawals.withdraw(grant.id, 'customer');
      expect(await run('consents', 'erase', '--customer', 'ann', '--yes')).toEqual({
        code: 0,
        out: 'Erased: 1 record, 1 grant.\n',
        err: '',
      });
      const { records, grants } = await exported('ann');
      expect(new Map(records.map(({ event, evidence }) => [event, evidence]))).toEqual(
        new Map<string, unknown>([
          ['granted', { erased_at: '2026-06-16T11:00:00.000Z' }],
          ['withdrawn', { by: 'customer' }],
        ]),
      );
      expect(grants).toEqual([expect.objectContaining({ customer: null, supply: null, status: 'withdrawn' })]);
    });

    test('refuses while something of theirs is shared', async () => {
      const grant = await allowed({ sub: 'ann' });
      const { code, err } = await run('consents', 'erase', '--customer', 'ann', '--yes');
      expect([code, err]).toEqual([
        1,
        'error: 1 grant of this customer can be read still; --withdraw ends sharing first\n',
      ]);
      expect(await statusOf(grant)).toBe('active');
      expect((await exported('ann')).records).toEqual([expect.objectContaining({ evidence: SHOWN })]);
    });

    test('ends sharing first, where it is told to', async () => {
      const grant = await allowed({ sub: 'ann' });
      expect(await run('consents', 'erase', '--customer', 'ann', '--withdraw', '--yes')).toMatchObject({
        code: 0,
        out: '1 grant withdrawn. Erased: 1 record, 1 grant.\n',
      });
      expect(await statusOf(grant)).toBe('withdrawn');
    });

    test('asks first', async () => {
      const grant = await allowed({ sub: 'ann' });
      expect(await run('consents', 'erase', '--customer', 'ann', '--withdraw')).toMatchObject({
        code: 2,
        err: 'error: what is erased cannot be had again; if so, --yes\n',
      });
      expect(await statusOf(grant)).toBe('active');
    });

    test('as JSON', async () => {
      await allowed({ sub: 'ann' });
      const { out } = await run('consents', 'erase', '--customer', 'ann', '--withdraw', '--yes', '--json');
      expect(JSON.parse(out)).toEqual({ withdrawn: 1, records: 1, grants: 1, live: 0 });
    });
  });
});
