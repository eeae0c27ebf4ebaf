import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../store/database.ts';
import type { LookupKey, Sealer } from '../store/sealing.ts';
import { createConsentRecords } from './consent-records.ts';
import { createGrantOverview } from './overview.ts';
import { createGrantSelector } from './selection.ts';
import { createWithdrawals } from './withdrawals.ts';

export interface SharingParts {
  database: Database;
  sealer: Sealer;
  lookupKey: () => Promise<LookupKey>;
  clock: Clock;
  log: Log;
}

/** What the service and the operator's commands look at grants with, and end them by. */
export function createSharing({ database, sealer, lookupKey, clock, log }: SharingParts) {
  const consentRecords = createConsentRecords(sealer, clock);
  const selector = createGrantSelector({ database, sealer, lookupKey, clock });
  return {
    consentRecords,
    selector,
    overview: createGrantOverview({ database, selector, sealer, clock }),
    withdrawals: createWithdrawals({ database, selector, consentRecords, clock, log }),
  };
}
