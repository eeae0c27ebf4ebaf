import { z } from 'zod';
import { boundText } from './model/moments.ts';

/** What a supplies source answers, directly or through its mapping: the contracts a signed-in customer may share. */

const text = (max: number) => z.string().trim().min(1).max(max);
const absent = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);

const bound = z
  .string()
  .refine(
    (value) => boundText(value, 'UTC') !== null,
    'must be a date (2025-04-01) or an RFC 3339 date-time with its offset',
  );

const line = absent(z.string().trim().max(200)).transform((value) => (value === '' ? null : value));

const UNAVAILABLE_REASONS = [
  'moved_out',
  'not_account_holder',
  'business_authority',
  'switch_pending',
  'not_supported',
  'other',
] as const;

const supplySchema = z.object({
  /** The provider's own identifier; it never leaves the adapter. */
  id: text(200),
  account_id: absent(text(200)),
  meter_point_id: absent(text(200)),
  label: text(200),
  direction: z.enum(['IMPORT', 'EXPORT']),
  tariff_name: absent(text(200)),
  postal_address: absent(
    z.object({
      address_line1: line,
      address_line2: line,
      city: line,
      state: line,
      post_code: line,
      country_code: absent(z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166 country code')),
    }),
  ),
  contract: absent(z.object({ start_date: absent(bound), end_date: absent(bound) })),
  status: z.enum(['available', 'unavailable']),
  reason: absent(z.enum(UNAVAILABLE_REASONS)),
  reason_text: absent(text(300)),
});

const MAX_SUPPLIES = 20_000;

export const suppliesSchema = z.object({
  supplies: z
    .array(supplySchema)
    .max(MAX_SUPPLIES)
    .superRefine((supplies, context) => {
      const seen = new Set<string>();
      supplies.forEach(({ id }, index) => {
        if (seen.has(id)) context.addIssue({ code: 'custom', message: 'must be unique', path: [index, 'id'] });
        seen.add(id);
      });
    }),
  /** The address of the next page, on the same host as this one. */
  next: z.string().nullish(),
});

/** One electricity contract at one address. Contract dates are RFC 3339 date-times with an offset. */
export type Supply = z.output<typeof supplySchema>;
