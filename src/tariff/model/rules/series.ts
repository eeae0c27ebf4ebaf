import { problem, type TariffProblem } from '../problem.ts';
import type { SourcePrice, SourceTariff } from '../provider-tariff.ts';

/**
 * Rule 3: the series is sorted and free of exact duplicates, and then has no conflicting duplicate, overlap, gap or
 * zero length; only its last row may be open-ended. Paths count rows as the source lists them.
 */
interface Listed {
  row: SourcePrice;
  index: number;
  from: number;
  /** Infinity when open-ended. */
  to: number;
}

const milliseconds = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;

function listed(prices: readonly SourcePrice[]): Listed[] {
  const seen = new Set<string>();
  return prices
    .map((row, index) => ({
      row,
      index,
      from: milliseconds(row.valid_from),
      to: row.valid_to === null ? Infinity : milliseconds(row.valid_to),
    }))
    .filter(({ row, from, to }) => {
      const key = [from, to, row.price.value, row.price.confidence].join(' ');
      return !seen.has(key) && Boolean(seen.add(key));
    })
    .sort((left, right) => left.from - right.from || left.index - right.index);
}

/** Ascending and without exact duplicates: the form every later step relies on. */
export const inOrder = (prices: readonly SourcePrice[]): SourcePrice[] => listed(prices).map(({ row }) => row);

export function seriesProblems({ tariff }: SourceTariff): TariffProblem[] {
  const rows = listed(tariff.prices ?? []);
  const lengths = rows.filter(({ from, to }) => to <= from).map(lengthProblem);
  const sound = rows.filter(({ from, to }) => to > from);
  const joints = sound.slice(1).flatMap((row, index) => {
    const previous = sound[index];
    return previous ? jointProblem(previous, row) : [];
  });
  return [...lengths, ...joints];
}

function lengthProblem({ index, from, to }: Listed): TariffProblem {
  const path = ['tariff', 'prices', index, 'valid_to'];
  return from === to
    ? problem('series_zero_length', path, 'ends where it begins')
    : problem('series_backwards', path, 'ends before it begins');
}

function jointProblem(previous: Listed, row: Listed): TariffProblem[] {
  const path = ['tariff', 'prices', row.index];
  const other = `row ${previous.index} (${previous.row.valid_from} to ${previous.row.valid_to ?? 'further notice'})`;
  if (previous.from === row.from && previous.to === row.to) {
    return [
      problem('series_conflict', path, `another price for the same interval as ${other}: declare which to select`),
    ];
  }
  if (previous.to === Infinity) {
    return [
      problem(
        'series_open_end',
        ['tariff', 'prices', previous.index, 'valid_to'],
        'only the last row may be open-ended',
      ),
    ];
  }
  if (row.from < previous.to) return [problem('series_overlap', path, `begins inside ${other}`)];
  if (row.from > previous.to) return [problem('series_gap', path, `nothing is known between it and ${other}`)];
  return [];
}
