import { z } from 'zod';
import { placeholdersOf, strayBraces } from './template.ts';

/** Shapes of one source in `provider.yaml`. Messages say what is wanted; the path is put in front of them. */

const text = z.string().trim().min(1, 'must not be empty');

/** An address of the provider's own network: https, or http with a warning (see load.ts). Never a user name. */
const address = text.refine((value) => {
  const url = URL.parse(value);
  return url !== null && ['https:', 'http:'].includes(url.protocol) && !url.username && !url.password && !url.hash;
}, 'must be an absolute https address (http inside your own network) without user name or fragment');

/** Scheme and host decide who gets the credentials, so they are fixed; placeholders fill path and query only. */
const addressTemplate = text
  .refine((value) => strayBraces(value).length === 0, {
    error: (issue) =>
      `holds ${strayBraces(String(issue.input)).join(' ')}, which is no placeholder; known are {sub}, {claims.NAME}, ` +
      '{supply_id}, {account_id}, {meter_point_id}, {agreement.NAME}, {from} and {to}',
  })
  .refine((value) => {
    const origin = /^https?:\/\/[^/?#]*/i.exec(value)?.[0] ?? '';
    const url = URL.parse(value);
    return (
      placeholdersOf(origin).length === 0 &&
      url !== null &&
      origin !== '' &&
      !url.username &&
      !url.password &&
      !url.hash
    );
  }, 'must be an absolute https address (http inside your own network) without user name or fragment, with placeholders in its path and query only');

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of an HTTP header')
  .refine(
    (name) => !/^(host|content-length|transfer-encoding|connection|expect|upgrade)$/i.test(name),
    'is set by the connection itself and cannot be set here',
  );

const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, 'must be one line of printable ASCII');

const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('header'), name: headerName, value: headerValue.min(1, 'must not be empty') }),
  z.strictObject({
    type: z.literal('client_credentials'),
    token_url: address,
    client_id: text,
    client_secret: text,
    scope: text.optional(),
  }),
  z.strictObject({ type: z.literal('customer_token') }),
]);

const tls = z
  .strictObject({ ca_file: text.optional(), cert_file: text.optional(), key_file: text.optional() })
  .refine(
    (files) => (files.cert_file === undefined) === (files.key_file === undefined),
    'must hold cert_file and key_file together, or neither',
  );

/** JSONata in a file of the pack, turning the answer into our shape. */
export const mappingFile = text.refine(
  (file) => file.endsWith('.jsonata'),
  'must name a .jsonata file of the pack, for example mappings/supplies.jsonata',
);

/** A known format, instead of a mapping; which names there are is known to the tariff room, which checks them. */
const preset = z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be the name of a preset, such as price-series');

/** Which of several things in an answer is meant: way of paying, meter point, area … */
const select = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({});

/** What every kind of source may carry besides its own fields. */
const shaping = { mapping: mappingFile.optional() };

/** `key`: what decides the prices; supplies with the same key share one answer. */
const pricing = {
  key: text
    .refine(
      (value) => strayBraces(value).length === 0 && placeholdersOf(value).length > 0,
      'must hold at least one placeholder and nothing else in braces, for example "{agreement.product}|{agreement.region}"',
    )
    .optional(),
  preset: preset.optional(),
  // Facts about the payload that it does not say itself; the tariff room, whose words they are, checks them.
  declare: z.record(z.string(), z.unknown()).default({}),
  select,
};

const http = {
  source: z.literal('http'),
  url: addressTemplate,
  method: z.enum(['GET', 'POST']).default('GET'),
  headers: z.record(headerName, headerValue).default({}),
  body: z.union([text, z.record(z.string(), z.unknown())]).optional(),
  auth: auth.default({ type: 'none' }),
  tls: tls.optional(),
  max_concurrency: z.int().min(1).max(1000).default(8),
};

/** `customer`, `supply`: under which name the book holds this customer's or this supply's entry. */
const book = { source: z.literal('book'), file: text };
const bookKey = text.refine(
  (value) => strayBraces(value).length === 0 && placeholdersOf(value).length > 0,
  'must hold a placeholder, for example {claims.customer_number}',
);

const customerToken = z.strictObject({ type: z.literal('customer_token') });

const esModule = {
  source: z.literal('module'),
  /** What the module is handed; other credentials are its own affair. */
  auth: customerToken.optional(),
  module: text.refine((file) => /\.m?js$/.test(file), 'must name an ES module (.js or .mjs) of the pack'),
};

const onlyOneShape = [
  (value: { mapping?: string | undefined; preset?: string | undefined }) =>
    value.mapping === undefined || value.preset === undefined,
  'takes a mapping or a preset, not both',
] as const;

const bodyOnlyWithPost = [
  (value: { method?: string; body?: unknown }) => value.body === undefined || value.method === 'POST',
  'has a body, so its method must be POST',
] as const;

export const suppliesSource = z.discriminatedUnion('source', [
  z.strictObject({ ...http, ...shaping }).refine(...bodyOnlyWithPost),
  z.strictObject({ ...book, key: bookKey.optional(), ...shaping }),
  z.strictObject({ ...esModule, ...shaping }),
]);

const agreeing = { preset: preset.optional(), select };

export const agreementSource = z.discriminatedUnion('source', [
  z
    .strictObject({ ...http, ...shaping, ...agreeing })
    .refine(...bodyOnlyWithPost)
    .refine(...onlyOneShape),
  z.strictObject({ ...book, key: bookKey.optional(), ...shaping, ...agreeing }).refine(...onlyOneShape),
  z.strictObject({ ...esModule, ...shaping, ...agreeing }).refine(...onlyOneShape),
]);

export const pricesSource = z.discriminatedUnion('source', [
  z
    .strictObject({ ...http, ...shaping, ...pricing })
    .refine(...bodyOnlyWithPost)
    .refine(...onlyOneShape),
  z.strictObject({ ...book, ...shaping, ...pricing }).refine(...onlyOneShape),
  z.strictObject({ ...esModule, ...shaping, ...pricing }).refine(...onlyOneShape),
]);
