import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import express, { type Express } from 'express';
import type { Store } from 'express-rate-limit';
import request from 'supertest';
import { createLog } from '../../../src/base/log.ts';
import type { GrantLookup } from '../../../src/sharing/grants.ts';
import { PROBLEM_NAMES, problemType } from '../../../src/tariff/endpoint/problems.ts';
import { createTariffRouter, type TariffEndpointParts } from '../../../src/tariff/endpoint/router.ts';
import { createMapper } from '../../../src/tariff/mapping/mapper.ts';
import { providerTariffSchema } from '../../../src/tariff/model/provider-tariff.ts';
import { createTariffReader, type TariffReader } from '../../../src/tariff/reader.ts';
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

const mapper = createMapper({ processes: 1 });
const tariffOf = (value: number) => ({
  contract: { start_date: '2024-01-01' },
  tariff: {
    provider_tariff_reference: 'FIX-1',
    display_name: 'Fixed',
    direction: 'IMPORT',
    type: 'COMMODITY',
    structure: 'FIXED',
    timezone: 'Europe/London',
    vat: { included: true, rate: 0.05 },
    price_includes: ['energy'],
    schedules: [
      {
        valid_from: '2024-01-01',
        schedule: [
          {
            months: ['All'],
            days_and_hours: [
              { days: ['All'], hours: [{ valid_from: '00:00:00', valid_to: '00:00:00', rate: [{ value }] }] },
            ],
          },
        ],
      },
    ],
  },
});

const token = (name: string) => name.padEnd(43, '0');
const grantFor = (supply: string): GrantLookup => ({
  status: 'active',
  grantId: `grt_${supply}`,
  expiresAt: Date.parse('2026-01-15T12:00:00Z'),
  entitledAt: Date.parse('2025-01-15T12:00:00Z'),
  supply: { id: supply, account_id: null, meter_point_id: null },
  customer: { sub: `sub-of-${supply}`, claims: {} },
});

/** What the source says now, by supply. */
let source: Record<string, unknown>;
let server: LocalServer;
let reader: TariffReader;
let time: number;
let touched: [string, number][];
let lines: string[];
/** Grants whose supply the customer has left. */
let left: Set<string>;

beforeEach(async () => {
  time = Date.parse('2025-01-15T12:00:00Z');
  source = { 'S-1': tariffOf(0.2835), 'S-2': tariffOf(0.1) };
  touched = [];
  lines = [];
  left = new Set();
  server = await startServer(({ url }, res) => {
    const said = source[url.slice(1)];
    json(res, said ?? {}, said === undefined ? 404 : 200);
  });
  const pack = packOf(`${HEAD}${NO_SUPPLIES}\ntariff: { source: http, url: "${server.origin}/{supply_id}" }`);
  reader = createTariffReader({ pack, mapper, clock: () => time, log: quiet, env: {} });
});
afterEach(async () => {
  await reader.close();
  await server.close();
});
afterAll(async () => {
  removePackFolders();
  await mapper.close();
});

const destination = new Writable({
  write(chunk: Buffer, _encoding, done) {
    lines.push(chunk.toString());
    done();
  },
});

function adapter(parts: Partial<TariffEndpointParts> = {}): Express {
  const shelf: Record<string, GrantLookup> = {
    [token('one')]: grantFor('S-1'),
    [token('two')]: grantFor('S-2'),
    [token('gone')]: grantFor('S-9'),
  };
  for (const reason of ['withdrawn', 'expired', 'supply_left', 'access_ended', 'not_delivered', 'replaced'] as const) {
    shelf[token(reason)] = { status: 'ended', reason };
  }
  const app = express();
  app.disable('etag').set('query parser', false);
  app.use(
    createTariffRouter({
      grants: {
        find: (accessToken) => Promise.resolve(shelf[accessToken] ?? { status: 'unknown' }),
        touch: (grantId, at) => {
          touched.push([grantId, at]);
          return Promise.resolve();
        },
      },
      reader,
      entitlement: { lost: (grant) => Promise.resolve(left.has(grant.grantId) ? 'supply_left' : null) },
      clock: () => time,
      log: createLog('debug', destination),
      pollerApiKeys: [],
      polling: { max_per_hour: 60 },
      ...parts,
    }),
  );
  return app;
}

const poll = (app: Express, name = 'one', query = '') =>
  request(app)
    .get(`/tariff${query}`)
    .set('authorization', `Bearer ${token(name)}`);

describe('a poll', () => {
  test('is answered with the tariff of the grant’s supply', async () => {
    const answer = await poll(adapter()).expect(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'private, no-cache',
      etag: expect.stringMatching(/^W\/"[\w-]+"$/),
    });
    expect(providerTariffSchema.safeParse(answer.body).error).toBeUndefined();
    expect(answer.body).toMatchObject({
      tariff: { schedules: [{ schedule: [{ days_and_hours: [{ hours: [{ rate: [{ value: 0.2835 }] }] }] }] }] },
      coverage: { status: 'complete', last_good: false },
      grant: { expires_at: '2026-01-15T12:00:00Z' },
    });
  });

  test('never gets another grant’s tariff, and says nothing of identifiers', async () => {
    const app = adapter();
    const [one, two] = await Promise.all([poll(app, 'one'), poll(app, 'two')]);
    expect(JSON.stringify(one.body)).toContain('0.2835');
    expect(JSON.stringify(two.body)).not.toContain('0.2835');
    for (const secret of ['S-1', 'S-2', 'sub-of']) expect(one.text + two.text).not.toContain(secret);
  });

  test('is noted with its moment', async () => {
    await poll(adapter()).expect(200);
    expect(touched).toEqual([['grt_S-1', time]]);
  });

  test('that cannot be noted is answered all the same', async () => {
    const grants = { find: () => Promise.resolve(grantFor('S-1')), touch: () => Promise.reject(new Error('locked')) };
    await poll(adapter({ grants })).expect(200);
  });

  test('asks by HEAD for the headers alone', async () => {
    const answer = await request(adapter())
      .head('/tariff')
      .set('authorization', `Bearer ${token('one')}`)
      .expect(200);
    expect(answer.headers.etag).toMatch(/^W\//);
    expect(answer.text).toBeFalsy();
  });
});

describe('the validator', () => {
  test('is answered 304 while contract and prices are the same, though fetched again', async () => {
    const app = adapter();
    const { headers } = await poll(app).expect(200);
    time += 3_600_000;
    const answer = await poll(app).set('if-none-match', String(headers.etag)).expect(304);
    expect(answer.text).toBe('');
    expect(answer.headers).toMatchObject({ etag: headers.etag, 'cache-control': 'private, no-cache' });
    expect(touched).toHaveLength(2);
  });

  test('changes with a price', async () => {
    const app = adapter();
    const { headers } = await poll(app).expect(200);
    source['S-1'] = tariffOf(0.29);
    time += 3_600_000;
    const answer = await poll(app).set('if-none-match', String(headers.etag)).expect(200);
    expect(answer.headers.etag).not.toBe(headers.etag);
  });
});

describe('who may poll', () => {
  test('no credential: a challenge without an error (RFC 6750 §3.1)', async () => {
    const answer = await request(adapter()).get('/tariff').expect(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="tariff"');
    expect(answer.body).toMatchObject({ status: 401, code: 'token_missing', type: problemType('token_missing') });
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  test.each([
    ['another scheme', 'Basic dXNlcjpwYXNz', 'token_missing'],
    ['no token', 'Bearer', 'token_invalid'],
    ['two tokens', `Bearer ${token('one')} ${token('two')}`, 'token_invalid'],
    ['a token of another alphabet', `Bearer ${token('one')}%00`, 'token_invalid'],
    ['an endless token', `Bearer ${'a'.repeat(5000)}`, 'token_invalid'],
    ['an unknown token', `Bearer ${token('nobody')}`, 'token_invalid'],
  ])('%s is 401', async (_, authorization, code) => {
    const answer = await request(adapter()).get('/tariff').set('authorization', authorization).expect(401);
    expect(answer.body.code).toBe(code);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="tariff"/);
  });

  test('a token in the address is not looked at', async () => {
    const answer = await request(adapter())
      .get(`/tariff?access_token=${token('one')}`)
      .expect(401);
    expect(answer.body.code).toBe('token_missing');
  });

  test.each(['withdrawn', 'expired', 'supply_left', 'access_ended', 'not_delivered', 'replaced'])(
    'the holder of a grant that was once good is told: %s',
    async (reason) => {
      const answer = await poll(adapter(), reason).expect(401);
      expect(answer.headers['www-authenticate']).toMatch(
        /^Bearer realm="tariff", error="invalid_token", error_description="\w+"$/,
      );
      expect(answer.body).toMatchObject({
        code: `grant_${reason}`,
        type: `urn:provider-adapter:problem:grant_${reason}`,
      });
      expect(answer.headers['cache-control']).toBe('no-store');
    },
  );

  test.each([
    ['one', 200],
    ['gone', 503],
  ])('a customer who has left the supply is told so, whatever its source says (%s)', async (name, before) => {
    const app = adapter();
    await poll(app, name).expect(before);
    left.add('grt_S-1').add('grt_S-9');
    const answer = await poll(app, name).expect(401);
    expect(answer.body.code).toBe('grant_supply_left');
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  describe('with API keys', () => {
    const app = () => adapter({ pollerApiKeys: ['first-key-of-sixteen', 'second-key-of-sixteen'] });

    test.each([['first-key-of-sixteen'], ['second-key-of-sixteen']])('%s opens', async (key) => {
      await poll(app()).set('x-api-key', key).expect(200);
    });

    test.each([[''], ['first-key-of-sixteem'], ['first-key-of-sixteen,second-key-of-sixteen']])(
      '"%s" does not',
      async (key) => {
        const answer = await poll(app()).set('x-api-key', key).expect(401);
        expect(answer.body.code).toBe('api_key_invalid');
      },
    );

    test('without any, nothing is said about the token', async () => {
      const answer = await poll(app(), 'withdrawn').expect(401);
      expect(answer.body.code).toBe('api_key_invalid');
    });
  });
});

describe('a range', () => {
  test.each([
    ['?from=yesterday', 'from'],
    ['?from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z', 'before'],
    ['?from=2025-01-01T00:00:00Z&to=2025-06-01T00:00:00Z', '90 days'],
    ['?from=2025-01-01T00:00:00Z&from=2025-01-01T00:00:00Z', 'more than once'],
    ['?to=2020-01-01T00:00:00Z', 'before'],
  ])('%s is 400 with the reason', async (query, detail) => {
    const answer = await poll(adapter(), 'one', query).expect(400);
    expect(answer.body).toMatchObject({ code: 'range_invalid', detail: expect.stringContaining(detail) });
  });
});

describe('the polling policy', () => {
  test('is said in every answer', async () => {
    const { headers } = await poll(adapter({ polling: { max_per_hour: 5 } })).expect(200);
    expect(headers['ratelimit-policy']).toMatch(/^"polls"; q=5; w=3600/);
    expect(headers.ratelimit).toMatch(/^"polls"; r=4; t=\d+/);
  });

  test('beyond it is 429 with the time to wait, for that grant alone', async () => {
    const app = adapter({ polling: { max_per_hour: 2 } });
    await poll(app).expect(200);
    await poll(app).expect(200);
    const answer = await poll(app).expect(429);
    expect(answer.body).toMatchObject({ code: 'too_many_polls', type: problemType('too_many_polls') });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    await poll(app, 'two').expect(200);
  });

  test('does not stop polls while they cannot be counted', async () => {
    const store: Store = {
      increment: () => Promise.reject(new Error('down')),
      decrement: () => Promise.resolve(),
      resetKey: () => Promise.resolve(),
    };
    await poll(adapter({ store })).expect(200);
  });
});

describe('when there is nothing true to say', () => {
  test.each<[name: string, said: unknown, code: string]>([
    ['the source does not know the supply', undefined, 'tariff_unavailable'],
    ['the source talks in pence', tariffOf(28.35), 'tariff_invalid'],
    ['the source answers with an error', { errors: [{ detail: 'x' }] }, 'tariff_invalid'],
    ['the kind of tariff cannot be served', { not_supported: 'prepayment' }, 'tariff_not_supported'],
  ])('%s: 503 and when to ask again', async (_, said, code) => {
    if (said !== undefined) source['S-9'] = said;
    const answer = await poll(adapter(), 'gone').expect(503);
    expect(answer.body).toMatchObject({ code, status: 503, type: problemType(code as never) });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.headers.etag).toBeUndefined();
    expect(touched).toEqual([]);
  });

  test('the log says why, without the customer', async () => {
    source['S-9'] = tariffOf(28.35);
    await poll(adapter(), 'gone').expect(503);
    const said = lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'tariff_not_served');
    expect(said).toMatchObject({ code: 'tariff_invalid', cause: 'price_out_of_bounds', grant: 'grt_S-9' });
    expect(lines.join('')).not.toContain('sub-of');
    expect(lines.join('')).not.toContain(token('gone'));
  });

  test('prices that are all of the past are none', async () => {
    const prices = [{ valid_from: '2025-01-10T00:00:00Z', valid_to: '2025-01-11T00:00:00Z', price: { value: 0.2 } }];
    source['S-9'] = {
      contract: { start_date: '2024-01-01' },
      tariff: { ...tariffOf(0).tariff, schedules: undefined, structure: 'DYNAMIC', prices },
    };
    const app = adapter();
    expect((await poll(app, 'gone').expect(503)).body.code).toBe('tariff_unavailable');
    const range = '?from=2025-01-10T00:00:00Z&to=2025-01-10T06:00:00Z';
    expect((await poll(app, 'gone', range).expect(200)).body.tariff.prices).toEqual([
      { valid_from: '2025-01-10T00:00:00Z', valid_to: '2025-01-10T06:00:00Z', price: { value: 0.2, confidence: 1 } },
    ]);
  });

  test('a fault of ours is 500, and says nothing of it', async () => {
    const grants = { find: () => Promise.reject(new Error('database at 10.0.0.3')), touch: () => Promise.resolve() };
    const answer = await poll(adapter({ grants })).expect(500);
    expect(answer.body.code).toBe('internal');
    expect(answer.text).not.toContain('10.0.0.3');
  });
});

test.each(['post', 'put', 'delete', 'patch'] as const)('%s is 405', async (method) => {
  const answer = await request(adapter())[method]('/tariff').expect(405);
  expect(answer.headers.allow).toBe('GET, HEAD');
  expect(answer.body.code).toBe('method_not_allowed');
});

test('every kind of problem has a type of its own', () => {
  expect(new Set(PROBLEM_NAMES.map(problemType)).size).toBe(PROBLEM_NAMES.length);
});
