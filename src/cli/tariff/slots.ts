import type { EvaluatedInterval } from '../../tariff/model/prices.ts';

/** A stretch of the chart. */
export interface Slot {
  from: Temporal.ZonedDateTime;
  /** Mean of what is known of it, weighted by time, in major units per kWh; null when nothing is. */
  value: number | null;
  /** Any of it is an estimate. */
  estimate: boolean;
}

/** `hours` from `at`, in steps of 30 or 60 minutes that begin where the wall clock of `zone` is even. */
export function slotsOf(
  prices: readonly EvaluatedInterval[],
  at: Temporal.Instant,
  zone: string,
  hours: number,
  minutes: 30 | 60,
): Slot[] {
  const start = at
    .toZonedDateTimeISO(zone)
    .round(
      minutes === 60
        ? { smallestUnit: 'hour', roundingMode: 'floor' }
        : { smallestUnit: 'minute', roundingIncrement: 30, roundingMode: 'floor' },
    );
  const spans = prices.map(({ valid_from, valid_to, price }) => ({
    from: Temporal.Instant.from(valid_from).epochMilliseconds,
    to: Temporal.Instant.from(valid_to).epochMilliseconds,
    price,
  }));
  return Array.from({ length: (hours * 60) / minutes }, (_, index) => {
    const from = start.add({ minutes: index * minutes });
    const begin = from.epochMilliseconds;
    const end = begin + minutes * 60_000;
    const parts = spans
      .filter((span) => span.from < end && span.to > begin)
      .map(({ price, ...span }) => ({ price, length: Math.min(span.to, end) - Math.max(span.from, begin) }));
    const known = parts.reduce((sum, { length }) => sum + length, 0);
    const total = parts.reduce((sum, { length, price }) => sum + length * price.value, 0);
    return {
      from,
      value: known === 0 ? null : total / known,
      estimate: parts.some(({ price }) => price.confidence < 1),
    };
  });
}
