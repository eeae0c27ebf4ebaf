import type { Schedule, Tier } from './provider-tariff.ts';
import type { Span } from './term.ts';
import { windowsOf } from './windows.ts';

/**
 * Rule 5: a schedule is evaluated from the instant to the wall clock, never the other way round, so that a civil day
 * has 23, 24 or 25 hours as its zone has it.
 */
export interface Piece extends Span {
  rate: Tier[];
}

interface Shown {
  rate: Tier[];
  /** How long the wall clock, if nobody touches it, stays in this window. */
  remaining: number;
  zoned: Temporal.ZonedDateTime;
}

function shownAt(schedule: Schedule, zone: string, at: number): Shown | null {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const { hour, minute, second, millisecond } = zoned;
  const clock = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
  const window = windowsOf(schedule, zoned.month, zoned.dayOfWeek).find(
    ({ from, to }) => clock >= from * 1000 && clock < to * 1000,
  );
  return window ? { rate: window.rate, remaining: window.to * 1000 - clock, zoned } : null;
}

/** The tiers in force at an instant (epoch ms); null only where the schedule has a hole. */
export const rateAt = (schedule: Schedule, zone: string, at: number): Tier[] | null =>
  shownAt(schedule, zone, at)?.rate ?? null;

/**
 * [from, to) cut at every bound of the schedule's windows. Between two changes of the clocks the wall clock runs as
 * time does; at a change the window is looked up anew, and joined on when it is still the same one.
 */
export function piecesBetween(schedule: Schedule, zone: string, { from, to }: Span): Piece[] {
  const pieces: Piece[] = [];
  let change = -Infinity;
  for (let at = from; at < to;) {
    const shown = shownAt(schedule, zone, at);
    if (!shown) return pieces;
    const cutByClocks = at === change;
    if (at >= change) change = shown.zoned.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity;
    const end = Math.min(at + shown.remaining, change, to);
    const last = pieces.at(-1);
    if (cutByClocks && last?.rate === shown.rate && last.to === at) last.to = end;
    else pieces.push({ from: at, to: end, rate: shown.rate });
    at = end;
  }
  return pieces;
}
