import { problem, type TariffProblem } from '../problem.ts';
import type { SourceTariff } from '../provider-tariff.ts';
import { everyWindow } from '../windows.ts';

/**
 * Rule 6: prices change on the grid of settlement intervals (5, 15, 30 or 60 minutes), so every bound is a whole
 * multiple of five minutes. Anything else is a closed end that was not declared, or a source that is a second off.
 */
const GRID_MS = 5 * 60_000;

const ADVICE = 'not on a 5, 15, 30 or 60 minute bound; an end that names its last minute must be declared closed';

export function alignmentProblems({ tariff }: SourceTariff): TariffProblem[] {
  const bounds = [
    ...(tariff.prices ?? []).map((row, index) => ({ row, path: ['tariff', 'prices', index] })),
    ...(tariff.schedules ?? []).map((row, index) => ({ row, path: ['tariff', 'schedules', index] })),
  ].flatMap(({ row, path }) =>
    (['valid_from', 'valid_to'] as const)
      .filter((edge) => !instantOnGrid(row[edge]))
      .map((edge) => problem('interval_misaligned', [...path, edge], ADVICE)),
  );
  const clocks = everyWindow(tariff.schedules ?? []).flatMap(({ window, path }) =>
    (['valid_from', 'valid_to'] as const)
      .filter((edge) => !/:[0-5][05]:00$/.test(window[edge]))
      .map((edge) => problem('interval_misaligned', [...path, edge], ADVICE)),
  );
  return [...bounds, ...clocks];
}

const instantOnGrid = (text: string | null): boolean =>
  text === null || Temporal.Instant.from(text).epochNanoseconds % BigInt(GRID_MS * 1_000_000) === 0n;
