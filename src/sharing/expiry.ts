import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../store/database.ts';
import type { Tidied } from '../store/tidying.ts';
import type { ConsentRecords } from './consent-records.ts';
import type { GrantEnd } from './grants.ts';

export interface ExpiryParts {
  database: Database;
  consentRecords: Pick<ConsentRecords, 'addOutcome'>;
  clock: Clock;
  log: Log;
}

const AT_ONCE = 100;

/**
 * A grant opens nothing from the moment it expires; soon after, that is recorded beside its consent. Instances may look
 * at the same time: only one of them finds it still active.
 */
export function createExpiry({ database, consentRecords, clock, log }: ExpiryParts): Tidied {
  const record = async (row: { id: string; decision_id: string; expires_at: number }): Promise<boolean> => {
    const expired = await database.transaction().execute(async (queries) => {
      const result = await queries
        .updateTable('grants')
        .set({ status: 'expired' satisfies GrantEnd, ended_at: row.expires_at })
        .where('id', '=', row.id)
        .where('status', '=', 'active')
        .executeTakeFirst();
      if (result.numUpdatedRows !== 1n) return false;
      await consentRecords.addOutcome(queries, 'expired', row.decision_id);
      return true;
    });
    if (expired) log.info({ event: 'grant_ended', grant: row.id, reason: 'expired' });
    return expired;
  };

  return {
    async purge() {
      const rows = await database
        .selectFrom('grants')
        .select(['id', 'decision_id', 'expires_at'])
        .where('status', '=', 'active')
        .where('expires_at', '<=', clock())
        .orderBy('expires_at')
        .limit(AT_ONCE)
        .execute();
      let count = 0;
      for (const row of rows) if (await record(row)) count += 1;
      return count;
    },
  };
}
