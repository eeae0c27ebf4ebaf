import { z } from 'zod';

/**
 * What the app reads of Flatpeak's answers and of the tariff in them: its own reading of the published shapes, not
 * the adapter's, so that the picture is a second opinion.
 */
const time = z.iso.datetime({ offset: true }).transform((text) => Temporal.Instant.from(text));

const rate = z.object({ to_kwh: z.number().nullable(), value: z.number() });
const hours = z.object({ valid_from: z.string(), valid_to: z.string(), rate: z.array(rate).min(1) });
const days = z.object({ days: z.array(z.string()), hours: z.array(hours) });
const months = z.object({ months: z.array(z.string()), days_and_hours: z.array(days) });
const schedule = z.object({ valid_from: time, valid_to: time.nullable(), schedule: z.array(months) });
const price = z.object({
  valid_from: time,
  valid_to: time,
  price: z.object({ value: z.number(), confidence: z.number() }),
});

export const tariffSchema = z.object({
  contract: z.object({ start_date: z.string(), end_date: z.string().nullish() }),
  tariff: z.object({
    display_name: z.string(),
    structure: z.string(),
    currency: z.string().regex(/^[A-Z]{3}$/),
    timezone: z.string(),
    vat: z.object({ included: z.boolean(), rate: z.number().nullish() }).optional(),
    schedules: z.array(schedule).optional(),
    prices: z.array(price).optional(),
    standing_charge: z.object({ value: z.number() }).nullish(),
  }),
});

export type Tariff = z.infer<typeof tariffSchema>['tariff'];
export type Schedule = z.infer<typeof schedule>;
export type ReadTariff = z.infer<typeof tariffSchema>;

const exchange = z.object({
  number: z.number(),
  at: z.number(),
  from: z.string(),
  to: z.string(),
  method: z.string(),
  url: z.string(),
  request: z.unknown(),
  status: z.number().nullable(),
  answer: z.unknown(),
});

export type ExchangeView = z.infer<typeof exchange>;

export const connectionSchema = z.object({
  created_at: z.number(),
  submission: z.object({ at: z.number(), body: z.unknown() }).nullable(),
  allowed: z.boolean().nullable(),
  action: z.string().nullable(),
  polls: z.array(
    z.object({ at: z.number(), status: z.number().nullable(), failure: z.string().nullable(), problem: z.unknown() }),
  ),
  tariff: z.object({ at: z.number(), body: z.unknown() }).nullable(),
  trace: z.array(exchange),
});

export type ConnectionView = z.infer<typeof connectionSchema>;

export const createdSchema = z.object({ connect_token: z.string() });
