import { problem, type TariffProblem } from '../problem.ts';
import type { SourceTariff } from '../provider-tariff.ts';

/** Rule 1, after mapping: a tariff without a single price is an empty answer in the canonical shape. */
export function contentProblems({ tariff }: SourceTariff): TariffProblem[] {
  if (tariff.prices?.length || tariff.schedules?.length) return [];
  return [problem('tariff_empty', ['tariff'], 'neither prices nor schedules')];
}
