import { instantsOf, skipAt, startOfDay } from '../local-time.ts';
import type { Moment } from '../moments.ts';

/**
 * A series whose times are wall-clock times, in the order the source lists it, becomes instants. When clocks go back
 * the hour that happens twice must be listed twice: the first row is the first hour. A time that happens twice but is
 * listed once, and one that never happens, are refused: nobody knows which instant was meant.
 */
export interface LocalRow {
  from: Moment;
  to: Moment | null;
}
export interface ResolvedRow {
  from: Temporal.Instant;
  to: Temporal.Instant | null;
}
export interface Unresolved {
  edge: 'valid_from' | 'valid_to';
  code: 'local_time_missing' | 'local_time_ambiguous';
}
export type Resolution = { ok: true; row: ResolvedRow } | ({ ok: false } & Unresolved);

export function resolveSeries(rows: readonly LocalRow[], zone: string): Resolution[] {
  const starts = resolveStarts(rows, zone);
  const following = nextStarts(starts.filter((start) => start instanceof Temporal.Instant));
  return rows.map((row, index) => {
    const from = starts[index];
    if (!(from instanceof Temporal.Instant)) {
      return { ok: false, edge: 'valid_from', code: from ?? 'local_time_missing' };
    }
    const to = resolveEnd(row, from, following.get(from.epochNanoseconds), zone);
    return typeof to === 'string' ? { ok: false, edge: 'valid_to', code: to } : { ok: true, row: { from, to } };
  });
}

/** For each start, by its epoch nanoseconds, the start that comes next. */
function nextStarts(starts: readonly Temporal.Instant[]): Map<bigint, Temporal.Instant> {
  const distinct = [...new Map(starts.map((start) => [start.epochNanoseconds, start])).values()];
  distinct.sort((left, right) => Temporal.Instant.compare(left, right));
  const pairs = distinct.slice(1).map((next, index) => [distinct[index], next] as const);
  return new Map(pairs.flatMap(([start, next]) => (start ? [[start.epochNanoseconds, next]] : [])));
}

function resolveStarts(rows: readonly LocalRow[], zone: string): (Temporal.Instant | Unresolved['code'])[] {
  const repeats = new Map<string, number[]>();
  rows.forEach(({ from }, index) => {
    if (from.kind !== 'local') return;
    const key = from.at.toString();
    repeats.set(key, [...(repeats.get(key) ?? []), index]);
  });
  const newestFirst = listedNewestFirst(rows);
  return rows.map(({ from }, index) => {
    if (from.kind === 'instant') return from.at;
    if (from.kind === 'date') return startOfDay(from.on, zone);
    const instants = instantsOf(from.at, zone);
    const [first, second] = instants;
    if (first === undefined) return 'local_time_missing';
    if (second === undefined) return first;
    const listed = repeats.get(from.at.toString()) ?? [];
    if (listed.length !== 2) return 'local_time_ambiguous';
    return (listed[0] === index) === newestFirst ? second : first;
  });
}

function listedNewestFirst(rows: readonly LocalRow[]): boolean {
  const local = rows.flatMap(({ from }) => (from.kind === 'local' ? [from.at] : []));
  const first = local[0];
  const last = local.at(-1);
  return first !== undefined && last !== undefined && Temporal.PlainDateTime.compare(first, last) > 0;
}

function resolveEnd(
  { from: start, to: end }: LocalRow,
  from: Temporal.Instant,
  next: Temporal.Instant | undefined,
  zone: string,
): Temporal.Instant | null | Unresolved['code'] {
  if (end === null) return null;
  if (end.kind === 'instant') return end.at;
  if (end.kind === 'date') return startOfDay(end.on, zone);
  const shown = instantsOf(end.at, zone);
  if (shown.length === 0) {
    // The hour before clocks go forward ends at a time that never shows: 01:00 in London is the skip itself.
    return skipAt(end.at, zone) ?? 'local_time_missing';
  }
  const possible = [...shown, ...endsByLength(start, end.at, from, zone)];
  const later = possible.filter((instant) => Temporal.Instant.compare(instant, from) > 0);
  const [only] = later;
  if (only === undefined) return shown[0] ?? 'local_time_missing';
  if (later.every((instant) => instant.equals(only))) return only;
  return later.find((instant) => next?.equals(instant)) ?? 'local_time_ambiguous';
}

/** The first of two hours listed as 02:00 to 03:00 lasts one hour, though the clock first shows 03:00 two hours on. */
function endsByLength(
  start: Moment,
  end: Temporal.PlainDateTime,
  from: Temporal.Instant,
  zone: string,
): Temporal.Instant[] {
  if (start.kind !== 'local' || instantsOf(start.at, zone).length < 2) return [];
  const length = start.at.until(end, { largestUnit: 'hour' });
  return length.sign > 0 ? [from.add(length)] : [];
}
