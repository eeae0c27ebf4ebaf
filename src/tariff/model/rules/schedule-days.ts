import { problem, type TariffProblem } from '../problem.ts';
import { MONTHS, WEEKDAYS, type Schedule, type SourceTariff } from '../provider-tariff.ts';
import { windowsOf, type ClockWindow } from '../windows.ts';

/**
 * Rule 4: every kind of day of every month has its 24 hours exactly once. Months are whole, so 29 February is
 * covered with its month. The first fault of each kind in a schedule is named; the others follow from it as a rule.
 */
export const scheduleDayProblems = ({ tariff }: SourceTariff): TariffProblem[] =>
  (tariff.schedules ?? []).flatMap((schedule, index) => {
    const faults = new Map<string, TariffProblem>();
    for (const fault of faultsOf(schedule, ['tariff', 'schedules', index])) {
      if (!faults.has(fault.code)) faults.set(fault.code, fault);
    }
    return [...faults.values()];
  });

const faultsOf = (schedule: Schedule, path: PropertyKey[]): TariffProblem[] =>
  MONTHS.flatMap((month, m) =>
    WEEKDAYS.flatMap((day, d) => dayFaults(windowsOf(schedule, m + 1, d + 1), `${day} in ${month}`, path)),
  );

function dayFaults(windows: readonly ClockWindow[], day: string, path: PropertyKey[]): TariffProblem[] {
  const wrapped = windows.find(({ from, to }) => to <= from);
  if (wrapped) {
    const detail = 'ends before it begins; a window over midnight is written as two, the first ending 00:00:00';
    return [problem('window_wraps', [...path, ...wrapped.path], detail)];
  }
  const faults: TariffProblem[] = [];
  let reached = 0;
  for (const window of windows) {
    if (window.from > reached) faults.push(gap(day, reached, window.from, path));
    if (window.from < reached) {
      faults.push(
        problem('schedule_overlap', [...path, ...window.path], `${day}: begins before the window before it ends`),
      );
    }
    reached = Math.max(reached, window.to);
  }
  if (reached < 86_400) faults.push(gap(day, reached, 86_400, path));
  return faults;
}

const gap = (day: string, from: number, to: number, path: PropertyKey[]): TariffProblem =>
  problem('schedule_gap', path, `${day}: no rate from ${clock(from)} to ${clock(to)}`);

const clock = (seconds: number): string =>
  [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60].map((part) => String(part).padStart(2, '0')).join(':');
