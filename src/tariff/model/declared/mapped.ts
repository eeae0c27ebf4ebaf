import { z } from 'zod';
import { readDecimal } from '../decimals.ts';

/**
 * What a mapping may hand over before the declared facts are applied: the canonical shape, but with prices as numbers
 * or decimal strings in the source's own unit, times without a zone, and without what the provider declares instead.
 * Only what the declared facts touch is read here; everything else passes through to the canonical schema.
 */
const decimal = z.unknown().transform((value, context) => {
  if (value === undefined || value === null) return undefined;
  const read = readDecimal(value);
  if (read.ok) return read.value;
  context.addIssue({
    code: 'custom',
    message: 'a finite number, a decimal string with a point, or a list of those to be added',
    params: { code: read.code },
  });
  return z.NEVER;
});

/** One price, or the same price on both bases, whose ratio is then checked against the VAT rate. */
const money = {
  value: decimal.optional(),
  value_inc_vat: decimal.optional(),
  value_exc_vat: decimal.optional(),
};

const moment = z.string();

const rateSchema = z.looseObject({ ...money, to_kwh: decimal.optional() });
const windowSchema = z.looseObject({ valid_from: z.string(), valid_to: z.string(), rate: z.array(rateSchema) });
const daysSchema = z.looseObject({ hours: z.array(windowSchema) });
const entrySchema = z.looseObject({ days_and_hours: z.array(daysSchema) });

const scheduleSchema = z.looseObject({
  valid_from: moment,
  valid_to: moment.nullish(),
  tier_period: z.string().nullish(),
  schedule: z.array(entrySchema),
});

const rowSchema = z.looseObject({
  valid_from: moment,
  valid_to: moment.nullish(),
  price: z.looseObject({ ...money, confidence: z.number().nullish() }),
});

export const mappedTariffSchema = z.looseObject({
  contract: z.looseObject({ start_date: moment, end_date: moment.nullish() }),
  tariff: z.looseObject({
    currency: z.string().nullish(),
    timezone: z.string().nullish(),
    vat: z.looseObject({ included: z.boolean().nullish(), rate: decimal.optional() }).nullish(),
    price_includes: z.array(z.string()).nullish(),
    schedules: z.array(scheduleSchema).nullish(),
    prices: z.array(rowSchema).nullish(),
    standing_charge: z.looseObject({ ...money, vat_included: z.boolean().nullish() }).nullish(),
    not_expressed: z.array(z.unknown()).nullish(),
  }),
});

export type MappedTariff = z.output<typeof mappedTariffSchema>;
export type MappedSchedule = z.output<typeof scheduleSchema>;
export type MappedRate = z.output<typeof rateSchema>;
export type MappedRow = z.output<typeof rowSchema>;
export type MappedMoney = Pick<MappedRate, keyof typeof money>;
