import type { OnSettled } from '../outbox/states.ts';
import type { Journeys } from './journeys.ts';

/** Everything that follows from a settled delivery: for what is shared, and for the visit it was decided in. */
export const settling =
  (settlement: OnSettled, journeys: Pick<Journeys, 'settle'>): OnSettled =>
  async (queries, settled) => {
    await settlement(queries, settled);
    await journeys.settle(queries, settled.decisionId, settled.state === 'delivered' ? 'delivered' : 'undelivered');
  };
