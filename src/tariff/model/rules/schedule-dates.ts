import { problem, type TariffProblem } from '../problem.ts';
import type { Schedule, SourceTariff } from '../provider-tariff.ts';

/** Schedules follow one another: in order of their dates, without a gap or an overlap, only the last open-ended. */

const milliseconds = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
const startOf = (schedule: Schedule): number => milliseconds(schedule.valid_from);
const endOf = ({ valid_to }: Schedule): number => (valid_to === null ? Infinity : milliseconds(valid_to));

export const inDateOrder = (schedules: readonly Schedule[]): Schedule[] =>
  [...schedules].sort((left, right) => startOf(left) - startOf(right));

export function scheduleDateProblems({ tariff }: SourceTariff): TariffProblem[] {
  const schedules = tariff.schedules ?? [];
  const path = (schedule: Schedule): PropertyKey[] => ['tariff', 'schedules', schedules.indexOf(schedule)];
  const empty = schedules
    .filter((schedule) => endOf(schedule) <= startOf(schedule))
    .map((schedule) => problem('schedule_dates_empty', [...path(schedule), 'valid_to'], 'not after valid_from'));
  const ordered = inDateOrder(schedules);
  const joints = ordered.slice(1).flatMap((schedule, index) => {
    const previous = ordered[index];
    const from = startOf(schedule);
    if (!previous || from === endOf(previous)) return [];
    return from < endOf(previous)
      ? [problem('schedule_dates_overlap', path(schedule), `begins before the one from ${previous.valid_from} ends`)]
      : [
          problem(
            'schedule_dates_gap',
            path(schedule),
            `nothing holds between it and the one from ${previous.valid_from}`,
          ),
        ];
  });
  return [...empty, ...joints];
}
