import { MONTHS, WEEKDAYS, type HourWindow, type Schedule, type Tier } from './provider-tariff.ts';

/** How a schedule's months, days and hours are read. */

const DAY_SECONDS = 86_400;

/** A window of a civil day, half-open, in seconds the wall clock shows since midnight. */
export interface ClockWindow {
  from: number;
  to: number;
  rate: Tier[];
  path: PropertyKey[];
}

const seconds = (clock: string): number => {
  const [hours = 0, minutes = 0, rest = 0] = clock.split(':').map(Number);
  return hours * 3600 + minutes * 60 + rest;
};

/** 00:00:00 as an end means midnight. */
const clockWindow = (window: HourWindow, path: PropertyKey[]): ClockWindow => ({
  from: seconds(window.valid_from),
  to: window.valid_to === '00:00:00' ? DAY_SECONDS : seconds(window.valid_to),
  rate: window.rate,
  path,
});

const holdsInMonth = (months: readonly string[], month: number): boolean =>
  months.includes('All') || months.includes(MONTHS[month - 1] ?? '');

/** `weekday` is ISO: 1 is Monday, 7 is Sunday. */
const holdsOnDay = (days: readonly string[], weekday: number): boolean =>
  days.includes('All') ||
  days.includes(weekday <= 5 ? 'Weekday' : 'Weekend') ||
  days.includes(WEEKDAYS[weekday - 1] ?? '');

/** The windows of one kind of day (month 1 to 12, ISO weekday 1 to 7), in order. */
export const windowsOf = ({ schedule }: Schedule, month: number, weekday: number): ClockWindow[] =>
  schedule
    .flatMap((entry, e) =>
      holdsInMonth(entry.months, month)
        ? entry.days_and_hours.flatMap((days, d) =>
            holdsOnDay(days.days, weekday)
              ? days.hours.map((hour, h) => clockWindow(hour, ['schedule', e, 'days_and_hours', d, 'hours', h]))
              : [],
          )
        : [],
    )
    .sort((left, right) => left.from - right.from);

/** Every window of every schedule as it is written, with the path to it. */
export const everyWindow = (
  schedules: readonly Schedule[],
): { window: HourWindow; path: PropertyKey[]; of: Schedule }[] =>
  schedules.flatMap((of, s) =>
    of.schedule.flatMap((entry, e) =>
      entry.days_and_hours.flatMap((days, d) =>
        days.hours.map((window, h) => ({
          window,
          path: ['tariff', 'schedules', s, 'schedule', e, 'days_and_hours', d, 'hours', h],
          of,
        })),
      ),
    ),
  );
