import { instantsOf } from '../local-time.ts';
import { readMoment, type Moment } from '../moments.ts';
import { problem, type TariffProblem } from '../problem.ts';
import { openMoment } from './ends.ts';
import type { Declare } from './facts.ts';
import { resolveSeries, type LocalRow, type Unresolved } from './local-series.ts';
import type { MappedRow } from './mapped.ts';

const WHY = {
  local_time_missing: 'clocks skip this local time',
  local_time_ambiguous: 'this local time happens twice and the rows do not tell which is meant',
} satisfies Record<Unresolved['code'], string>;

const undeclared = (path: readonly PropertyKey[]): TariffProblem =>
  problem('zone_undeclared', path, 'a local time without an offset: declare the timezone it is in');

const malformed = (path: readonly PropertyKey[]): TariffProblem =>
  problem('malformed_time', path, 'an RFC 3339 date-time, a local date-time or a date');

interface Span {
  valid_from: string;
  valid_to: string | null;
}

/** Each price row's bounds in UTC, in the order given; problems are noted and then the list is not to be used. */
export function priceSpans(
  rows: readonly MappedRow[],
  declare: Declare,
  path: readonly PropertyKey[],
  problems: TariffProblem[],
): Span[] {
  const before = problems.length;
  const read = rows.flatMap((row, index): LocalRow[] => {
    const from = readAt(row.valid_from, [...path, index, 'valid_from'], declare, problems);
    const end = row.valid_to == null ? null : readAt(row.valid_to, [...path, index, 'valid_to'], declare, problems);
    if (from === undefined || end === undefined) return [];
    return [{ from, to: end && declare.interval_end === 'closed' ? openMoment(end) : end }];
  });
  if (problems.length > before) return [];
  return resolveSeries(read, declare.timezone ?? 'UTC').flatMap((resolution, index) => {
    if (resolution.ok) {
      const { from, to } = resolution.row;
      return [{ valid_from: from.toString(), valid_to: to?.toString() ?? null }];
    }
    problems.push(problem(resolution.code, [...path, index, resolution.edge], WHY[resolution.code]));
    return [];
  });
}

function readAt(
  text: string,
  path: readonly PropertyKey[],
  declare: Declare,
  problems: TariffProblem[],
): Moment | undefined {
  const moment = readMoment(text);
  if (moment === null) problems.push(malformed(path));
  else if (moment.kind !== 'instant' && declare.timezone === undefined) problems.push(undeclared(path));
  else return moment;
  return undefined;
}

/**
 * A contract's or a schedule's bound. Instants and dates stay as they are (the canonical schema reads a date as local
 * midnight in the tariff's zone); a local date-time is resolved in the declared zone.
 */
export function boundIn(
  text: string,
  declare: Declare,
  path: readonly PropertyKey[],
  problems: TariffProblem[],
): string {
  const moment = readMoment(text);
  if (moment === null) problems.push(malformed(path));
  if (moment?.kind !== 'local') return text;
  if (declare.timezone === undefined) {
    problems.push(undeclared(path));
    return text;
  }
  const [first, second] = instantsOf(moment.at, declare.timezone);
  if (first !== undefined && second === undefined) {
    return first.toZonedDateTimeISO(declare.timezone).toString({ timeZoneName: 'never' });
  }
  const code = first === undefined ? 'local_time_missing' : 'local_time_ambiguous';
  problems.push(problem(code, path, WHY[code]));
  return text;
}
