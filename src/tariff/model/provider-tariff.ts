import { z } from 'zod';
import { isCurrency, isZone } from './codes.ts';
import { boundText, utcText } from './moments.ts';

/**
 * The canonical tariff. `sourceTariffSchema` is what a mapping or a canonical source gives, `providerTariffSchema` what
 * `GET /tariff` serves. Money is in major units (pounds, euros) per kWh, standing charges in major units per day.
 */

export const DIRECTIONS = ['IMPORT', 'EXPORT'] as const;
const TYPES = ['COMMODITY', 'NON_COMMODITY'] as const;
export const STRUCTURES = ['FIXED', 'TIME_OF_DAY', 'MARKET', 'DYNAMIC'] as const;
export const TIER_PERIODS = ['P1D', 'P1M', 'P3M', 'P1Y', 'BILLING'] as const;
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
/** ISO order: Monday is day 1. */
export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** Keys only the adapter can answer for; a source that sends a whole served document back is not wrong. */
const ADAPTERS_OWN = ['schema_version', 'coverage', 'next_update', 'source', 'grant', 'notices'] as const;
const adaptersOwn = Object.fromEntries(ADAPTERS_OWN.map((key) => [key, z.unknown().optional()])) as Record<
  (typeof ADAPTERS_OWN)[number],
  z.ZodOptional<z.ZodUnknown>
>;

const text = (max: number) => z.string().trim().min(1).max(max);
const reject = (code: string, error: string) => ({ error, params: { code } });

/** An instant with its offset, or a date, which means midnight in the tariff's zone. */
const boundSchema = z
  .string()
  .refine((value) => boundText(value, 'UTC') !== null, reject('malformed_time', 'an RFC 3339 date-time or a date'));

/** An instant with any offset; comes out in UTC. */
const instantSchema = z.string().transform((value, context) => {
  const utc = utcText(value);
  if (utc === null) {
    context.addIssue({
      code: 'custom',
      message: 'an RFC 3339 date-time with its offset',
      params: { code: 'malformed_time' },
    });
    return z.NEVER;
  }
  return utc;
});

const clockSchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, reject('malformed_time', 'a time of day as HH:MM:SS, at most 23:59:59'));

export const tierSchema = z.strictObject({
  /** Cumulative threshold within the tier period; null on the last tier. */
  to_kwh: z.number().nullable().default(null),
  value: z.number(),
});

const hourWindowSchema = z.strictObject({
  valid_from: clockSchema,
  /** Half-open; 00:00:00 as an end means midnight. */
  valid_to: clockSchema,
  rate: z.array(tierSchema).min(1),
});

const SHORT_DAYS = {
  Mon: 'Monday',
  Tue: 'Tuesday',
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Fri: 'Friday',
  Sat: 'Saturday',
  Sun: 'Sunday',
} as const;
const LONG_DAYS = ['All', 'Weekday', 'Weekend', ...WEEKDAYS] as const;
type LongDay = (typeof LONG_DAYS)[number];
const shortDays = new Map<string, LongDay>(Object.entries(SHORT_DAYS));
/** Three letters are understood and come out as the full name. */
const daySchema = z
  .enum([...LONG_DAYS, ...(Object.keys(SHORT_DAYS) as (keyof typeof SHORT_DAYS)[])])
  .transform((name) => shortDays.get(name) ?? (name as LongDay));

const daysAndHoursSchema = z.strictObject({
  days: z.array(daySchema).min(1),
  hours: z.array(hourWindowSchema).min(1),
});

const scheduleEntrySchema = z.strictObject({
  months: z.array(z.enum(['All', ...MONTHS])).min(1),
  days_and_hours: z.array(daysAndHoursSchema).min(1),
});

/** One set of rates and the time it holds for. */
export const scheduleSchema = z.strictObject({
  valid_from: boundSchema,
  valid_to: boundSchema.nullable().default(null),
  tier_period: z.enum(TIER_PERIODS).optional(),
  schedule: z.array(scheduleEntrySchema).min(1),
});

const priceSchema = z.strictObject({
  value: z.number(),
  confidence: z.number().min(0).max(1).default(1),
});

const sourcePriceSchema = z.strictObject({
  valid_from: instantSchema,
  /** Null on the last row only: until further notice. */
  valid_to: instantSchema.nullable().default(null),
  price: priceSchema,
});

const priceIntervalSchema = z.strictObject({
  valid_from: instantSchema,
  valid_to: instantSchema,
  price: priceSchema,
});

const contractSchema = z.strictObject({
  start_date: boundSchema,
  end_date: boundSchema.nullable().default(null),
});

const remarkSchema = z.strictObject({ code: text(80), detail: text(500) });

const tariffFields = {
  provider_tariff_reference: text(200),
  display_name: text(200),
  direction: z.enum(DIRECTIONS),
  type: z.enum(TYPES),
  structure: z.enum(STRUCTURES),
  currency: z.string().refine(isCurrency, reject('unknown_value', 'an ISO 4217 currency')),
  timezone: z.string().refine(isZone, reject('unknown_value', 'an IANA time zone')),
  vat: z.strictObject({ included: z.boolean(), rate: z.number().min(0).lt(1) }),
  price_includes: z.array(text(60)).min(1),
  schedules: z.array(scheduleSchema).optional(),
  standing_charge: z.strictObject({ value: z.number(), vat_included: z.boolean() }).optional(),
  not_expressed: z.array(remarkSchema).default([]),
};

const sourceFields = {
  contract: contractSchema,
  tariff: z.strictObject({ ...tariffFields, prices: z.array(sourcePriceSchema).optional() }),
};

/**
 * Accepts the canonical shape with dates or instants, and gives it back with every date as local midnight in the
 * tariff's zone (with its offset) and every price in UTC. It checks shapes only; the rules are `acceptTariff`'s.
 */
export const sourceTariffSchema = z
  .strictObject({ ...sourceFields, ...adaptersOwn })
  .transform(({ contract, tariff }) => {
    const bound = (value: string): string => boundText(value, tariff.timezone) ?? value;
    const end = (value: string | null): string | null => (value === null ? null : bound(value));
    return {
      contract: { start_date: bound(contract.start_date), end_date: end(contract.end_date) },
      tariff: {
        ...tariff,
        ...(tariff.schedules && {
          schedules: tariff.schedules.map((schedule) => ({
            ...schedule,
            valid_from: bound(schedule.valid_from),
            valid_to: end(schedule.valid_to),
          })),
        }),
      },
    };
  });

const COVERAGE_REASONS = [
  /** A day-ahead series ends inside the next 24 hours, as it does every day before publication. */
  'awaiting_publication',
  'prices_end',
  'contract_ends',
  'nothing_known_now',
] as const;

export const coverageSchema = z.strictObject({
  from: instantSchema,
  to: instantSchema,
  required_to: instantSchema,
  status: z.enum(['complete', 'partial']),
  reason: z.enum(COVERAGE_REASONS).optional(),
  last_good: z.boolean(),
  /** From here on prices are estimates (confidence below 1). */
  estimated_from: instantSchema.optional(),
});

export const providerTariffSchema = z.strictObject({
  schema_version: z.string(),
  contract: contractSchema,
  tariff: z.strictObject({ ...tariffFields, prices: z.array(priceIntervalSchema).optional() }),
  coverage: coverageSchema,
  grant: z.strictObject({ expires_at: instantSchema }),
  notices: z.array(remarkSchema),
  next_update: instantSchema,
  source: z.strictObject({
    mapping: z.string(),
    mapping_version: z.string(),
    payload_sha256: z.string(),
    fetched_at: instantSchema,
  }),
});

export type Contract = z.output<typeof sourceTariffSchema>['contract'];
/** The agreement that begins where the contract ends, once its prices are stitched on. No source says this. */
export interface Following {
  contract: Contract;
  structure: (typeof STRUCTURES)[number];
}
export type SourceTariff = z.output<typeof sourceTariffSchema> & { following?: Following };
export type ProviderTariff = z.output<typeof providerTariffSchema>;
export type Tariff = SourceTariff['tariff'];
export type Schedule = z.output<typeof scheduleSchema>;
export type ScheduleEntry = z.output<typeof scheduleEntrySchema>;
export type DaysAndHours = z.output<typeof daysAndHoursSchema>;
export type HourWindow = z.output<typeof hourWindowSchema>;
export type Tier = z.output<typeof tierSchema>;
/** A row as a source gives it: the last one may be open-ended. */
export type SourcePrice = z.output<typeof sourcePriceSchema>;
/** A row as it is served: [valid_from, valid_to) in UTC. */
export type PriceInterval = z.output<typeof priceIntervalSchema>;
export type Coverage = z.output<typeof coverageSchema>;
export type CoverageReason = (typeof COVERAGE_REASONS)[number];
export type Notice = z.output<typeof remarkSchema>;
