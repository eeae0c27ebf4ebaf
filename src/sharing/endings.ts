import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../store/database.ts';
import type { ConsentRecords } from './consent-records.ts';

/** Ends of a grant that come from the provider's side, without the customer's doing or Flatpeak's. */
export type ProvidersEnd = 'supply_left' | 'access_ended';

export interface Endings {
  /**
   * Ends a grant and records it beside the consent, both or neither. `detail` is a stable code for the record. False
   * when the grant had ended already.
   */
  end(grantId: string, reason: ProvidersEnd, detail: string): Promise<boolean>;
}

export interface EndingsParts {
  database: Database;
  consentRecords: ConsentRecords;
  clock: Clock;
  log: Log;
}

export function createEndings({ database, consentRecords, clock, log }: EndingsParts): Endings {
  return {
    async end(grantId, reason, detail) {
      const ended = await database.transaction().execute(async (queries) => {
        const row = await queries
          .updateTable('grants')
          .set({ status: reason, ended_at: clock() })
          .where('id', '=', grantId)
          .where('status', '=', 'active')
          .returning('decision_id')
          .executeTakeFirst();
        if (row) await consentRecords.addOutcome(queries, 'ended', row.decision_id, { reason, detail });
        return row !== undefined;
      });
      if (ended) log.info({ event: 'grant_ended', grant: grantId, reason, detail });
      return ended;
    },
  };
}
