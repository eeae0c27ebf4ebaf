import { z } from 'zod';
import { dateOrInstant, decimal, oneOrMany } from '../fields.ts';

/**
 * Plan detail of the Australian Consumer Data Right (`GET /cds-au/v1/energy/plans/{planId}`), as far as it is read.
 * Retailers write some lists of one as the one element, and leave out what has a default.
 */
const rate = z.looseObject({
  unitPrice: decimal,
  /** Size of the block, or cumulative threshold: retailers differ, so it is declared. */
  volume: decimal.nullish(),
  measureUnit: z.literal('KWH').default('KWH'),
});

const rates = z.array(rate).min(1);
const period = z.enum(['P1D', 'P1M', 'P3M', 'P1Y']).optional();

export const DAYS = {
  MON: [1],
  TUE: [2],
  WED: [3],
  THU: [4],
  FRI: [5],
  SAT: [6],
  SUN: [7],
  MONDAY: [1],
  TUESDAY: [2],
  WEDNESDAY: [3],
  THURSDAY: [4],
  FRIDAY: [5],
  SATURDAY: [6],
  SUNDAY: [7],
  BUSINESS_DAYS: [1, 2, 3, 4, 5],
  PUBLIC_HOLIDAYS: [],
} as const;
export type DayName = keyof typeof DAYS;

const timeOfUse = z.looseObject({
  days: z.array(z.enum(Object.keys(DAYS) as [DayName, ...DayName[]])).min(1),
  startTime: z.string().optional(),
  endTime: z.string().optional(),
});

const monthDay = z.custom<string>((value) => typeof value === 'string' && isMonthDay(value), {
  error: 'a day of the year as mm-dd',
  params: { code: 'malformed_time' },
});

function isMonthDay(text: string): boolean {
  try {
    return /^\d{2}-\d{2}$/.test(text) && Boolean(Temporal.PlainMonthDay.from(text, { overflow: 'reject' }));
  } catch {
    return false;
  }
}

const tariffPeriod = z.looseObject({
  displayName: z.string().optional(),
  startDate: monthDay.default('01-01'),
  endDate: monthDay.default('12-31'),
  /** v1 and v3 spell it differently. */
  dailySupplyCharges: decimal.optional(),
  dailySupplyCharge: decimal.optional(),
  dailySupplyChargeType: z.enum(['SINGLE', 'BAND']).default('SINGLE'),
  rateBlockUType: z.enum(['singleRate', 'timeOfUseRates', 'demandCharges']),
  singleRate: z.looseObject({ rates, period }).nullish(),
  timeOfUseRates: oneOrMany(z.looseObject({ rates, period, timeOfUse: oneOrMany(timeOfUse) })).optional(),
  demandCharges: z.unknown().optional(),
});

const remarked = z
  .looseObject({ displayName: z.string().optional().catch(undefined), type: z.string().optional().catch(undefined) })
  .catch({});

/** Lists that are only named as what the model cannot say: whatever they hold must not cost the tariff. */
const named = z
  .unknown()
  .optional()
  .transform((value) => z.array(remarked).parse(Array.isArray(value) ? value : value == null ? [] : [value]));

export const planDetail = z.looseObject({
  data: z.looseObject({
    planId: z.string(),
    displayName: z.string().optional(),
    fuelType: z.enum(['ELECTRICITY', 'DUAL']).default('ELECTRICITY'),
    effectiveFrom: dateOrInstant.optional(),
    lastUpdated: dateOrInstant.optional(),
    geography: z.looseObject({ distributors: z.array(z.string()).default([]) }).optional(),
    meteringCharges: named,
    electricityContract: z.looseObject({
      timeZone: z.enum(['LOCAL', 'AEST']).default('AEST'),
      tariffPeriod: oneOrMany(tariffPeriod),
      controlledLoad: named,
      discounts: named,
      fees: named,
      greenPowerCharges: named,
      solarFeedInTariff: named,
    }),
  }),
});

export type Plan = z.output<typeof planDetail>['data'];
export type TariffPeriod = z.output<typeof tariffPeriod>;
export type Rates = z.output<typeof rates>;
export type TimeOfUse = z.output<typeof timeOfUse>;
