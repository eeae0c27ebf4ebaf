import { MONTHS } from '../../model/provider-tariff.ts';
import { refuse } from '../preset.ts';
import type { RawSchedule } from '../raw.ts';

/**
 * Seasons are days of the year, both included, and may cross its end. On bounds of months they become months of one
 * schedule; otherwise schedules that follow one another on the calendar. A season to 28 February lasts to its end.
 */
export interface Season {
  startDate: string;
  endDate: string;
  days_and_hours: RawSchedule['schedule'][0]['days_and_hours'];
  path: readonly PropertyKey[];
}

/** What holds from `validFrom` on (a date); `today` decides how far dated seasons are written out. */
export function schedulesOf(
  seasons: readonly Season[],
  validFrom: string,
  today: Temporal.PlainDate,
  path: readonly PropertyKey[],
): RawSchedule[] {
  const months = seasons.map(monthsOf);
  if (months.some((each) => each === null)) return dated(seasons, today, path);
  const named = months.flatMap((each) => each ?? []);
  const twice = named.find((month, index) => named.indexOf(month) !== index);
  const missing = MONTHS.find((month) => !named.includes(month));
  if (twice !== undefined) return refuse('seasons_overlap', path, `${twice} is in two seasons`);
  if (missing !== undefined) return refuse('seasons_leave_a_gap', path, `${missing} is in no season`);
  const schedule = seasons.map(({ days_and_hours }, index) => ({
    months: months[index]?.length === 12 ? ['All'] : (months[index] ?? []),
    days_and_hours,
  }));
  return [{ valid_from: validFrom, valid_to: null, schedule }];
}

/** The first day after the season, in a year that has no 29 February. */
const ANY_YEAR = 2025;

function monthsOf({ startDate, endDate }: Season): string[] | null {
  const first = dayIn(ANY_YEAR, startDate);
  const after = dayAfter(ANY_YEAR, endDate);
  if (first.day !== after.day || first.month !== after.month) {
    if (first.day !== 1 || after.day !== 1) return null;
  }
  const count = (after.month - first.month + 12) % 12 || 12;
  return Array.from({ length: count }, (_, index) => MONTHS[(first.month - 1 + index) % 12] ?? '');
}

function dated(seasons: readonly Season[], today: Temporal.PlainDate, path: readonly PropertyKey[]): RawSchedule[] {
  const years = [-2, -1, 0, 1, 2].map((offset) => today.year + offset);
  const occurrences = years
    .flatMap((year) =>
      seasons.map(({ startDate, endDate, days_and_hours }) => ({
        from: dayIn(year, startDate),
        to: dayAfter(endDate < startDate ? year + 1 : year, endDate),
        days_and_hours,
      })),
    )
    .sort((left, right) => Temporal.PlainDate.compare(left.from, right.from));
  occurrences.slice(1).forEach(({ from }, index) => {
    const order = Temporal.PlainDate.compare(from, occurrences[index]?.to ?? from);
    if (order < 0) refuse('seasons_overlap', path, `${from.toString()} is in two seasons`);
    if (order > 0) refuse('seasons_leave_a_gap', path, `${from.subtract({ days: 1 }).toString()} is in no season`);
  });
  return occurrences.map(({ from, to, days_and_hours }) => ({
    valid_from: from.toString(),
    valid_to: to.toString(),
    schedule: [{ months: ['All'], days_and_hours }],
  }));
}

const dayIn = (year: number, monthDay: string): Temporal.PlainDate => {
  const [month = 1, day = 1] = monthDay.split('-').map(Number);
  return Temporal.PlainDate.from({ year, month, day }, { overflow: 'constrain' });
};

const dayAfter = (year: number, monthDay: string): Temporal.PlainDate =>
  monthDay === '02-28' || monthDay === '02-29' ? dayIn(year, '03-01') : dayIn(year, monthDay).add({ days: 1 });
