import { Decimal } from 'decimal.js';
import { z } from 'zod';
import { isCurrency, isZone } from '../codes.ts';
import { TIER_PERIODS } from '../provider-tariff.ts';

const DECIMAL = /^\d{1,20}(\.\d{1,20})?$/;
const isPositive = (value: number | string): boolean =>
  (typeof value === 'number' ? Number.isFinite(value) : DECIMAL.test(value)) && new Decimal(value).gt(0);

const divisorSchema = z
  .union([z.number(), z.string()])
  .refine(isPositive, { error: 'a positive number, or one in a string such as "100"' });

/**
 * What a provider declares about a source because its payload does not say it. Every fact is optional; what neither
 * the payload nor the declaration says is a problem when the canonical tariff needs it.
 */
export const declareSchema = z.strictObject({
  /** How many of the source's units make one major unit per kWh: 100 for pence, 1000 for EUR/MWh. */
  price_divisor: divisorSchema.default(1),
  /** The same for standing charges per day, which often count in another unit than prices. */
  standing_charge_divisor: divisorSchema.default(1),
  /** What the source's prices hold. */
  vat: z.enum(['included', 'excluded']).optional(),
  /** A fraction: 0.05 for five per cent. */
  vat_rate: z.number().min(0).lt(1).optional(),
  /** Serve prices with VAT although the source's are without. */
  output_vat: z.literal('included').optional(),
  price_includes: z.array(z.string().trim().min(1).max(60)).min(1).optional(),
  /** The zone of local times in the payload, and of the tariff when the mapping names none. */
  timezone: z.string().refine(isZone, { error: 'an IANA time zone' }).optional(),
  currency: z.string().refine(isCurrency, { error: 'an ISO 4217 currency' }).optional(),
  /** `closed`: an interval's end names its last minute (06:59) or second (06:59:59). */
  interval_end: z.enum(['open', 'closed']).default('open'),
  /** `blocks`: to_kwh is each tier's own size, not the threshold counted from zero. */
  tiers: z.enum(['cumulative', 'blocks']).default('cumulative'),
  tier_period: z.enum(TIER_PERIODS).optional(),
  /** Instead of the room's own table: the largest price per kWh, up or down, that can be true (major units). */
  price_limit: z.number().positive().optional(),
  /** Fill the next 24 hours from known prices when the source knows less; served with `confidence` below 1. */
  estimate: z
    .strictObject({
      from: z.enum(['previous_day', 'previous_week']),
      confidence: z.number().gt(0).lt(1),
    })
    .optional(),
});

/** The facts with their defaults; `declareSchema.parse({})` is a source that needs none. */
export type Declare = z.output<typeof declareSchema>;
export type Estimate = NonNullable<Declare['estimate']>;
