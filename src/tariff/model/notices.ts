import type { Coverage, Notice, SourceTariff } from './provider-tariff.ts';
import { milliseconds } from './term.ts';

/** Long enough before the end for a customer to choose the next contract. */
const ENDING_MS = 30 * 24 * 3_600_000;

/** What follows from the tariff and its coverage alone; the endpoint adds what only it knows. */
export function noticesOf({ contract, following }: SourceTariff, coverage: Coverage, now: Temporal.Instant): Notice[] {
  const notices: Notice[] = [];
  if (contract.end_date !== null && milliseconds(contract.end_date) - now.epochMilliseconds <= ENDING_MS) {
    notices.push({ code: 'contract_ending', detail: `the contract ends at ${contract.end_date}` });
  }
  if (following) {
    notices.push({
      code: 'next_agreement_known',
      detail: `the next agreement begins at ${following.contract.start_date}; prices and schedules from then on are its`,
    });
  }
  if (coverage.last_good) {
    notices.push({
      code: 'source_down',
      detail: "the provider's system does not answer; these are its last good prices",
    });
  }
  if (coverage.estimated_from !== undefined) {
    notices.push({ code: 'estimated', detail: `prices from ${coverage.estimated_from} on are not final` });
  }
  return notices;
}
