import type { PricePointModel } from './models.ts';

/** A stretch of time with one price. */
export interface PriceRun {
  from: string;
  to: string;
  value: number;
  estimate: boolean;
}

/** What there is to say about the next 24 hours; the words and the picture both come from it. */
export interface PriceStory {
  /** Neighbours of one price joined: a day of half-hours on a day-and-night tariff is two or three lines. */
  runs: PriceRun[];
  /** The first stretch at the lowest and at the highest price. */
  lowest: PriceRun;
  highest: PriceRun;
  /** One price all through. */
  flat: boolean;
  estimates: boolean;
  /** Where knowledge ends, when that is before the 24 hours do. */
  knownUntil: string | null;
  /** The clock changes inside: a time of day alone would be ambiguous. */
  clockChange: boolean;
}

const DAY = 24 * 60;
/** The first interval has usually begun before the page is shown, so that the last one ends a little early. */
const TOLERANCE = 60;

const minutes = (from: string, to: string): number =>
  Temporal.Instant.from(from).until(Temporal.Instant.from(to)).total('minutes');

/** Null without a single price. `points` are ascending. */
export function tellPrices(points: readonly PricePointModel[], timezone: string): PriceStory | null {
  const runs = joined(points);
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined) return null;
  const offset = (instant: string) => Temporal.Instant.from(instant).toZonedDateTimeISO(timezone).offsetNanoseconds;
  return {
    runs,
    lowest: runs.reduce((best, run) => (run.value < best.value ? run : best)),
    highest: runs.reduce((best, run) => (run.value > best.value ? run : best)),
    flat: runs.every(({ value }) => value === first.value),
    estimates: runs.some(({ estimate }) => estimate),
    knownUntil: minutes(first.from, last.to) < DAY - TOLERANCE ? last.to : null,
    clockChange: offset(first.from) !== offset(last.to),
  };
}

function joined(points: readonly PricePointModel[]): PriceRun[] {
  const runs: PriceRun[] = [];
  for (const { from, to, value, confidence } of points) {
    const before = runs.at(-1);
    const estimate = confidence < 1;
    if (before?.value === value && before.estimate === estimate && minutes(before.to, from) === 0) before.to = to;
    else runs.push({ from, to, value, estimate });
  }
  return runs;
}
