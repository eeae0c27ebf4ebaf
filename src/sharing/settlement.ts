import type { Clock } from '../base/clock.ts';
import { onTheirWay, type OnSettled } from '../outbox/states.ts';
import type { Queries } from '../store/database.ts';
import type { ConsentRecords } from './consent-records.ts';
import type { GrantEnd } from './grants.ts';

export interface SettlementParts {
  consentRecords: Pick<ConsentRecords, 'addOutcome'>;
  clock: Clock;
}

/** What a settled delivery means for what is shared. */
export function createSettlement({ consentRecords, clock }: SettlementParts): OnSettled {
  const end = (queries: Queries, reason: GrantEnd) =>
    queries.updateTable('grants').set({ status: reason, ended_at: clock() }).where('status', '=', 'active');

  /**
   * Earlier grants for the same customer, supply and recipient end. One whose own decision is still on its way stays: an
   * acknowledged decision is told to Flatpeak, and what it carries must then open the tariff. A grant withdrawn meanwhile
   * replaces none.
   */
  const confirm = async (queries: Queries, decisionId: string): Promise<void> => {
    const grant = await queries
      .selectFrom('grants')
      .select(['id', 'share_key', 'created_at'])
      .where('decision_id', '=', decisionId)
      .where('status', '!=', 'withdrawn' satisfies GrantEnd)
      .executeTakeFirst();
    if (!grant) return;
    await end(queries, 'replaced')
      .where('share_key', '=', grant.share_key)
      .where('id', '!=', grant.id)
      .where('created_at', '<=', grant.created_at)
      .where('decision_id', 'not in', onTheirWay(queries))
      .execute();
  };

  return async (queries, { decisionId, state, code, note }) => {
    if (state === 'delivered') return confirm(queries, decisionId);
    await end(queries, 'not_delivered').where('decision_id', '=', decisionId).execute();
    const facts = { reason: state, ...(code === null ? {} : { code }), ...(note === undefined ? {} : { note }) };
    await consentRecords.addOutcome(queries, 'not_delivered', decisionId, facts);
  };
}
