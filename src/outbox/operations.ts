import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../store/database.ts';
import type { OutboxTable } from '../store/tables.ts';
import { DELIVERY_STATES, type DeliveryState, type OnSettled } from './states.ts';

/** A submission as an operator may see it: nothing of its message. Times are epoch milliseconds. */
export interface OutboxEntry {
  decisionId: string;
  state: DeliveryState;
  /** Flatpeak's last answer, or what the network did instead. */
  code: string | null;
  attempts: number;
  /** An attempt may have arrived without our hearing of it. */
  unanswered: boolean;
  /** An instance is sending it at this moment. */
  carried: boolean;
  createdAt: number;
  /** When it is tried next; only while it waits. */
  nextAttemptAt: number | null;
  deadlineAt: number;
  settledAt: number | null;
}

export interface OutboxOperations {
  /** The oldest first; `total` counts those beyond `most`, too. */
  list(states: readonly DeliveryState[], most: number): Promise<{ entries: OutboxEntry[]; total: number }>;
  /** Lets a parked one wait again, due at once. Otherwise the state it is in. */
  retry(decisionId: string): Promise<'retried' | DeliveryState | 'unknown'>;
  retryAllParked(): Promise<number>;
  /** Gives one up that waits or is parked, unless it is being carried: settled as not delivered, with what follows. */
  discard(
    decisionId: string,
    note: string,
    onSettled: OnSettled,
  ): Promise<'now_discarded' | 'carried' | DeliveryState | 'unknown'>;
}

export interface OperationsParts {
  database: Database;
  clock: Clock;
}

const stateSchema = z.enum(DELIVERY_STATES);

/** What an operator does with the outbox while couriers are at work: every change is guarded by what it was made for. */
export function createOutboxOperations({ database, clock }: OperationsParts): OutboxOperations {
  const rowOf = (decisionId: string) =>
    database.selectFrom('outbox').selectAll().where('decision_id', '=', decisionId).executeTakeFirst();

  const isCarried = ({ state, claimed_until }: OutboxTable) => state === 'waiting' && claimed_until > clock();

  const parkedToWaiting = () =>
    database
      .updateTable('outbox')
      .set({ state: 'waiting', next_attempt_at: clock(), claimed_until: clock() })
      .where('state', '=', 'parked');

  const entryOf = (row: OutboxTable): OutboxEntry => ({
    decisionId: row.decision_id,
    state: stateSchema.parse(row.state),
    code: row.last_code,
    attempts: row.attempts,
    unanswered: row.unanswered > 0,
    carried: isCarried(row),
    createdAt: row.created_at,
    nextAttemptAt: row.state === 'waiting' ? row.next_attempt_at : null,
    deadlineAt: row.deadline_at,
    settledAt: row.settled_at,
  });

  return {
    async list(states, most) {
      const among = database.selectFrom('outbox').where('state', 'in', states);
      const [rows, { total }] = await Promise.all([
        among.selectAll().orderBy('created_at').orderBy('id').limit(most).execute(),
        among.select(({ fn }) => fn.countAll().as('total')).executeTakeFirstOrThrow(),
      ]);
      return { entries: rows.map(entryOf), total: Number(total) };
    },

    async retry(decisionId) {
      const { numUpdatedRows } = await parkedToWaiting().where('decision_id', '=', decisionId).executeTakeFirst();
      if (numUpdatedRows === 1n) return 'retried';
      const row = await rowOf(decisionId);
      return row ? stateSchema.parse(row.state) : 'unknown';
    },

    async retryAllParked() {
      const { numUpdatedRows } = await parkedToWaiting().executeTakeFirst();
      return Number(numUpdatedRows);
    },

    async discard(decisionId, note, onSettled) {
      const discarded = await database.transaction().execute(async (queries) => {
        const row = await queries
          .updateTable('outbox')
          .set({ state: 'discarded', message_sealed: null, settled_at: clock() })
          .where('decision_id', '=', decisionId)
          .where('state', 'in', ['waiting', 'parked'])
          .where('claimed_until', '<=', clock())
          .returning('last_code')
          .executeTakeFirst();
        if (row) await onSettled(queries, { decisionId, state: 'discarded', code: row.last_code, note });
        return row !== undefined;
      });
      if (discarded) return 'now_discarded';
      const row = await rowOf(decisionId);
      if (!row) return 'unknown';
      return isCarried(row) ? 'carried' : stateSchema.parse(row.state);
    },
  };
}
