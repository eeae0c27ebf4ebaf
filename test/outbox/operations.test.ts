import { beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/base/log.ts';
import type { Flatpeak, SubmissionResult } from '../../src/flatpeak/client.ts';
import { createOutboxOperations } from '../../src/outbox/operations.ts';
import { createOutbox } from '../../src/outbox/outbox.ts';
import type { Settled } from '../../src/outbox/states.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';

const ACCEPTED: SubmissionResult = { verdict: 'accepted', code: 'http_200' };
const PARKED: SubmissionResult = { verdict: 'parked', code: 'http_403' };

/** What an operator does while couriers are at work. */
describe.each(DATABASE_KINDS)('the outbox in an operator’s hands (%s)', (kind) => {
  const store = useStore(kind);
  let answer: () => Promise<SubmissionResult>;
  let sent: string[];
  let settled: Settled[];

  beforeEach(() => {
    answer = () => Promise.resolve(PARKED);
    sent = [];
    settled = [];
  });

  const clock = () => store.clock.now();
  const onSettled = (_queries: unknown, one: Settled) => Promise.resolve(void settled.push(one));
  const outbox = () =>
    createOutbox({
      database: store.database,
      postgres: kind === 'postgres',
      sealer: store.sealer,
      flatpeak: {
        submit: ({ idempotencyKey }) => {
          sent.push(idempotencyKey);
          return answer();
        },
      } as Flatpeak,
      clock,
      log: createLog('silent'),
      attemptMs: 1000,
      onSettled,
    });
  const operations = () => createOutboxOperations({ database: store.database, clock });
  const discard = (decisionId: string, note = 'why') => operations().discard(decisionId, note, onSettled);
  const stateOf = (decisionId: string) => outbox().stateOf(decisionId);

  const enqueue = (decisionId: string, deadlineAt = clock() + HOUR) =>
    outbox().enqueue(store.database, { decisionId, path: '/path', body: '{"secret":1}', deadlineAt });
  async function parked(...decisions: string[]) {
    for (const decision of decisions) await enqueue(decision);
    await outbox().deliverDue();
    sent = [];
    answer = () => Promise.resolve(ACCEPTED);
  }
  /** One is on its way, until it is let go. */
  async function carried(decisionId: string) {
    await enqueue(decisionId);
    const arrived = Promise.withResolvers<undefined>();
    const answered = Promise.withResolvers<SubmissionResult>();
    answer = () => {
      arrived.resolve(undefined);
      return answered.promise;
    };
    const delivery = outbox().deliverDue();
    await arrived.promise;
    return async (result: SubmissionResult) => {
      answered.resolve(result);
      await delivery;
    };
  }

  describe('the list', () => {
    test('says of each how far it has come, and nothing of its message', async () => {
      await parked('decision-1');
      store.clock.advance(MINUTE);
      await enqueue('decision-2');
      const listed = await operations().list(['waiting', 'parked'], 10);
      const entry = { unanswered: false, carried: false, settledAt: null };
      expect(listed).toEqual({
        total: 2,
        entries: [
          {
            ...entry,
            decisionId: 'decision-1',
            state: 'parked',
            code: 'http_403',
            attempts: 1,
            createdAt: clock() - MINUTE,
            nextAttemptAt: null,
            deadlineAt: clock() - MINUTE + HOUR,
          },
          {
            ...entry,
            decisionId: 'decision-2',
            state: 'waiting',
            code: null,
            attempts: 0,
            createdAt: clock(),
            nextAttemptAt: clock(),
            deadlineAt: clock() + HOUR,
          },
        ],
      });
    });

    test('has the states asked for, the oldest first, and counts those it leaves out', async () => {
      for (const decision of ['decision-3', 'decision-1', 'decision-2']) {
        await parked(decision);
        store.clock.advance(MINUTE);
        answer = () => Promise.resolve(PARKED);
      }
      await enqueue('decision-4');
      const { entries, total } = await operations().list(['parked'], 2);
      expect([entries.map(({ decisionId }) => decisionId), total]).toEqual([['decision-3', 'decision-1'], 3]);
    });

    test('marks what is being carried, and what may have arrived', async () => {
      const release = await carried('decision-1');
      const { entries } = await operations().list(['waiting'], 10);
      expect(entries).toEqual([expect.objectContaining({ carried: true, unanswered: true, attempts: 1 })]);
      await release(ACCEPTED);
    });
  });

  describe('retry', () => {
    test('lets a parked one wait again, and the next courier sends it', async () => {
      await parked('decision-1', 'decision-2');
      expect(await operations().retry('decision-1')).toBe('retried');
      await outbox().deliverDue();
      expect(sent).toEqual(['decision-1']);
      expect([await stateOf('decision-1'), await stateOf('decision-2')]).toEqual(['delivered', 'parked']);
    });

    test('of all of them', async () => {
      await parked('decision-1', 'decision-2');
      expect(await operations().retryAllParked()).toBe(2);
      await outbox().deliverDue();
      expect(sent.sort()).toEqual(['decision-1', 'decision-2']);
    });

    test('counts once, however often it is asked for at once', async () => {
      await parked('decision-1');
      const results = await Promise.all(Array.from({ length: 4 }, () => operations().retry('decision-1')));
      expect(results.filter((result) => result === 'retried')).toHaveLength(1);
    });

    test('leaves one alone that is being carried', async () => {
      const release = await carried('decision-1');
      expect(await operations().retry('decision-1')).toBe('waiting');
      expect(await outbox().deliverDue()).toBe(0);
      await release(ACCEPTED);
      expect(sent).toEqual(['decision-1']);
    });

    test.each(['delivered', 'refused', 'overdue', 'discarded', 'withdrawn'])(
      'leaves one alone that is %s',
      async (state) => {
        await parked('decision-1');
        await store.database.updateTable('outbox').set({ state }).execute();
        expect(await operations().retry('decision-1')).toBe(state);
        expect(await operations().retryAllParked()).toBe(0);
        expect(await outbox().deliverDue()).toBe(0);
      },
    );

    test('of one nobody knows says so', async () => {
      expect(await operations().retry('decision-9')).toBe('unknown');
    });

    test('after Flatpeak’s token has ended settles it as overdue, unsent', async () => {
      await parked('decision-1');
      store.clock.advance(2 * HOUR);
      await operations().retry('decision-1');
      await outbox().deliverDue();
      expect(sent).toEqual([]);
      expect(await stateOf('decision-1')).toBe('overdue');
    });
  });

  describe('discard', () => {
    test.each(['parked', 'waiting'])('settles one that is %s, empties it, and it is never sent', async (state) => {
      if (state === 'parked') await parked('decision-1');
      else await enqueue('decision-1');
      expect(await discard('decision-1', 'agreed with Flatpeak')).toBe('now_discarded');
      const code = state === 'parked' ? 'http_403' : null;
      expect(settled).toEqual([{ decisionId: 'decision-1', state: 'discarded', code, note: 'agreed with Flatpeak' }]);
      expect(
        await store.database.selectFrom('outbox').select(['state', 'message_sealed', 'settled_at']).execute(),
      ).toEqual([{ state: 'discarded', message_sealed: null, settled_at: clock() }]);
      expect(await outbox().deliverDue()).toBe(0);
    });

    test('refuses one that is being carried, whose answer then counts', async () => {
      const release = await carried('decision-1');
      expect(await discard('decision-1', 'too slow')).toBe('carried');
      await release(ACCEPTED);
      expect(await stateOf('decision-1')).toBe('delivered');
      expect(settled.map(({ state }) => state)).toEqual(['delivered']);
    });

    test.each(['delivered', 'refused', 'overdue', 'discarded', 'withdrawn'])(
      'leaves one alone that is %s',
      async (state) => {
        await parked('decision-1');
        await store.database.updateTable('outbox').set({ state }).execute();
        expect(await discard('decision-1', 'why')).toBe(state);
        expect(settled).toEqual([]);
      },
    );

    test('of one nobody knows says so', async () => {
      expect(await discard('decision-9', 'why')).toBe('unknown');
    });

    test('is a whole: when what follows fails, it stays parked', async () => {
      await parked('decision-1');
      const failing = () => Promise.reject(new Error('database away'));
      await expect(operations().discard('decision-1', 'why', failing)).rejects.toThrow('database away');
      expect(await stateOf('decision-1')).toBe('parked');
      expect(await operations().retry('decision-1')).toBe('retried');
    });
  });
});
