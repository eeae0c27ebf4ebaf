import { REQUIRED_MS } from './coverage.ts';
import type { Coverage, SourceTariff } from './provider-tariff.ts';
import { milliseconds, seamOf, termOf } from './term.ts';

/** Not sooner than Flatpeak itself asks clients to wait before asking again for prices that are not there. */
const SOONEST_MS = 15 * 60_000;
const LATEST_MS = 24 * 3_600_000;

/**
 * When asking again is worthwhile: soon while prices are missing, estimated or the source is down; when known prices
 * begin to reach less than 24 hours ahead; at the contract's end; and once a day in any case.
 */
export function nextUpdate(source: SourceTariff, coverage: Coverage, now: Temporal.Instant): Temporal.Instant {
  const soonest = now.epochMilliseconds + SOONEST_MS;
  const latest = now.epochMilliseconds + LATEST_MS;
  const waits = coverage.last_good || coverage.estimated_from !== undefined || coverage.status === 'partial';
  const ends = coverage.reason === 'contract_ends' && !coverage.last_good;
  const due = ends ? termOf(source).to : waits ? soonest : milliseconds(coverage.to) - REQUIRED_MS;
  const first = Math.min(due, seamOf(source) ?? Infinity);
  return Temporal.Instant.fromEpochMilliseconds(Math.min(Math.max(first, soonest), latest));
}
