import type { TariffProblem } from '../problem.ts';
import { openClock } from './ends.ts';
import type { Declare } from './facts.ts';
import type { MappedRate, MappedSchedule } from './mapped.ts';
import { majorUnits } from './money.ts';
import { thresholds } from './tiers.ts';
import { boundIn } from './times.ts';
import type { VatBasis } from './vat.ts';

type Noted = [path: readonly PropertyKey[], problems: TariffProblem[]];

/** A schedule with the declared facts applied; what is still wrong is for the canonical schema to say. */
export function declaredSchedule(
  source: MappedSchedule,
  declare: Declare,
  basis: VatBasis,
  ...[path, problems]: Noted
) {
  const at = (...steps: PropertyKey[]): PropertyKey[] => [...path, ...steps];
  const { tier_period, valid_to, ...rest } = source;
  const tiered = source.schedule.some((entry) =>
    entry.days_and_hours.some((days) => days.hours.some((hour) => hour.rate.length > 1)),
  );
  const period = tier_period ?? (tiered ? declare.tier_period : undefined);
  return {
    ...rest,
    valid_from: boundIn(source.valid_from, declare, at('valid_from'), problems),
    valid_to: valid_to == null ? null : boundIn(valid_to, declare, at('valid_to'), problems),
    ...(period !== undefined && { tier_period: period }),
    schedule: source.schedule.map((entry, e) => ({
      ...entry,
      days_and_hours: entry.days_and_hours.map((days, d) => ({
        ...days,
        hours: days.hours.map((hour, h) => ({
          ...hour,
          valid_to: declare.interval_end === 'closed' ? openClock(hour.valid_to) : hour.valid_to,
          rate: declaredRate(
            hour.rate,
            declare,
            basis,
            at('schedule', e, 'days_and_hours', d, 'hours', h, 'rate'),
            problems,
          ),
        })),
      })),
    })),
  };
}

function declaredRate(rates: readonly MappedRate[], declare: Declare, basis: VatBasis, ...[path, problems]: Noted) {
  const limits = thresholds(
    rates.map((rate) => rate.to_kwh),
    declare.tiers,
  );
  return rates.map(({ value, value_inc_vat, value_exc_vat, ...rest }, index) => ({
    ...rest,
    to_kwh: limits[index] ?? null,
    value: majorUnits(
      { value, value_inc_vat, value_exc_vat },
      declare.price_divisor,
      basis,
      [...path, index],
      problems,
    ),
  }));
}
