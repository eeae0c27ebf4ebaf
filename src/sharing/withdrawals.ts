import type { Clock } from '../base/clock.ts';
import { codeOf, Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { stopSubmission } from '../outbox/states.ts';
import type { Database } from '../store/database.ts';
import type { ConsentRecords } from './consent-records.ts';
import type { GrantSelection, GrantSelector, OnProgress } from './selection.ts';

/** Who ends it: the customer themselves, or the provider on their behalf. */
export type WithdrawnBy = 'customer' | 'provider';

/** `ended`: it had ended before, and keeps the reason it ended for first. */
export type WithdrawalResult = 'withdrawn' | 'ended' | 'unknown';

export interface Withdrawals {
  /**
   * Ends a live grant, records it beside the consent, and stops its submission if that still waits: all or nothing.
   * An attempt under way may still arrive; what Flatpeak then holds opens nothing.
   */
  withdraw(grantId: string, by: WithdrawnBy): Promise<WithdrawalResult>;
  /** Every live grant of a selection, one after the other; cut short, what is done stays done. */
  withdrawAll(selection: GrantSelection, by: WithdrawnBy, onProgress?: OnProgress): Promise<WithdrawnAll>;
}

export interface WithdrawnAll {
  withdrawn: number;
  /** Live grants that cannot be opened, so that nobody can say whether they are meant. */
  unreadable: number;
}

export interface WithdrawalParts {
  database: Database;
  selector: GrantSelector;
  consentRecords: Pick<ConsentRecords, 'addOutcome'>;
  clock: Clock;
  log: Log;
}

export function createWithdrawals({ database, selector, consentRecords, clock, log }: WithdrawalParts): Withdrawals {
  const end = (grantId: string, decisionId: string, by: WithdrawnBy): Promise<boolean> =>
    database
      .transaction()
      .execute(async (queries) => {
        // The outbox before the grant, as where a delivery is settled: two that want both cannot block each other.
        await stopSubmission(queries, decisionId, clock());
        const result = await queries
          .updateTable('grants')
          .set({ status: 'withdrawn', ended_at: clock() })
          .where('id', '=', grantId)
          .where('status', '=', 'active')
          .where('expires_at', '>', clock())
          .executeTakeFirst();
        if (result.numUpdatedRows !== 1n) throw new Failure('grant_ended');
        await consentRecords.addOutcome(queries, 'withdrawn', decisionId, { by });
        return true;
      })
      .catch((error: unknown) => {
        if (codeOf(error) === 'grant_ended') return false;
        throw error;
      });

  const withdraw: Withdrawals['withdraw'] = async (grantId, by) => {
    const grant = await database
      .selectFrom('grants')
      .select('decision_id')
      .where('id', '=', grantId)
      .executeTakeFirst();
    if (!grant) return 'unknown';
    if (!(await end(grantId, grant.decision_id, by))) return 'ended';
    log.info({ event: 'grant_ended', grant: grantId, reason: 'withdrawn', detail: by });
    return 'withdrawn';
  };

  return {
    withdraw,
    async withdrawAll(selection, by, onProgress) {
      const sum = { withdrawn: 0, unreadable: 0 };
      for await (const batch of selector.select(selection, { live: true, onProgress })) {
        sum.unreadable += batch.unreadable;
        for (const { id } of batch.rows) {
          if ((await withdraw(id, by)) === 'withdrawn') sum.withdrawn += 1;
        }
      }
      return sum;
    },
  };
}
