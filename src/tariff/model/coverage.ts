import { knownAt, timelineOf } from './known.ts';
import type { Coverage, CoverageReason, SourceTariff } from './provider-tariff.ts';
import { isoOf, milliseconds, seamOf, termOf } from './term.ts';

const HOUR_MS = 3_600_000;
/** What Flatpeak needs at any time: a tariff for the next 24 hours. */
export const REQUIRED_MS = 24 * HOUR_MS;
/** An open-ended tariff is reported as far as anyone may ask for prices. */
const REPORTED_MS = 90 * 24 * HOUR_MS;

/**
 * Rules 2 and 11: how far from `now` prices are known without a hole, and whether that is the next 24 hours. `last_good`
 * is false here; whoever serves a tariff although its source is down says so.
 */
export function coverageOf(source: SourceTariff, now: Temporal.Instant): Coverage {
  const from = now.epochMilliseconds;
  const required = from + REQUIRED_MS;
  const to = reach(source, from);
  const complete = to >= required;
  const estimated = firstEstimate(source, from, to);
  return {
    from: isoOf(from),
    to: isoOf(to),
    required_to: isoOf(required),
    status: complete ? 'complete' : 'partial',
    ...(!complete && { reason: reasonFor(source, from, to) }),
    last_good: false,
    ...(estimated !== null && { estimated_from: isoOf(estimated) }),
  };
}

function reach(source: SourceTariff, from: number): number {
  const furthest = from + REPORTED_MS;
  const timeline = timelineOf(source, { from, to: furthest });
  let at = from;
  while (at < furthest) {
    const known = knownAt(timeline, at);
    if (!known) break;
    at = known.to;
  }
  return Math.min(at, furthest);
}

function reasonFor(source: SourceTariff, from: number, to: number): CoverageReason {
  if (to >= termOf(source).to) return 'contract_ends';
  if (to === from) return 'nothing_known_now';
  const seam = seamOf(source);
  const { structure } = seam !== null && to >= seam && source.following ? source.following : source.tariff;
  return structure === 'MARKET' || structure === 'DYNAMIC' ? 'awaiting_publication' : 'prices_end';
}

function firstEstimate(source: SourceTariff, from: number, to: number): number | null {
  const row = source.tariff.prices?.find(
    ({ valid_from, valid_to, price }) =>
      price.confidence < 1 && milliseconds(valid_from) < to && (valid_to === null || milliseconds(valid_to) > from),
  );
  return row ? Math.max(from, milliseconds(row.valid_from)) : null;
}
