import { Router } from 'express';
import { z } from 'zod';
import { providerTariffSchema } from '../model/provider-tariff.ts';
import { problemType, type ProblemName } from './problems.ts';
import { jsonSchemaOf } from './served-schema.ts';

export interface OpenApiParts {
  /** Where pollers reach the adapter: scheme, host and port. */
  publicUrl: URL;
  /** When there are any, every poll must carry one of them as `X-Api-Key`. */
  pollerApiKeys: readonly unknown[];
}

/** `GET /openapi.json`: what a poller may ask and what it may be answered (OpenAPI 3.1). Needs no credentials. */
export function createOpenApiRouter(parts: OpenApiParts): Router {
  const text = JSON.stringify(openApiDocument(parts));
  const router = Router();
  router.get('/openapi.json', (_req, res) => {
    res.type('application/json').set('cache-control', 'public, max-age=3600').send(text);
  });
  return router;
}

const STATUSES = [400, 401, 405, 429, 500, 503] as const;
type Status = (typeof STATUSES)[number];

const RESPONSES = '#/components/responses';
const NAMES: Record<Status, string> = {
  400: 'BadRange',
  401: 'Unauthorized',
  405: 'MethodNotAllowed',
  429: 'TooManyPolls',
  500: 'InternalError',
  503: 'NoTariff',
};

/** The status each problem comes with. */
const STATUS_OF: Record<ProblemName, Status> = {
  range_invalid: 400,
  token_missing: 401,
  token_invalid: 401,
  api_key_invalid: 401,
  grant_withdrawn: 401,
  grant_expired: 401,
  grant_supply_left: 401,
  grant_access_ended: 401,
  grant_not_delivered: 401,
  grant_replaced: 401,
  method_not_allowed: 405,
  too_many_polls: 429,
  too_many_failures: 429,
  internal: 500,
  tariff_unavailable: 503,
  tariff_invalid: 503,
  tariff_not_supported: 503,
  try_later: 503,
};

const POLICY = ['RateLimit', 'RateLimit-Policy'];

/** What a problem of each status means to a poller, and the headers it comes with. */
const REFUSALS: Record<Status, { description: string; headers: string[] }> = {
  400: { description: '`from` or `to` is no instant, or they do not belong together.', headers: [] },
  401: {
    description:
      'No, a wrong or an ended credential (RFC 6750). `code` says to the holder of a grant that was once good why it ended.',
    headers: ['WWW-Authenticate'],
  },
  405: { description: 'Only GET and HEAD are answered.', headers: ['Allow'] },
  429: {
    description: 'Polled more often than the policy allows, or too many unknown credentials from one address.',
    headers: ['Retry-After', ...POLICY],
  },
  500: { description: 'A fault of the adapter.', headers: ['Retry-After'] },
  503: {
    description: 'There is nothing true to say about this tariff now.',
    headers: ['Retry-After', ...POLICY],
  },
};

/** The whole document. Schemas come from the zod schemas the adapter itself uses. */
export function openApiDocument({ publicUrl, pollerApiKeys }: OpenApiParts) {
  const keyed = pollerApiKeys.length > 0;
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tariff of a connected supply',
      version: '1.0.0',
      description: 'What an electricity supply costs, as its provider says it, for whoever holds a grant to know it.',
    },
    servers: [{ url: publicUrl.origin }],
    paths: {
      '/tariff': {
        description: `Methods other than GET and HEAD are answered with ${NAMES[405]}.`,
        get: {
          operationId: 'getTariff',
          summary: 'The tariff of the supply the grant is for',
          description:
            'Without `from` and `to`: prices from the start of today in the tariff’s own zone as far as they are known, at most 7 days. ' +
            '`next_update` says when asking again is worthwhile. HEAD answers the headers alone.',
          security: [{ grant: [], ...(keyed ? { poller: [] } : {}) }],
          parameters: [
            range('from', 'Prices from this instant on.'),
            range('to', 'Prices before this instant, at most 90 days after `from`.'),
            validator,
          ],
          responses: {
            200: {
              description: 'The tariff. Never one that breaks its own rules, never another customer’s.',
              headers: headersOf('ETag', 'Cache-Control', ...POLICY),
              content: { 'application/json': { schema: ref('ProviderTariff') } },
            },
            304: {
              description: 'Contract and tariff are those of the validator in `If-None-Match`.',
              headers: headersOf('ETag', 'Cache-Control', ...POLICY),
            },
            ...Object.fromEntries(
              STATUSES.filter((status) => status !== 405).map((status) => [
                status,
                { $ref: `${RESPONSES}/${NAMES[status]}` },
              ]),
            ),
          },
        },
      },
    },
    components: {
      securitySchemes: {
        grant: { type: 'http', scheme: 'bearer', description: 'The access token of the grant, from `auth_data`.' },
        ...(keyed && {
          poller: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The key agreed at onboarding.' },
        }),
      },
      headers: HEADERS,
      responses: Object.fromEntries(STATUSES.map((status) => [NAMES[status], refusal(status)])),
      schemas: { ProviderTariff: jsonSchemaOf(providerTariffSchema) },
    },
  };
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const headersOf = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const range = (name: string, description: string) => ({
  name,
  in: 'query',
  description: `${description} RFC 3339 with its offset; the + of an offset is written %2B.`,
  schema: { type: 'string', format: 'date-time' },
});

const validator = {
  name: 'If-None-Match',
  in: 'header',
  description: 'The `ETag` of an earlier answer.',
  schema: { type: 'string' },
};

const HEADERS = {
  ETag: {
    description: 'Weak, over contract and tariff: it holds while what a customer pays is the same.',
    schema: { type: 'string', pattern: '^W/"' },
  },
  'Cache-Control': { schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds.', schema: { type: 'integer', minimum: 0 } },
  RateLimit: { description: 'What is left of the policy for this grant.', schema: { type: 'string' } },
  'RateLimit-Policy': { description: 'How often one grant may be polled.', schema: { type: 'string' } },
  'WWW-Authenticate': { schema: { type: 'string' } },
  Allow: { schema: { type: 'string' } },
};

/** RFC 9457, with the problem's stable name as `code` and as the end of `type`. */
function refusal(status: Status) {
  const names = (Object.keys(STATUS_OF) as ProblemName[]).filter((name) => STATUS_OF[name] === status);
  const document = z.strictObject({
    type: z.enum(names.map(problemType)),
    title: z.string(),
    status: z.literal(status),
    detail: z.string().describe('For a person.'),
    code: z.enum(names).describe('Stable; tells a poller what to do.'),
  });
  const { description, headers } = REFUSALS[status];
  return {
    description,
    headers: headersOf(...headers),
    content: { 'application/problem+json': { schema: jsonSchemaOf(document) } },
  };
}
