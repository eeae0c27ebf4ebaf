import { REQUIRED_MS, coverageOf } from './coverage.ts';
import type { Estimate } from './declare.ts';
import { priceAt } from './prices.ts';
import type { SourcePrice, SourceTariff } from './provider-tariff.ts';
import { isoOf, milliseconds, seamOf, termOf } from './term.ts';

/** Estimates are made interval by interval of this length, the finest a day-ahead market has. */
const STEP_MS = 15 * 60_000;

/**
 * Rule 2's estimate, for providers that switch it on: where the series ends inside the next 24 hours it goes on with
 * the prices of the same wall-clock time a day or a week before, marked with the declared confidence. Only prices that
 * are certain are repeated, none beyond the end of its own contract, and the first unknown one ends the estimate.
 */
export function withEstimate(source: SourceTariff, estimate: Estimate, now: Temporal.Instant): SourceTariff {
  const coverage = coverageOf(source, now);
  const rows = source.tariff.prices ?? [];
  const from = milliseconds(coverage.to);
  if (coverage.status === 'complete' || rows.at(-1)?.valid_to !== coverage.to) return source;
  const to = Math.min(now.epochMilliseconds + REQUIRED_MS, termOf(source).to);
  const added: SourcePrice[] = [];
  for (let at = from; at < to; at += STEP_MS) {
    const value = certainPriceBefore(source, at, estimate.from);
    if (value === null) break;
    added.push({
      valid_from: isoOf(at),
      valid_to: isoOf(at + STEP_MS),
      price: { value, confidence: estimate.confidence },
    });
  }
  return { ...source, tariff: { ...source.tariff, prices: [...rows, ...added] } };
}

function certainPriceBefore(source: SourceTariff, at: number, from: Estimate['from']): number | null {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(source.tariff.timezone);
  const earlier = zoned.subtract(from === 'previous_day' ? { days: 1 } : { weeks: 1 }).toInstant();
  const seam = seamOf(source);
  if (seam !== null && at >= seam && earlier.epochMilliseconds < seam) return null;
  const price = priceAt(source, earlier);
  return price?.confidence === 1 ? price.value : null;
}
