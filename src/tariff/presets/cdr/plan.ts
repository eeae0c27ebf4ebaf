import { z } from 'zod';
import { readMoment } from '../../model/moments.ts';
import { headed, heading } from '../heading.ts';
import { definePreset, refuse, type Context, type Facts } from '../preset.ts';
import type { RawSchedule, RawTariff, RawTier } from '../raw.ts';
import { everyDay, window } from '../windows.ts';
import { namesHolidays, remarksOf } from './remarks.ts';
import { schedulesOf, type Season } from './seasons.ts';
import { planDetail, type Plan, type Rates, type TariffPeriod } from './shape.ts';
import { daysAndHours } from './week.ts';
import { zoneOf } from './zone.ts';

/**
 * Australian CDR plan detail: seasons of the year, in each either one rate or blocks of windows, rates perhaps stepped,
 * without GST. Version 1 of the interface is answered in cents, version 3 in dollars; nothing in the payload says so.
 * The plan is an offer: whose it is, and for how long, is the account's to say (`cdr-account`).
 */
const select = z
  .strictObject({
    ...heading,
    /** Where rates of public holidays are listed, the pack must agree to their being left out. */
    public_holidays: z.literal('as_weekdays').optional(),
  })
  // What is paid for export stands elsewhere in the plan, and is not read.
  .omit({ direction: true });

const ROOT = ['data', 'electricityContract', 'tariffPeriod'];

const cdrPlan = (name: string, facts: Facts) =>
  definePreset({
    name,
    select,
    facts: { ...facts, vat: 'excluded', currency: 'AUD', interval_end: 'open' },
    usual: { vat_rate: 0.1 },
    payload: planDetail,
    read: ({ data }, selected, context) => read(data, selected, context),
  });

export const cdrPlanV1 = cdrPlan('cdr-plan-v1', { price_divisor: 100, standing_charge_divisor: 100 });
export const cdrPlanV3 = cdrPlan('cdr-plan-v3', { price_divisor: 1, standing_charge_divisor: 1 });

type Listed = TariffPeriod & { path: readonly PropertyKey[] };

function read(plan: Plan, selected: z.output<typeof select>, context: Context): RawTariff {
  const zone = zoneOf(plan, context.declare);
  const energy = plan.electricityContract.tariffPeriod
    .map((period, index) => ({ ...period, path: [...ROOT, index] }))
    .filter(({ rateBlockUType }) => rateBlockUType !== 'demandCharges');
  if (energy.length === 0) return refuse('missing', ROOT, 'no period with rates for energy');
  const holidays = energy.find(namesHolidays);
  if (holidays && selected.public_holidays === undefined) {
    return refuse(
      'public_holidays_inexpressible',
      holidays.path,
      'rates of public holidays: see select.public_holidays',
    );
  }
  const seasons = energy.map((period): Season => ({ ...period, days_and_hours: hoursOf(period, context) }));
  const tier_period = tierPeriod(energy);
  const charge = supplyCharge(energy);
  return {
    tariff: {
      ...headed(selected, {
        provider_tariff_reference: plan.planId,
        display_name: plan.displayName ?? plan.planId,
        structure: energy.length === 1 && energy[0]?.rateBlockUType === 'singleRate' ? 'FIXED' : 'TIME_OF_DAY',
      }),
      timezone: zone,
      schedules: schedulesOf(
        seasons,
        effectiveFrom(plan, zone),
        context.now.toZonedDateTimeISO(zone).toPlainDate(),
        ROOT,
      ).map((schedule) => ({ ...schedule, tier_period })),
      ...(charge !== undefined && { standing_charge: { value: charge } }),
      not_expressed: remarksOf(plan, energy, charge),
    },
  };
}

function hoursOf(period: Listed, { declared }: Context): RawSchedule['schedule'][0]['days_and_hours'] {
  const { rateBlockUType, singleRate, timeOfUseRates, path } = period;
  const tiersOf = (rates: Rates, at: PropertyKey[]): RawTier[] => {
    if (declared.tiers === undefined && rates.filter(({ volume }) => volume != null).length > 1) {
      return refuse(
        'tiers_undeclared',
        [...path, ...at, 'rates'],
        'declare tiers: blocks (sizes) or cumulative (thresholds)',
      );
    }
    return rates.map(({ unitPrice, volume }) => ({ value: unitPrice, to_kwh: volume ?? null }));
  };
  if (rateBlockUType === 'singleRate') {
    const { rates } = singleRate ?? refuse('missing', [...path, 'singleRate'], 'required');
    return everyDay([window({ from: 0, to: 1440 }, tiersOf(rates, ['singleRate']))])[0]?.days_and_hours ?? [];
  }
  const blocks = timeOfUseRates ?? refuse('missing', [...path, 'timeOfUseRates'], 'required');
  return daysAndHours(
    blocks.map(({ rates, timeOfUse }, index) => ({
      rate: tiersOf(rates, ['timeOfUseRates', index]),
      timeOfUse,
      path: [...path, 'timeOfUseRates', index],
    })),
    path,
  );
}

/** A schedule counts consumption over one period; undefined leaves it to the declaration. */
function tierPeriod(energy: readonly Listed[]): string | undefined {
  const stepped = energy
    .flatMap(({ singleRate, timeOfUseRates }) => [...(singleRate ? [singleRate] : []), ...(timeOfUseRates ?? [])])
    .filter(({ rates }) => rates.length > 1);
  const periods = new Set(stepped.map(({ period }) => period));
  if (periods.size > 1) {
    return refuse('tier_periods_differ', ROOT, `steps are counted over ${[...periods].map(String).join(' and ')}`);
  }
  return [...periods][0];
}

/** One for all seasons, or none that the model can say. */
function supplyCharge(energy: readonly Listed[]): number | string | undefined {
  const charges = energy.map(({ dailySupplyCharge, dailySupplyCharges }) => dailySupplyCharge ?? dailySupplyCharges);
  const [charge] = charges;
  const same = charges.every((each) => each !== undefined && Number(each) === Number(charge));
  return same && energy.every(({ dailySupplyChargeType }) => dailySupplyChargeType === 'SINGLE') ? charge : undefined;
}

/** A plan takes effect on a day, whatever hour of it the payload prints. */
function effectiveFrom({ effectiveFrom: given, lastUpdated }: Plan, zone: string): string {
  const moment = readMoment(given ?? lastUpdated ?? '');
  if (moment?.kind === 'date') return moment.on.toString();
  if (moment?.kind === 'instant') return moment.at.toZonedDateTimeISO(zone).toPlainDate().toString();
  return refuse('missing', ['data', 'effectiveFrom'], 'required');
}
