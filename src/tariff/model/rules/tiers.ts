import { problem, type TariffProblem } from '../problem.ts';
import type { SourceTariff, Tier } from '../provider-tariff.ts';
import { everyWindow } from '../windows.ts';

/**
 * Rule 7: thresholds rise strictly and only the last is null; prices may do as they like. A tiered schedule says over
 * which period consumption is counted.
 */
export function tierProblems({ tariff }: SourceTariff): TariffProblem[] {
  const schedules = tariff.schedules ?? [];
  const windows = everyWindow(schedules);
  const thresholds = windows.flatMap(({ window, path }) =>
    window.rate.flatMap((tier, index) => {
      const fault = thresholdFault(window.rate, tier, index);
      return fault === null ? [] : [problem(fault.code, [...path, 'rate', index, 'to_kwh'], fault.detail)];
    }),
  );
  const periods = schedules.flatMap((schedule, index) =>
    schedule.tier_period === undefined && windows.some(({ of, window }) => of === schedule && window.rate.length > 1)
      ? [
          problem(
            'tier_period_missing',
            ['tariff', 'schedules', index, 'tier_period'],
            'tiers need the period they count over',
          ),
        ]
      : [],
  );
  return [...thresholds, ...periods];
}

function thresholdFault(rate: readonly Tier[], tier: Tier, index: number): { code: string; detail: string } | null {
  const last = index === rate.length - 1;
  if (tier.to_kwh === null) {
    return last ? null : { code: 'tier_unbounded', detail: 'only the last tier is without a threshold' };
  }
  if (last) return { code: 'tier_bounded', detail: 'the last tier has no threshold' };
  const floor = rate[index - 1]?.to_kwh ?? 0;
  if (tier.to_kwh > floor) return null;
  return { code: 'tier_not_rising', detail: `not above ${floor}; block sizes are declared as such` };
}
