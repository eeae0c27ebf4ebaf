import { z } from 'zod';
import { MONTHS } from '../model/provider-tariff.ts';
import { bySight, decimal, epochTime, label } from './fields.ts';
import { headed, heading } from './heading.ts';
import { definePreset, refuse, refuseSelect } from './preset.ts';
import type { RawSchedule, RawTier, RawWindow, Remark } from './raw.ts';
import { window } from './windows.ts';

/**
 * OpenEI Utility Rate Database (US), version 7 and 8: rates numbered as periods, each with tiers, and which period
 * holds in every hour of every month, for weekdays and for weekends. USD per kWh without tax; a tier's price is its
 * rate and its adjustment together, its `max` the consumption from the month's (or day's) beginning, absent or 0 on
 * the last. The zone is not in the record and must be declared.
 */
const tier = z.looseObject({
  rate: decimal.default(0),
  adj: decimal.default(0),
  max: decimal.nullish(),
  unit: z.enum(['kWh', 'kWh daily']).default('kWh'),
});

const period = z.array(tier).min(1);
const matrix = z.array(z.array(z.int().min(0)).length(24)).length(12);

const rate = z.looseObject({
  label: z.string(),
  name: z.string(),
  utility: z.string().optional(),
  startdate: epochTime(1000).optional(),
  enddate: epochTime(1000).optional(),
  energyratestructure: z.array(period).min(1),
  energyweekdayschedule: matrix,
  energyweekendschedule: matrix,
  fixedchargefirstmeter: decimal.optional(),
  fixedchargeunits: z.enum(['$/day', '$/month', '$/year']).optional(),
});
type Rate = z.output<typeof rate>;

/** One record, or the interface's list of them. */
const payload = bySight<{ rates: Rate[]; at: string[] }>((value) =>
  z.looseObject({ items: z.unknown() }).safeParse(value).data?.items === undefined
    ? rate.transform((only) => ({ rates: [only], at: [] }))
    : z.looseObject({ items: z.array(rate) }).transform(({ items }) => ({ rates: items, at: ['items'] })),
);

export const urdb = definePreset({
  name: 'urdb',
  select: z.strictObject({ ...heading, label: label.optional() }),
  facts: { price_divisor: 1, standing_charge_divisor: 1, tiers: 'cumulative', interval_end: 'open' },
  usual: { vat: 'excluded', vat_rate: 0, currency: 'USD' },
  payload,
  read({ rates, at }, selected) {
    const listed = rates
      .map((each, index) => ({ each, path: at.length > 0 ? [...at, index] : [] }))
      .filter(({ each }) => selected.label === undefined || each.label === selected.label);
    const [only, ...others] = listed;
    if (!only) return refuseSelect('selects_nothing', 'label', 'no such rate');
    if (others.length > 0)
      return refuseSelect('several_rates', 'label', `one of ${rates.map((each) => each.label).join(', ')}`);
    const { each, path } = only;
    const daily = each.fixedchargeunits === '$/day' ? each.fixedchargefirstmeter : undefined;
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: each.label,
          display_name: each.name.slice(0, 200),
          structure: each.energyratestructure.length === 1 ? 'FIXED' : 'TIME_OF_DAY',
        }),
        schedules: [scheduleOf(each, path)],
        ...(daily !== undefined && { standing_charge: { value: daily } }),
        not_expressed: remarksOf(each),
      },
    };
  },
});

function scheduleOf(each: Rate, path: PropertyKey[]): RawSchedule {
  const units = new Set(each.energyratestructure.flat().map(({ unit }) => unit));
  if (units.size > 1) refuse('tier_periods_differ', [...path, 'energyratestructure'], [...units].join(' and '));
  const rates = each.energyratestructure.map((tiers) => tiers.map(tierOf));
  const windows = (name: 'energyweekdayschedule' | 'energyweekendschedule', month: number): RawWindow[] =>
    joined(each[name][month] ?? []).map(({ from, to, held }) =>
      window(
        { from: from * 60, to: to * 60 },
        rates[held] ?? refuse('unknown_value', [...path, name, month, from], `no period ${held}`),
      ),
    );
  const months = MONTHS.map((month, index) => ({
    month,
    days_and_hours: [
      { days: ['Weekday'], hours: windows('energyweekdayschedule', index) },
      { days: ['Weekend'], hours: windows('energyweekendschedule', index) },
    ],
  }));
  return {
    valid_from: each.startdate ?? '1970-01-01T00:00:00Z',
    valid_to: each.enddate ?? null,
    tier_period: units.has('kWh daily') ? 'P1D' : 'P1M',
    schedule: Object.values(Object.groupBy(months, ({ days_and_hours }) => JSON.stringify(days_and_hours))).flatMap(
      (alike = []) =>
        alike.slice(0, 1).map(({ days_and_hours }) => ({ months: alike.map(({ month }) => month), days_and_hours })),
    ),
  };
}

const tierOf = ({ rate: base, adj, max }: z.output<typeof tier>): RawTier => ({
  value: [base, adj],
  to_kwh: max == null || Number(max) === 0 ? null : max,
});

/** Hours of one period that follow one another are one window. */
function joined(hours: readonly number[]): { from: number; to: number; held: number }[] {
  const starts = hours.flatMap((held, hour) => (hour > 0 && hours[hour - 1] === held ? [] : [{ from: hour, held }]));
  return starts.map(({ from, held }, index) => ({ from, held, to: starts[index + 1]?.from ?? 24 }));
}

const DEMAND = ['demandratestructure', 'flatdemandstructure', 'coincidentratestructure'];
const OTHERS: Record<string, string> = {
  mincharge: 'a least amount of the bill',
  annualmincharge: 'a least amount of the year’s bills',
  fixedchargeeaaddl: 'charged for further meters',
  fueladjustmentsmonthly: 'an adjustment per kWh that changes by month',
};

function remarksOf(each: Rate): Remark[] {
  const fixed = each.fixedchargeunits !== '$/day' && Number(each.fixedchargefirstmeter ?? 0) !== 0;
  return [
    ...(fixed
      ? [
          {
            code: 'fixed_charge',
            detail: `${String(each.fixedchargefirstmeter)} ${each.fixedchargeunits ?? ''}`.trim(),
          },
        ]
      : []),
    ...(DEMAND.some((name) => each[name] !== undefined)
      ? [{ code: 'demand_charge', detail: 'a charge on the highest demand' }]
      : []),
    ...Object.entries(OTHERS).flatMap(([name, detail]) => (isNothing(each[name]) ? [] : [{ code: name, detail }])),
    ...(each.energyratestructure.flat().some(({ sell }) => sell !== undefined)
      ? [{ code: 'sell_rate', detail: 'paid for export, which is a tariff of its own' }]
      : []),
  ];
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) ? value.every(isNothing) : Number(value) === 0);
