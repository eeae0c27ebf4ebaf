import type { RawSchedule, RawTier, RawWindow } from './raw.ts';

/** Schedules from the ways formats write times of day. Minutes are counted from local midnight, 1440 being the next. */

export const DAY = 1440;

export interface Stretch {
  from: number;
  /** Half-open; at or before `from` when the stretch goes on over midnight. */
  to: number;
}

/** A stretch over midnight is two windows of the same day; one of no length is the whole day. */
export const withinDay = ({ from, to }: Stretch): Stretch[] =>
  (to > from
    ? [{ from, to }]
    : [
        { from: 0, to },
        { from, to: DAY },
      ]
  ).filter((part) => part.to > part.from);

const clock = (minutes: number): string =>
  `${[Math.floor(minutes / 60) % 24, minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')}:00`;

export const window = ({ from, to }: Stretch, rate: RawTier[]): RawWindow => ({
  valid_from: clock(from),
  valid_to: clock(to),
  rate,
});

/** One rate in the stretch, another outside it, every day of the year. */
export function twoRates(stretch: Stretch, inside: RawTier[], outside: RawTier[]): RawSchedule['schedule'] {
  const within = withinDay(stretch).map((part) => window(part, inside));
  const rest = withinDay({ from: stretch.to % DAY, to: stretch.from });
  return everyDay([...within, ...rest.map((part) => window(part, outside))]);
}

export const everyDay = (hours: RawWindow[]): RawSchedule['schedule'] => [
  { months: ['All'], days_and_hours: [{ days: ['All'], hours }] },
];
