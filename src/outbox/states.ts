import type { Queries } from '../store/database.ts';

/**
 * waiting   – to be sent, now or later
 * delivered – Flatpeak has accepted it
 * refused   – Flatpeak has refused it for good
 * overdue   – Flatpeak's token ended before it could be delivered
 * parked    – our own credential or address is wrong; an operator mends it and retries, or discards it
 * discarded – an operator has given it up
 * withdrawn – the grant ended before Flatpeak had answered; an attempt under way may still make it
 *             `delivered`
 */
export const DELIVERY_STATES = [
  'waiting',
  'delivered',
  'refused',
  'overdue',
  'parked',
  'discarded',
  'withdrawn',
] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** How a delivery ended. */
export interface Settled {
  decisionId: string;
  state: 'delivered' | 'refused' | 'overdue' | 'discarded';
  /** Flatpeak's last answer, as a stable code. */
  code: string | null;
  /** Why an operator gave it up. */
  note?: string;
}

/** Called in the transaction that settles a delivery. */
export type OnSettled = (queries: Queries, settled: Settled) => Promise<void>;

/** Decisions that Flatpeak may still be told of, for a query of the caller's. */
export const onTheirWay = (queries: Queries) =>
  queries.selectFrom('outbox').select('decision_id').where('state', 'in', ['waiting', 'parked']);

/** Part of the transaction that ends a grant: what still waits is emptied and never sent again. */
export async function stopSubmission(queries: Queries, decisionId: string, at: number): Promise<void> {
  await queries
    .updateTable('outbox')
    .set({ state: 'withdrawn', message_sealed: null, settled_at: at })
    .where('decision_id', '=', decisionId)
    .where('state', 'in', ['waiting', 'parked'])
    .execute();
}
