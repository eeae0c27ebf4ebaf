import { knownAt, nextStart, timelineOf, type Knowledge } from './known.ts';
import type { PriceInterval, SourceTariff, Tier } from './provider-tariff.ts';
import { isoOf, type Span } from './term.ts';
import { piecesBetween, rateAt } from './wall-clock.ts';

/** Major units per kWh. Where the schedule has tiers `value` is the first one's, and `tiers` holds them all. */
export interface Price {
  value: number;
  confidence: number;
  tiers?: Tier[];
}

export type EvaluatedInterval = Pick<PriceInterval, 'valid_from' | 'valid_to'> & { price: Price };

/** The price in force at an instant; null when none is known or the contract is not in force. */
export function priceAt(source: SourceTariff, at: Temporal.Instant): Price | null {
  const instant = at.epochMilliseconds;
  const known = knownAt(timelineOf(source, { from: instant, to: instant }), instant);
  if (!known) return null;
  if ('row' in known) return { ...known.row.price };
  const rate = rateAt(known.schedule, source.tariff.timezone, instant);
  return rate && priceOf(rate);
}

/**
 * Everything known about [from, to) as one price series: the tariff's own rows, and the schedule where they do not
 * reach. First and last interval are cut to the bounds; holes stay holes. Neighbours with equal prices are not joined.
 */
export function pricesBetween(source: SourceTariff, from: Temporal.Instant, to: Temporal.Instant): EvaluatedInterval[] {
  const asked = { from: from.epochMilliseconds, to: to.epochMilliseconds };
  const timeline = timelineOf(source, asked);
  const intervals: EvaluatedInterval[] = [];
  for (let at = asked.from; at < asked.to;) {
    const known = knownAt(timeline, at);
    const span = { from: at, to: Math.min(known?.to ?? nextStart(timeline, at), asked.to) };
    if (known) for (const interval of materialise(known, span, source.tariff.timezone)) intervals.push(interval);
    at = span.to;
  }
  return intervals;
}

function materialise(known: Knowledge, span: Span, zone: string): EvaluatedInterval[] {
  if ('row' in known) return [interval(span, { ...known.row.price })];
  return piecesBetween(known.schedule, zone, span).map((piece) => interval(piece, priceOf(piece.rate)));
}

const interval = ({ from, to }: Span, price: Price): EvaluatedInterval => ({
  valid_from: isoOf(from),
  valid_to: isoOf(to),
  price,
});

const priceOf = (tiers: Tier[]): Price => ({
  value: tiers[0]?.value ?? 0,
  confidence: 1,
  ...(tiers.length > 1 && { tiers }),
});
