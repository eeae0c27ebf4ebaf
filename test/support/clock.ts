import type { Clock } from '../../src/base/clock.ts';

/** A clock that stands still until it is moved. */
export interface MovableClock {
  now: Clock;
  advance(ms: number): void;
}

/** A Tuesday noon in London, at 11:00 UTC. */
export const NOON = Date.UTC(2026, 5, 16, 11);

export function movableClock(start = NOON): MovableClock {
  let at = start;
  return {
    now: () => at,
    advance: (ms) => {
      at += ms;
    },
  };
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
