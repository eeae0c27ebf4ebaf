import { z } from 'zod';
import { agreementSource, mappingFile, pricesSource, suppliesSource } from './source-schema.ts';

/** `provider.yaml` as it is written; load.ts turns it into a Pack with its files at hand. */

const text = z.string().trim().min(1, 'must not be empty').max(200, 'must be at most 200 characters');

/** Becomes a link on a page, so only schemes that open a web page (`javascript:` is a URL too). */
const link = z.string().refine((value) => {
  const url = URL.parse(value);
  return url !== null && ['https:', 'http:'].includes(url.protocol) && !url.username && !url.password;
}, 'must be an absolute https (or http) address without user name');

const brand = z.strictObject({
  name: text,
  logo: z
    .string()
    .regex(/\.(svg|png|jpe?g|webp)$/i, 'must name an image of the pack: .svg, .png, .jpg or .webp')
    .optional(),
  accent: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour as "#rrggbb"')
    .optional(),
  support_url: link.optional(),
  terms_url: link.optional(),
  privacy_url: link.optional(),
});

const isCountry = (code: string) =>
  /^[A-Z]{2}$/.test(code) && new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code) !== undefined;

const isCurrency = (code: string) => Intl.supportedValuesOf('currency').includes(code);

/** A name from the IANA database; a bare offset such as "+01:00" would ignore summer time. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

const twoSteps = z.strictObject({ agreement: agreementSource.optional(), prices: pricesSource });

export const providerSchema = z.strictObject({
  brand,
  country: z.string().refine(isCountry, 'must be an ISO 3166 country code of two capital letters, such as GB'),
  timezone: z.string().refine(isZone, 'must be a time zone of the IANA database, such as Europe/London'),
  currency: z.string().refine(isCurrency, 'must be an ISO 4217 currency code, such as GBP'),
  // Data protection by default: what nobody asked to share is not shared.
  share: z
    .strictObject({ postal_address: z.enum(['full', 'postcode', 'none']).default('none') })
    .default({ postal_address: 'none' }),
  supplies: suppliesSource,
  tariff: z.union([twoSteps, pricesSource]),
  polling: z.strictObject({ max_per_hour: z.int().min(1).max(3600).default(60) }).default({ max_per_hour: 60 }),
  flatpeak: z.strictObject({ submission: mappingFile.optional() }).default({}),
});

export type ProviderYaml = z.output<typeof providerSchema>;
