import { sql } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { randomId } from '../base/random.ts';
import type { Flatpeak, SubmissionResult } from '../flatpeak/client.ts';
import type { Database, Queries } from '../store/database.ts';
import type { Sealer } from '../store/sealing.ts';
import { backoffMs } from './backoff.ts';

/**
 * waiting   – to be sent, now or later
 * delivered – Flatpeak has accepted it
 * refused   – Flatpeak has refused it for good
 * overdue   – Flatpeak's token ended before it could be delivered
 * parked    – our own credential or address is wrong; an operator mends it and retries
 */
export type DeliveryState = 'waiting' | 'delivered' | 'refused' | 'overdue' | 'parked';

export interface OutboxMessage {
  decisionId: string;
  path: string;
  /** Sent byte for byte, however often. */
  body: string;
  deadlineAt: number;
}

/** Called in the transaction that settles a delivery. */
export type OnSettled = (
  queries: Queries,
  settled: { decisionId: string; state: 'delivered' | 'refused' | 'overdue' },
) => Promise<void>;

export interface Outbox {
  /** Part of the decision's own transaction. */
  enqueue(queries: Queries, message: OutboxMessage): Promise<void>;
  /** Sends what is due; each message by one instance at a time. Resolves to how many were tried. */
  deliverDue(): Promise<number>;
  stateOf(decisionId: string): Promise<DeliveryState | null>;
}

export interface OutboxParts {
  database: Database;
  postgres: boolean;
  sealer: Sealer;
  flatpeak: Flatpeak;
  clock: Clock;
  log: Log;
  /** How long one attempt may take in all; a claim outlives it. */
  attemptMs: number;
  onSettled: OnSettled;
}

const messageSchema = z.object({ path: z.string(), body: z.string() });
const placeOf = (id: string) => `outbox.message:${id}`;
const BATCH = 10;

export function createOutbox(parts: OutboxParts): Outbox {
  const { database, sealer, flatpeak, clock, log } = parts;
  const leaseMs = parts.attemptMs + 10_000;

  /**
   * One statement claims and counts the attempt before its first byte is sent: if this process dies now, the
   * message counts as possibly arrived. Returns rows as they are from now on.
   */
  const claimDue = () =>
    database
      .updateTable('outbox')
      .set({ attempts: sql`attempts + 1`, unanswered: sql`unanswered + 1`, claimed_until: clock() + leaseMs })
      .where('id', 'in', (query) => {
        const due = query
          .selectFrom('outbox')
          .select('id')
          .where('state', '=', 'waiting')
          .where('next_attempt_at', '<=', clock())
          .where('claimed_until', '<=', clock())
          .orderBy('next_attempt_at')
          .limit(BATCH);
        return parts.postgres ? due.forUpdate().skipLocked() : due;
      })
      .returningAll()
      .execute();

  type Claimed = Awaited<ReturnType<typeof claimDue>>[number];

  /** The row, while it is still this attempt's to change: a claim that ran out belongs to whoever took it next. */
  const held = (queries: Queries, row: Claimed) =>
    queries
      .updateTable('outbox')
      .where('id', '=', row.id)
      .where('state', '=', 'waiting')
      .where('claimed_until', '=', row.claimed_until);

  /** An acceptance counts whoever heard it, unless the message is settled already. */
  const unsettled = (queries: Queries, row: Claimed) =>
    queries.updateTable('outbox').where('id', '=', row.id).where('state', 'in', ['waiting', 'parked']);

  const settle = async (row: Claimed, state: 'delivered' | 'refused' | 'overdue', code: string) => {
    const settled = await database.transaction().execute(async (transaction) => {
      const result = await (state === 'delivered' ? unsettled(transaction, row) : held(transaction, row))
        .set({ state, last_code: code, settled_at: clock(), message_sealed: null })
        .executeTakeFirst();
      if (result.numUpdatedRows !== 1n) return false;
      await parts.onSettled(transaction, { decisionId: row.decision_id, state });
      return true;
    });
    if (!settled) return;
    const fields = { event: `submission_${state}`, decision: row.decision_id, code, attempt: row.attempts };
    if (state === 'delivered') log.info(fields);
    else log.error(fields);
  };

  const release = async (
    row: Claimed,
    changes: { state?: 'parked'; code: string; nextAttemptAt: number; answered: boolean },
  ) => {
    await held(database, row)
      .set({
        state: changes.state ?? 'waiting',
        last_code: changes.code,
        next_attempt_at: changes.nextAttemptAt,
        claimed_until: 0,
        unanswered: changes.answered ? row.unanswered - 1 : row.unanswered,
      })
      .execute();
  };

  const handle = async (row: Claimed, result: SubmissionResult) => {
    const { verdict, code } = result;
    switch (verdict) {
      case 'accepted':
        return settle(row, 'delivered', code);
      case 'refused':
        return settle(row, 'refused', code);
      case 'conflict':
        // An earlier attempt whose answer was lost had arrived after all; without one, it is somebody else's.
        return settle(row, row.unanswered > 1 ? 'delivered' : 'refused', code);
      case 'parked':
        await release(row, { state: 'parked', code, nextAttemptAt: row.next_attempt_at, answered: true });
        log.error({ event: 'submission_parked', decision: row.decision_id, code, attempt: row.attempts });
        return;
      case 'again': {
        const delay = Math.max(backoffMs(row.attempts), result.retryAfterMs ?? 0);
        await release(row, {
          code,
          nextAttemptAt: Math.min(clock() + delay, row.deadline_at),
          answered: result.answered,
        });
        log.warn({
          event: 'submission_again',
          decision: row.decision_id,
          code,
          attempt: row.attempts,
          retry_in_ms: delay,
        });
        return;
      }
    }
  };

  const attempt = async (row: Claimed): Promise<void> => {
    try {
      if (row.deadline_at <= clock()) {
        await settle(row, 'overdue', row.last_code ?? 'never_tried');
        return;
      }
      const message = messageSchema.parse(sealer.open(row.message_sealed ?? '', placeOf(row.id)));
      await handle(row, await flatpeak.submit({ ...message, idempotencyKey: row.decision_id }));
    } catch (error) {
      // Database or keys: the claim runs out by itself and the message is tried again.
      log.error({ event: 'submission_attempt_failed', decision: row.decision_id, code: codeOf(error) });
    }
  };

  return {
    async enqueue(queries, message) {
      const id = randomId();
      await queries
        .insertInto('outbox')
        .values({
          id,
          decision_id: message.decisionId,
          message_sealed: sealer.seal({ path: message.path, body: message.body }, placeOf(id)),
          state: 'waiting',
          attempts: 0,
          unanswered: 0,
          next_attempt_at: clock(),
          claimed_until: 0,
          deadline_at: message.deadlineAt,
          last_code: null,
          created_at: clock(),
          settled_at: null,
        })
        .execute();
    },
    async deliverDue() {
      const rows = await claimDue();
      await Promise.all(rows.map(attempt));
      return rows.length;
    },
    async stateOf(decisionId) {
      const row = await database
        .selectFrom('outbox')
        .select('state')
        .where('decision_id', '=', decisionId)
        .executeTakeFirst();
      return (row?.state as DeliveryState | undefined) ?? null;
    },
  };
}
