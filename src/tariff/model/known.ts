import type { Schedule, SourcePrice, SourceTariff } from './provider-tariff.ts';
import { milliseconds, spanOf, termOf, type Span } from './term.ts';

/**
 * Where a tariff's knowledge of an instant comes from: the series as far as it reaches, else the schedule of the day.
 * Series and schedules are in order, as `acceptTariff` leaves them. All times are epoch milliseconds.
 */
export type Knowledge = Span & ({ row: SourcePrice } | { schedule: Schedule });

/** The part of a tariff that matters between two instants, its times read once. */
export interface Timeline {
  term: Span;
  rows: (Span & { row: SourcePrice })[];
  schedules: (Span & { schedule: Schedule })[];
}

export function timelineOf(source: SourceTariff, { from, to }: Span): Timeline {
  const prices = source.tariff.prices ?? [];
  const startOf = (row: SourcePrice): number => milliseconds(row.valid_from);
  const first = Math.max(0, lastStarted(prices, startOf, from));
  const end = lastStarted(prices, startOf, to) + 1;
  return {
    term: termOf(source),
    rows: prices.slice(first, end).map((row) => ({ row, ...spanOf(row) })),
    schedules: (source.tariff.schedules ?? []).map((schedule) => ({ schedule, ...spanOf(schedule) })),
  };
}

/** What is known at an instant and until when that knowledge holds; null when nothing is. */
export function knownAt({ term, rows, schedules }: Timeline, at: number): Knowledge | null {
  if (at < term.from || at >= term.to) return null;
  const index = lastStarted(rows, ({ from }) => from, at);
  const row = rows[index];
  if (row && at < row.to) return { ...row, to: Math.min(row.to, term.to) };
  const held = schedules.find(({ from, to }) => at >= from && at < to);
  return held ? { ...held, to: Math.min(held.to, term.to, rows[index + 1]?.from ?? Infinity) } : null;
}

/** The first instant after `at` at which a row, a schedule or the contract begins: where a hole can end. */
export const nextStart = ({ term, rows, schedules }: Timeline, at: number): number =>
  [...rows, ...schedules, term].reduce((next, { from }) => (from > at && from < next ? from : next), Infinity);

/** The index of the last item that begins at or before `at`; -1 when none does. */
function lastStarted<Item>(items: readonly Item[], startOf: (item: Item) => number, at: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && startOf(item) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
