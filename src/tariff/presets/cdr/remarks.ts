import type { Remark } from '../raw.ts';
import type { Plan, TariffPeriod } from './shape.ts';

/** What a plan charges or gives besides energy by time and the daily supply: the model cannot say it, so it is listed. */
export function remarksOf(plan: Plan, energy: readonly TariffPeriod[], charge: string | number | undefined): Remark[] {
  const { controlledLoad, discounts, fees, greenPowerCharges, solarFeedInTariff, tariffPeriod } =
    plan.electricityContract;
  const demand = tariffPeriod.filter((period) => period.demandCharges != null);
  return [
    ...remark('demand_charge', demand, 'a charge on the highest demand'),
    ...remark('controlled_load', controlledLoad, 'circuits switched by the network have rates of their own'),
    ...remark('discount', discounts, 'taken off the bill'),
    ...remark('fee', fees, 'charged for events, not for energy'),
    ...remark('metering_charge', plan.meteringCharges, 'charged for the meter'),
    ...remark('green_power_charge', greenPowerCharges, 'charged where the customer has chosen it'),
    ...remark('feed_in_tariff', solarFeedInTariff, 'paid for export, which is a tariff of its own'),
    ...(charge === undefined
      ? remark('supply_charge', energy, 'the daily supply charge differs by season or by band')
      : []),
    ...publicHolidays(energy),
  ];
}

interface Named {
  displayName?: string | undefined;
  type?: unknown;
}

function remark(code: string, items: readonly Named[], meaning: string): Remark[] {
  if (items.length === 0) return [];
  const names = items
    .map(({ displayName, type }) => displayName ?? (typeof type === 'string' ? type : ''))
    .filter(Boolean);
  const detail = names.length > 0 ? `${meaning}: ${[...new Set(names)].join('; ')}` : meaning;
  return [{ code, detail: detail.slice(0, 500) }];
}

export const namesHolidays = (period: TariffPeriod): boolean =>
  (period.timeOfUseRates ?? []).some(({ timeOfUse }) => timeOfUse.some(({ days }) => days.includes('PUBLIC_HOLIDAYS')));

function publicHolidays(energy: readonly TariffPeriod[]): Remark[] {
  const differ = energy.some((period) =>
    (period.timeOfUseRates ?? []).some(({ timeOfUse }) =>
      timeOfUse.some(({ days }) => days.includes('BUSINESS_DAYS') || days.includes('PUBLIC_HOLIDAYS')),
    ),
  );
  return differ
    ? [{ code: 'public_holidays', detail: 'a public holiday has the rates of the day of the week it falls on' }]
    : [];
}
