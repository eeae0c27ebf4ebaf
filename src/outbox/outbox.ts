import { sql } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { randomId } from '../base/random.ts';
import type { Flatpeak, SubmissionResult } from '../flatpeak/client.ts';
import type { Database, Queries } from '../store/database.ts';
import { placeOf } from '../store/sealed-places.ts';
import type { Sealer } from '../store/sealing.ts';
import { backoffMs } from './backoff.ts';
import { unlessHurried } from './hurry.ts';
import type { DeliveryState, OnSettled } from './states.ts';

export interface OutboxMessage {
  decisionId: string;
  path: string;
  /** Sent byte for byte, however often. */
  body: string;
  deadlineAt: number;
}

export interface Outbox {
  /** Part of the decision's own transaction. */
  enqueue(queries: Queries, message: OutboxMessage): Promise<void>;
  /**
   * Sends what is due; each message by one instance at a time. Resolves to how many were tried; `hurry` breaks off what
   * is under way, and then it may have arrived or not.
   */
  deliverDue(hurry?: AbortSignal): Promise<number>;
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
const messagePlace = (id: string) => placeOf('outbox', 'message_sealed', id);
const BATCH = 10;
/** Clocks of several instances may be this far apart. */
const APART_MS = 60_000;

export function createOutbox(parts: OutboxParts): Outbox {
  const { database, sealer, flatpeak, clock, log } = parts;
  const leaseMs = parts.attemptMs + 10_000;
  /** Messages on their way from this process: when its clock is put forward their claims only seem to have run out. */
  const carrying = new Set<string>();

  /**
   * One statement claims and counts the attempt before its first byte is sent: if this process dies now, the
   * message counts as possibly arrived. Returns rows as they are from now on.
   *
   * `claimed_until` is never further ahead than a claim lasts, unless the clock has been put back since: then neither
   * it nor `next_attempt_at` is worth waiting for.
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
          .where((is) =>
            is.or([
              is.and([is('next_attempt_at', '<=', clock()), is('claimed_until', '<=', clock())]),
              is('claimed_until', '>', clock() + leaseMs + APART_MS),
            ]),
          )
          .$if(carrying.size > 0, (others) => others.where('id', 'not in', [...carrying]))
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

  /** An acceptance counts whoever heard it, unless the message is settled otherwise already. */
  const unsettled = (queries: Queries, row: Claimed) =>
    queries.updateTable('outbox').where('id', '=', row.id).where('state', 'in', ['waiting', 'parked', 'withdrawn']);

  /** The grant ended while this attempt was under way: what was heard is kept, and nothing follows from it. */
  const noteLate = (row: Claimed, code: string) =>
    database
      .updateTable('outbox')
      .set({ last_code: code })
      .where('id', '=', row.id)
      .where('state', '=', 'withdrawn')
      .execute();

  const settle = async (row: Claimed, state: 'delivered' | 'refused' | 'overdue', code: string) => {
    const settled = await database.transaction().execute(async (transaction) => {
      const result = await (state === 'delivered' ? unsettled(transaction, row) : held(transaction, row))
        .set({ state, last_code: code, settled_at: clock(), message_sealed: null })
        .executeTakeFirst();
      if (result.numUpdatedRows !== 1n) return false;
      await parts.onSettled(transaction, { decisionId: row.decision_id, state, code });
      return true;
    });
    if (!settled) {
      await noteLate(row, code);
      return;
    }
    const fields = { event: `submission_${state}`, decision: row.decision_id, code, attempt: row.attempts };
    if (state === 'delivered') log.info(fields);
    else log.error(fields);
  };

  /** False when the row is not this attempt's any more. */
  const release = async (
    row: Claimed,
    changes: { state?: 'parked'; code: string; nextAttemptAt: number; answered: boolean },
  ): Promise<boolean> => {
    const result = await held(database, row)
      .set({
        state: changes.state ?? 'waiting',
        last_code: changes.code,
        next_attempt_at: changes.nextAttemptAt,
        claimed_until: clock(),
        unanswered: changes.answered ? row.unanswered - 1 : row.unanswered,
      })
      .executeTakeFirst();
    if (result.numUpdatedRows === 1n) return true;
    await noteLate(row, changes.code);
    return false;
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
        if (await release(row, { state: 'parked', code, nextAttemptAt: row.next_attempt_at, answered: true })) {
          log.error({ event: 'submission_parked', decision: row.decision_id, code, attempt: row.attempts });
        }
        return;
      case 'again': {
        const now = clock();
        const pause = backoffMs(row.attempts);
        const asked = now + Math.max(pause, result.retryAfterMs ?? 0);
        // Asked to come again after the token's end, we still try once shortly before it.
        const lastChance = Math.max(now + pause, row.deadline_at - leaseMs);
        const nextAttemptAt = Math.min(asked, lastChance, row.deadline_at);
        if (!(await release(row, { code, nextAttemptAt, answered: result.answered }))) return;
        log.warn({
          event: 'submission_again',
          decision: row.decision_id,
          code,
          attempt: row.attempts,
          retry_in_ms: nextAttemptAt - now,
        });
        return;
      }
    }
  };

  const attempt = async (row: Claimed, hurry: AbortSignal): Promise<void> => {
    carrying.add(row.id);
    try {
      if (row.deadline_at <= clock()) {
        await settle(row, 'overdue', row.last_code ?? 'never_tried');
        return;
      }
      const message = messageSchema.parse(sealer.open(row.message_sealed ?? '', messagePlace(row.id)));
      const submitted = flatpeak.submit({ ...message, idempotencyKey: row.decision_id, signal: hurry });
      await handle(row, await unlessHurried(submitted, hurry));
    } catch (error) {
      // Database or keys: the claim runs out by itself and the message is tried again.
      log.error({ event: 'submission_attempt_failed', decision: row.decision_id, code: codeOf(error) });
    } finally {
      carrying.delete(row.id);
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
          message_sealed: sealer.seal({ path: message.path, body: message.body }, messagePlace(id)),
          state: 'waiting',
          attempts: 0,
          unanswered: 0,
          next_attempt_at: clock(),
          claimed_until: clock(),
          deadline_at: message.deadlineAt,
          last_code: null,
          created_at: clock(),
          settled_at: null,
        })
        .execute();
    },
    async deliverDue(hurry = new AbortController().signal) {
      if (hurry.aborted) return 0;
      const rows = await claimDue();
      await Promise.all(rows.map((row) => attempt(row, hurry)));
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
