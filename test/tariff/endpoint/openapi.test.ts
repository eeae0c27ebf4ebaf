import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import express, { type Express } from 'express';
import request, { type Response } from 'supertest';
import type { GrantLookup } from '../../../src/sharing/grants.ts';
import { createOpenApiRouter, openApiDocument } from '../../../src/tariff/endpoint/openapi.ts';
import { PROBLEM_NAMES, sendProblem } from '../../../src/tariff/endpoint/problems.ts';
import { createTariffRouter, type TariffEndpointParts } from '../../../src/tariff/endpoint/router.ts';
import { createMapper } from '../../../src/tariff/mapping/mapper.ts';
import { createTariffReader, type TariffReader } from '../../../src/tariff/reader.ts';
import { but, flat, halfHours, night, tiered, type Json } from '../model/fixtures.ts';
import {
  HEAD,
  json,
  NO_SUPPLIES,
  packOf,
  quiet,
  removePackFolders,
  startServer,
  type LocalServer,
} from '../support.ts';

const publicUrl = new URL('https://connect.example.com');
const now = Date.parse('2026-05-12T11:00:00Z');

/** A validator of its own make: nothing of the schemas' library takes part. */
const ajv = new Ajv2020({ allErrors: true });
addFormats.default(ajv);

const mapper = createMapper({ processes: 1 });
let source: Record<string, unknown>;
let server: LocalServer;
let reader: TariffReader;

beforeEach(async () => {
  source = {};
  server = await startServer(({ url }, res) => {
    const said = source[url.slice(1)];
    json(res, said ?? {}, said === undefined ? 404 : 200);
  });
  const pack = packOf(
    `${HEAD}${NO_SUPPLIES}
tariff:
  source: http
  url: "${server.origin}/{supply_id}"`,
  );
  reader = createTariffReader({ pack, mapper, clock: () => now, log: quiet, env: {} });
});
afterEach(async () => {
  await reader.close();
  await server.close();
});
afterAll(async () => {
  removePackFolders();
  await mapper.close();
});

const token = 'a'.repeat(43);
const grants = {
  find: (accessToken: string): Promise<GrantLookup> =>
    Promise.resolve(
      accessToken === token
        ? {
            status: 'active',
            grantId: 'grt_1',
            expiresAt: now + 86_400_000,
            entitledAt: now,
            supply: { id: 'S-1', account_id: null, meter_point_id: null },
            customer: { sub: 'alice', claims: {} },
          }
        : { status: 'ended', reason: 'withdrawn' },
    ),
  touch: () => Promise.resolve(),
};

function adapter(parts: Partial<TariffEndpointParts> = {}): Express {
  const polled: TariffEndpointParts = {
    grants,
    reader,
    entitlement: { lost: () => Promise.resolve(null) },
    clock: () => now,
    log: quiet,
    pollerApiKeys: [],
    polling: { max_per_hour: 60 },
    ...parts,
  };
  const app = express();
  app.disable('etag').set('query parser', false);
  app.use(createOpenApiRouter({ publicUrl, pollerApiKeys: polled.pollerApiKeys }));
  app.use(createTariffRouter(polled));
  return app;
}

const poll = (app: Express, query = '', bearer = token) =>
  request(app).get(`/tariff${query}`).set('authorization', `Bearer ${bearer}`);

/** The part of a document a JSON pointer names. */
const valueAt = (document: unknown, pointer: string): Json | undefined =>
  pointer.split('/').reduce<Json | undefined>((at, step) => at?.[step] as Json | undefined, document as Json);

interface Described {
  content?: Record<string, { schema: Record<string, unknown> }>;
  headers: Record<string, unknown>;
}

/** What the published document says of an answer with this status. */
async function described(app: Express, status: number): Promise<Described> {
  const { body } = await request(app).get('/openapi.json').expect(200);
  const follow = (node: Json): Json =>
    node.$ref === undefined ? node : (valueAt(body, String(node.$ref).slice(2)) ?? {});
  const named = body.paths['/tariff'].get.responses[status] ?? body.components.responses.MethodNotAllowed;
  const answer = follow(named);
  const content = Object.entries<Json>(answer.content ?? {}).map(([type, { schema }]) => [
    type,
    { schema: follow(schema) },
  ]);
  return { headers: answer.headers, ...(content.length > 0 && { content: Object.fromEntries(content) }) };
}

/** Everything in which an answer is not as the published document says. */
async function deviations(app: Express, answer: Response): Promise<unknown[]> {
  const { content = {}, headers } = await described(app, answer.status);
  const type = String(answer.headers['content-type']).split(';')[0] ?? '';
  const schema = content[type]?.schema;
  if (schema === undefined) return [`${type} is not described for ${answer.status}`];
  const validate = ajv.compile(schema);
  const missing = Object.keys(headers).filter((name) => answer.headers[name.toLowerCase()] === undefined);
  return [...(validate(answer.body) ? [] : (validate.errors ?? [])), ...missing];
}

const withCharge = () =>
  but(flat(), ({ tariff }) => {
    tariff.standing_charge = { value: 0.4625, vat_included: true };
    tariff.not_expressed = [{ code: 'discount', detail: 'paid by direct debit' }];
  });
const endless = () => but(flat(), ({ contract }) => delete contract.end_date);
const dayAndMore = () => halfHours(Array.from({ length: 60 }, (_, index) => 0.2 + index / 1000));
const inPence = () => JSON.parse(JSON.stringify(flat()).replace('0.2835', '28.35')) as unknown;

describe('GET /openapi.json', () => {
  test('is public, JSON, and OpenAPI 3.1', async () => {
    const answer = await request(adapter()).get('/openapi.json').expect(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.body).toMatchObject({ openapi: '3.1.1', servers: [{ url: 'https://connect.example.com' }] });
  });

  test.each([
    ['no API key agreed', [], [{ grant: [] }], ['grant']],
    ['an API key agreed', ['key-of-sixteen-characters'], [{ grant: [], poller: [] }], ['grant', 'poller']],
  ])('says who may poll: %s', (_, pollerApiKeys, security, schemes) => {
    const { paths, components } = openApiDocument({ publicUrl, pollerApiKeys });
    expect(paths['/tariff'].get.security).toEqual(security);
    expect(Object.keys(components.securitySchemes)).toEqual(schemes);
  });

  test('holds no key', () => {
    const pollerApiKeys = ['key-of-sixteen-characters'];
    expect(JSON.stringify(openApiDocument({ publicUrl, pollerApiKeys }))).not.toContain('key-of-sixteen');
  });

  test('is in one dialect and refers to nothing that is not there', () => {
    const document = openApiDocument({ publicUrl, pollerApiKeys: [] });
    expect(JSON.stringify(document)).not.toContain('$schema');
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    const found = refs.map((path) => valueAt(document, path));
    expect(refs.length).toBeGreaterThan(10);
    expect(found.filter((node) => node === undefined)).toEqual([]);
  });
});

describe('what is served is what is described', () => {
  test.each<[string, () => unknown]>([
    ['a fixed tariff', flat],
    ['a contract without an end', endless],
    ['day and night', night],
    ['tiers', tiered],
    ['a standing charge and what cannot be said', withCharge],
    ['half-hourly prices', dayAndMore],
    ['prices that end before the day is covered', halfHours],
  ])('%s', async (_, payload) => {
    source['S-1'] = payload();
    const app = adapter();
    expect(await deviations(app, await poll(app).expect(200))).toEqual([]);
  });

  test('nothing changed', async () => {
    source['S-1'] = flat();
    const app = adapter();
    const { headers } = await poll(app).expect(200);
    const answer = await poll(app).set('if-none-match', String(headers.etag)).expect(304);
    const { headers: said } = await described(app, 304);
    expect(Object.keys(said).filter((name) => answer.headers[name.toLowerCase()] === undefined)).toEqual([]);
  });

  test.each<[number, string, () => Promise<Answered>]>([
    [400, 'a range that is none', () => asked(adapter(), '?from=yesterday')],
    [401, 'no credentials', () => answered(adapter(), (app) => request(app).get('/tariff'))],
    [401, 'a withdrawn grant', () => asked(adapter(), '', 'b'.repeat(43))],
    [401, 'a missing key', () => asked(adapter({ pollerApiKeys: ['key-of-sixteen-characters'] }))],
    [405, 'another method', () => answered(adapter(), (app) => request(app).delete('/tariff'))],
    [429, 'too many polls', () => askedTwice(adapter({ polling: { max_per_hour: 1 } }))],
    [500, 'a fault of ours', () => asked(adapter({ grants: { ...grants, find: () => Promise.reject(new Error()) } }))],
    [503, 'a source that knows nothing', () => asked(adapter())],
    [503, 'prices in pence', () => saying(inPence())],
    [503, 'a tariff of another kind', () => saying({ not_supported: 'prepayment' })],
  ])('%i: %s', async (status, _, journey) => {
    const [app, answer] = await journey();
    expect(answer.status).toBe(status);
    expect(await deviations(app, answer)).toEqual([]);
  });
});

type Answered = [Express, Response];

const answered = async (app: Express, ask: (app: Express) => PromiseLike<Response>): Promise<Answered> => [
  app,
  await ask(app),
];
const asked = (app: Express, query = '', bearer = token): Promise<Answered> =>
  answered(app, () => poll(app, query, bearer));
const askedTwice = async (app: Express): Promise<Answered> => {
  await poll(app);
  return asked(app);
};
const saying = (said: unknown): Promise<Answered> => {
  source['S-1'] = said;
  return asked(adapter());
};

describe('every kind of problem', () => {
  test.each(PROBLEM_NAMES)('%s is described for the status it comes with', async (name) => {
    const app = express();
    app.use(createOpenApiRouter({ publicUrl, pollerApiKeys: [] }));
    app.get('/problem', (_req, res) => sendProblem(res, name));
    const answer = await request(app).get('/problem');
    const { content } = await described(app, answer.status);
    expect(ajv.validate(content?.['application/problem+json']?.schema ?? false, answer.body)).toBe(true);
  });
});

describe('the description is strict: it tells a wrong answer from a right one', () => {
  test.each<[string, (tariff: Json) => void]>([
    [
      'a price as text',
      (body) => (body.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[0].value = '0.3'),
    ],
    ['a day by its short name', (body) => (body.tariff.schedules[0].schedule[0].days_and_hours[0].days = ['Mon'])],
    ['a contract that starts on a date', (body) => (body.contract.start_date = '2026-01-01')],
    ['no end said', (body) => delete body.contract.end_date],
    ['a customer’s number', (body) => (body.supply_id = 'S-1')],
    ['coverage of another word', (body) => (body.coverage.status = 'mostly')],
  ])('%s', async (_, spoil) => {
    source['S-1'] = flat();
    const app = adapter();
    const { body } = await poll(app).expect(200);
    const { content } = await described(app, 200);
    const schema = content?.['application/json']?.schema ?? true;
    expect(ajv.validate(schema, body)).toBe(true);
    spoil(body);
    expect(ajv.validate(schema, body)).toBe(false);
  });
});
