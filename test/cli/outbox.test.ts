import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SubmissionResult } from '../../src/flatpeak/client.ts';
import { useSharing } from '../sharing/sharing-store.ts';
import { HOUR } from '../support/clock.ts';
import { DATABASE_KINDS } from '../support/databases.ts';
import { adapter, beside, serviceEnv } from './support.ts';

const ACCEPTED: SubmissionResult = { verdict: 'accepted', code: 'http_200' };
const PARKED: SubmissionResult = { verdict: 'parked', code: 'http_403' };

describe.each(DATABASE_KINDS)('adapter outbox (%s)', (kind) => {
  const { store, flatpeak, parts, allowed, statusOf, recordsOf, outboxRow } = useSharing(kind);
  const run = beside(store);
  const deliver = () => parts().outbox.deliverDue();

  beforeEach(() => {
    flatpeak.sent = [];
    flatpeak.answer = () => Promise.resolve(PARKED);
  });

  /** A decision whose submission Flatpeak has refused for a reason that is ours to mend. */
  async function parked() {
    const grant = await allowed();
    await deliver();
    flatpeak.sent = [];
    return grant;
  }

  describe('list', () => {
    test('shows what is not settled: what is parked, and why', async () => {
      const { decisionId } = await parked();
      const { code, out, err } = await run('outbox', 'list');
      expect([code, err]).toEqual([0, '']);
      expect(out).toBe(
        [
          'decision                state      last answer       tries  created               token ends',
          `${decisionId}  parked     http_403          1      2026-06-16T11:00:00Z  2026-06-16T12:00:00Z`,
          '1 submission waiting or parked.',
          '',
        ].join('\n'),
      );
    });

    test('as JSON, without anything of the message', async () => {
      const { decisionId, token } = await parked();
      const { out } = await run('outbox', 'list', '--json');
      expect(JSON.parse(out)).toEqual({
        total: 1,
        submissions: [
          {
            decision: decisionId,
            state: 'parked',
            code: 'http_403',
            attempts: 1,
            unanswered: false,
            sending: false,
            created_at: '2026-06-16T11:00:00Z',
            next_attempt_at: null,
            deadline_at: '2026-06-16T12:00:00Z',
            settled_at: null,
          },
        ],
      });
      for (const secret of [token, 'cot_', 'customer-1', 'supply-1', 'BS1']) expect(out).not.toContain(secret);
    });

    test('leaves out what is settled, unless it is asked for', async () => {
      flatpeak.answer = () => Promise.resolve(ACCEPTED);
      const { decisionId } = await parked();
      expect((await run('outbox', 'list')).out).toBe('0 submissions waiting or parked.\n');
      expect((await run('outbox', 'list', '--state', 'delivered', 'refused')).out).toContain(decisionId);
    });

    test('says that the token is over, and how many are left out', async () => {
      await parked();
      await parked();
      store.clock.advance(HOUR);
      const { out } = await run('outbox', 'list', '--state', 'parked', '--limit', '1');
      expect(out).toContain('2026-06-16T12:00:00Z (over)\n2 submissions parked, 1 more not shown (--limit).');
    });

    test('needs no keys', async () => {
      const { DATABASE_URL = '' } = serviceEnv(store.address, []);
      expect(await adapter(['outbox', 'list'], { env: { DATABASE_URL } })).toMatchObject({ code: 0, err: '' });
    });

    test('refuses a state there is none of', async () => {
      expect(await run('outbox', 'list', '--state', 'lost')).toMatchObject({ code: 2 });
    });
  });

  describe('retry', () => {
    test('lets one wait again, and the service delivers it', async () => {
      const { decisionId } = await parked();
      expect(await run('outbox', 'retry', decisionId)).toEqual({
        code: 0,
        out: `${decisionId} waits again.\n`,
        err: '',
      });
      flatpeak.answer = () => Promise.resolve(ACCEPTED);
      await deliver();
      expect(flatpeak.sent).toEqual([decisionId]);
    });

    test('of all that are parked', async () => {
      await parked();
      await parked();
      expect(await run('outbox', 'retry', '--all-parked')).toMatchObject({
        code: 0,
        out: '2 submissions waiting again.\n',
      });
      expect(await run('outbox', 'retry', '--all-parked')).toMatchObject({
        code: 0,
        out: '0 submissions waiting again.\n',
      });
    });

    test('says of those that are not parked what they are, does the others, and ends with 1', async () => {
      const { decisionId } = await parked();
      const waiting = await allowed({ supply: 'supply-2' });
      const { code, out, err } = await run('outbox', 'retry', waiting.decisionId, 'nobody', decisionId);
      expect({ code, out, err }).toEqual({
        code: 1,
        out: `${decisionId} waits again.\n`,
        err: `${waiting.decisionId} is not parked but waiting.\nnobody is not known.\n`,
      });
    });

    test.each([[[]], [['--all-parked', 'decision-1']]])('of %j: 2', async (argv) => {
      expect(await run('outbox', 'retry', ...argv)).toMatchObject({
        code: 2,
        err: 'error: name decisions, or --all-parked\n',
      });
    });
  });

  describe('discard', () => {
    test('settles it as not delivered: the grant is void, and the record says why', async () => {
      const grant = await parked();
      store.clock.advance(HOUR);
      const { code, out } = await run('outbox', 'discard', grant.decisionId, '--reason', 'account closed');
      expect([code, out]).toEqual([0, `${grant.decisionId} is discarded: settled as not delivered, its grant void.\n`]);
      expect(await statusOf(grant)).toBe('not_delivered');
      expect(await outboxRow(grant.decisionId)).toMatchObject({ state: 'discarded', message_sealed: null });
      expect((await recordsOf(grant.decisionId)).at(-1)).toEqual({
        event: 'not_delivered',
        grant: grant.id,
        said: { reason: 'discarded', code: 'http_403', note: 'account closed' },
      });
    });

    test('leaves alone what is being sent', async () => {
      const grant = await allowed();
      const arrived = Promise.withResolvers<undefined>();
      const answer = Promise.withResolvers<SubmissionResult>();
      flatpeak.answer = () => {
        arrived.resolve(undefined);
        return answer.promise;
      };
      const carrying = deliver();
      await arrived.promise;
      const { code, err } = await run('outbox', 'discard', grant.decisionId, '--reason', 'stuck');
      expect([code, err]).toEqual([1, `${grant.decisionId} is being sent at this moment; look again in a minute.\n`]);
      answer.resolve(ACCEPTED);
      await carrying;
      expect(await statusOf(grant)).toBe('active');
    });

    test.each([
      ['one that is settled', 'delivered', 'is settled already: delivered'],
      ['one that was withdrawn', 'withdrawn', 'is settled already: withdrawn'],
    ])('refuses %s', async (_, state, words) => {
      const { decisionId } = await parked();
      await store.database.updateTable('outbox').set({ state }).execute();
      expect(await run('outbox', 'discard', decisionId, '--reason', 'why')).toMatchObject({
        code: 1,
        err: `${decisionId} ${words}.\n`,
      });
    });

    test('refuses one nobody knows', async () => {
      expect(await run('outbox', 'discard', 'nobody', '--reason', 'why')).toMatchObject({ code: 1 });
    });

    test.each([[[]], [['--reason', ' ']], [['--reason', 'x'.repeat(201)]]])('needs a reason: %j', async (reason) => {
      expect(await run('outbox', 'discard', 'decision-1', ...reason)).toMatchObject({ code: 2 });
    });
  });
});
