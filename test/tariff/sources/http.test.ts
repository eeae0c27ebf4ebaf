import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { Failure } from '../../../src/base/failure.ts';
import { outbound } from '../../../src/base/outbound.ts';
import { createHttpSource, type HttpParts, type HttpSource } from '../../../src/tariff/sources/http.ts';
import type { DocumentSource, SourceContext } from '../../../src/tariff/sources/source.ts';
import {
  HEAD,
  json,
  NO_TARIFF,
  packOf,
  removePackFolders,
  startServer,
  type Asked,
  type LocalServer,
} from '../support.ts';

const running: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.close()));
});
afterAll(removePackFolders);

const context: SourceContext = {
  sub: 'sub-1',
  claims: { customer_number: 'C-1' },
  customerToken: () => Promise.resolve('customers-own-token'),
};

async function serverOf(answer: (asked: Asked, res: ServerResponse) => unknown): Promise<LocalServer> {
  const server = await startServer(answer);
  running.push(server);
  return server;
}

function sourceOf(fields: string, env: Record<string, string> = {}, parts: Partial<HttpParts> = {}): DocumentSource {
  const pack = packOf(`${HEAD}supplies: { source: http, ${fields} }\n${NO_TARIFF}`, {}, env);
  const source = createHttpSource(pack.supplies as HttpSource, {
    send: outbound,
    env,
    clock: systemClock,
    retryAfterMs: 1,
    timeoutMs: 300,
    ...parts,
  });
  running.push(source);
  return source;
}

const failureOf = (reading: Promise<unknown>): Promise<Failure> =>
  reading.then(
    () => {
      throw new Error('was answered');
    },
    (error: unknown) => error as Failure,
  );

describe('what is asked', () => {
  test('GET with the values in the address, and JSON wanted', async () => {
    const server = await serverOf((_, res) => json(res, { ok: true }));
    const { document } = await sourceOf(`url: "${server.origin}/c/{claims.customer_number}?s={sub}"`).read(context);
    expect(document).toEqual({ ok: true });
    expect(server.asked).toMatchObject([
      { method: 'GET', url: '/c/C-1?s=sub-1', headers: { accept: 'application/json' } },
    ]);
  });

  test('POST with headers and a body written as YAML, as GraphQL wants it', async () => {
    const server = await serverOf((_, res) => json(res, { data: {}, ok: 1 }));
    await sourceOf(
      `url: "${server.origin}/graphql", method: POST, headers: { X-Customer: "{claims.customer_number}" }, ` +
        'body: { query: "query($n: ID!) { customer(number: $n) {name} }", variables: { n: "{claims.customer_number}" } }',
    ).read(context);
    expect(server.asked[0]).toMatchObject({
      method: 'POST',
      headers: { 'x-customer': 'C-1', 'content-type': 'application/json' },
    });
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({
      query: 'query($n: ID!) { customer(number: $n) {name} }',
      variables: { n: 'C-1' },
    });
  });

  test.each([
    ['none', 'auth: { type: none }', undefined, undefined],
    ['a header', 'auth: { type: header, name: X-Key, value: "${KEY}" }', undefined, 'k3y'],
    ['the customer’s token', 'auth: { type: customer_token }', 'Bearer customers-own-token', undefined],
  ])('with %s', async (_, auth, authorization, key) => {
    const server = await serverOf((_asked, res) => json(res, { ok: true }));
    await sourceOf(`url: "${server.origin}/s", ${auth}`, { KEY: 'k3y' }).read(context);
    expect(server.asked[0]?.headers.authorization).toBe(authorization);
    expect(server.asked[0]?.headers['x-key']).toBe(key);
  });

  test('the customer’s token once more, renewed, when it is not taken', async () => {
    const refused: (string | undefined)[] = [];
    const server = await serverOf(({ headers }, res) =>
      json(res, { ok: true }, headers.authorization === 'Bearer second' ? 200 : 401),
    );
    const customerToken = (token?: string) => {
      refused.push(token);
      return Promise.resolve(token === undefined ? 'first' : 'second');
    };
    const source = sourceOf(`url: "${server.origin}/s", auth: { type: customer_token }`);
    expect((await source.read({ ...context, customerToken })).document).toEqual({ ok: true });
    expect(refused).toEqual([undefined, 'first']);
  });

  test('nothing, and not again, while there is no customer’s token to be had', async () => {
    const server = await serverOf((_, res) => json(res, { ok: true }));
    let asked = 0;
    const customerToken = () => {
      asked += 1;
      return Promise.reject(new Failure('source_unavailable', { reason: 'customer_token' }));
    };
    const source = sourceOf(`url: "${server.origin}/s", auth: { type: customer_token }`);
    expect(await failureOf(source.read({ ...context, customerToken }))).toMatchObject({ code: 'source_unavailable' });
    expect([asked, server.asked]).toEqual([1, []]);
  });

  test('nothing, when the customer’s token is needed and not there', async () => {
    const server = await serverOf((_, res) => json(res, { ok: true }));
    const source = sourceOf(`url: "${server.origin}/s", auth: { type: customer_token }`);
    expect(await failureOf(source.read({ sub: 'a', claims: {} }))).toMatchObject({ code: 'source_value_missing' });
    expect(server.asked).toEqual([]);
  });
});

describe('client credentials', () => {
  const auth = (origin: string) =>
    `auth: { type: client_credentials, token_url: "${origin}/token", client_id: adapter, client_secret: "\${SECRET}", scope: billing }`;
  const env = { SECRET: 'the-client-secret' };

  async function billing(answer: (asked: Asked, res: ServerResponse, tokens: number) => unknown): Promise<LocalServer> {
    let tokens = 0;
    return serverOf((asked, res) => {
      if (asked.url === '/token') {
        json(res, { access_token: `token-${++tokens}`, token_type: 'Bearer', expires_in: 600 });
        return;
      }
      return answer(asked, res, tokens);
    });
  }

  test('are exchanged once for many requests at once, and kept', async () => {
    const server = await billing((_, res) => json(res, { ok: true }));
    const source = sourceOf(`url: "${server.origin}/s", ${auth(server.origin)}`, env);
    await Promise.all([source.read(context), source.read(context), source.read(context)]);
    await source.read(context);
    const tokens = server.asked.filter(({ url }) => url === '/token');
    expect(tokens).toHaveLength(1);
    expect(tokens[0]).toMatchObject({
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('adapter:the-client-secret'.replaceAll('-', '%2D')).toString('base64')}`,
      },
    });
    expect(new URLSearchParams(tokens[0]?.body).get('grant_type')).toBe('client_credentials');
    expect(new URLSearchParams(tokens[0]?.body).get('scope')).toBe('billing');
    expect(server.asked.filter(({ url }) => url === '/s')).toHaveLength(4);
  });

  test('are renewed once when the token has been refused', async () => {
    const server = await billing((asked, res) =>
      asked.headers.authorization === 'Bearer token-1' ? json(res, {}, 401) : json(res, { ok: true }),
    );
    const { document } = await sourceOf(`url: "${server.origin}/s", ${auth(server.origin)}`, env).read(context);
    expect(document).toEqual({ ok: true });
    expect(server.asked.map(({ url }) => url)).toEqual(['/token', '/s', '/token', '/s']);
  });

  test('that are refused for good are not asked for without end', async () => {
    const server = await billing((_, res) => json(res, {}, 401));
    const failure = await failureOf(sourceOf(`url: "${server.origin}/s", ${auth(server.origin)}`, env).read(context));
    expect(failure).toMatchObject({ code: 'source_refused', facts: { status: 401 } });
    expect(server.asked).toHaveLength(4);
  });

  test('are asked for again when they have run out', async () => {
    let now = 0;
    const server = await billing((_, res) => json(res, { ok: true }));
    const source = sourceOf(`url: "${server.origin}/s", ${auth(server.origin)}`, env, { clock: () => now });
    await source.read(context);
    now = 600_000;
    await source.read(context);
    expect(server.asked.filter(({ url }) => url === '/token')).toHaveLength(2);
  });

  test.each([
    [400, 'source_refused'],
    [401, 'source_refused'],
    [503, 'source_unavailable'],
  ])('when their server answers %d', async (status, code) => {
    const server = await serverOf((_, res) =>
      json(res, { error: 'invalid_client', error_description: 'the-client-secret' }, status),
    );
    const failure = await failureOf(sourceOf(`url: "${server.origin}/s", ${auth(server.origin)}`, env).read(context));
    expect(failure.code).toBe(code);
    expect(JSON.stringify(failure)).not.toContain('the-client-secret');
    expect(JSON.stringify(failure.facts)).not.toContain('127.0.0.1');
  });
});

describe('what goes wrong', () => {
  test.each<[name: string, code: string, facts: object, answer: (res: ServerResponse) => unknown]>([
    ['a refusal', 'source_refused', { status: 403 }, (res) => json(res, {}, 403)],
    ['an unknown address', 'source_refused', { status: 404 }, (res) => json(res, {}, 404)],
    ['an error of theirs', 'source_unavailable', { reason: 'status', status: 500 }, (res) => json(res, {}, 500)],
    ['too many requests', 'source_unavailable', { status: 429 }, (res) => json(res, {}, 429)],
    ['no answer', 'source_unavailable', { reason: 'timeout' }, () => undefined],
    ['a broken connection', 'source_unavailable', { reason: 'network' }, (res) => res.destroy()],
    ['an empty answer', 'source_malformed', { reason: 'empty_answer' }, (res) => res.end(' ')],
    ['a web page', 'source_malformed', { reason: 'not_json' }, (res) => res.end('<html></html>')],
    ['half an answer', 'source_malformed', { reason: 'not_json' }, (res) => res.end('{"supplies": [')],
    ['a bare text', 'source_malformed', { reason: 'not_a_document' }, (res) => res.end('"maintenance"')],
    [
      'an error with status 200',
      'source_malformed',
      { reason: 'error_body' },
      (res) => json(res, { errors: [{ code: 'X' }] }),
    ],
    [
      'an error beside data',
      'source_malformed',
      { reason: 'error_body' },
      (res) => json(res, { data: { a: 1 }, errors: [{ message: 'down' }] }),
    ],
    ['6 MB', 'source_malformed', { reason: 'too_large' }, (res) => json(res, { a: 'x'.repeat(6_000_000) })],
  ])('%s', async (_, code, facts, answer) => {
    const server = await serverOf((_asked, res) => answer(res));
    const failure = await failureOf(sourceOf(`url: "${server.origin}/s?n={claims.customer_number}"`).read(context));
    expect(failure).toMatchObject({ code, facts });
    expect(JSON.stringify(failure.facts)).not.toContain('C-1');
  });

  test('a redirect is not followed, wherever it leads', async () => {
    const elsewhere = await serverOf((_, res) => json(res, { ok: true }));
    const server = await serverOf((_, res) => {
      res.writeHead(302, { location: elsewhere.origin });
      res.end();
    });
    const source = sourceOf(`url: "${server.origin}/s", auth: { type: header, name: X-Key, value: k }`);
    expect(await failureOf(source.read(context))).toMatchObject({ code: 'source_refused', facts: { status: 302 } });
    expect(elsewhere.asked).toEqual([]);
  });
});

describe('another try', () => {
  test('follows a passing failure of a GET', async () => {
    const statuses = [503, 429, 200];
    const server = await serverOf((_, res) => json(res, { ok: true }, statuses.shift()));
    expect((await sourceOf(`url: "${server.origin}/s"`).read(context)).document).toEqual({ ok: true });
    expect(server.asked).toHaveLength(3);
  });

  test('is the last after three', async () => {
    const server = await serverOf((_, res) => json(res, {}, 503));
    await failureOf(sourceOf(`url: "${server.origin}/s"`).read(context));
    expect(server.asked).toHaveLength(3);
  });

  test('does not follow a POST, whose effect is unknown', async () => {
    const server = await serverOf((_, res) => json(res, {}, 503));
    await failureOf(sourceOf(`url: "${server.origin}/s", method: POST, body: { a: "{sub}" }`).read(context));
    expect(server.asked).toHaveLength(1);
  });

  test('does not follow a refusal', async () => {
    const server = await serverOf((_, res) => json(res, {}, 403));
    await failureOf(sourceOf(`url: "${server.origin}/s"`).read(context));
    expect(server.asked).toHaveLength(1);
  });
});

describe('pages', () => {
  const page = (asked: Asked) => Number(new URL(asked.url, 'http://x').searchParams.get('page') ?? 1);

  test.each<[string, (next: string | null) => object]>([
    ['next', (next) => ({ next })],
    ['links.next', (next) => ({ links: { next } })],
  ])('are followed by %s and come as one document', async (_, wrap) => {
    const server: LocalServer = await serverOf((asked, res) => {
      const n = page(asked);
      json(res, { count: 5, rows: [n * 10, n * 10 + 1], ...wrap(n < 3 ? `${server.origin}/s?page=${n + 1}` : null) });
    });
    const { document } = await sourceOf(`url: "${server.origin}/s"`).read(context);
    expect(document).toMatchObject({ count: 5, rows: [10, 11, 20, 21, 30, 31] });
    expect(JSON.stringify(document)).not.toContain('page=');
  });

  test('may be named by a path alone, and keep their credentials', async () => {
    const server = await serverOf((asked, res) =>
      json(res, { rows: [page(asked)], next: page(asked) < 2 ? '/s?page=2' : null }),
    );
    const source = sourceOf(`url: "${server.origin}/s", auth: { type: header, name: X-Key, value: k }`);
    expect((await source.read(context)).document).toEqual({ rows: [1, 2] });
    expect(server.asked[1]?.headers['x-key']).toBe('k');
  });

  test('on another host are not followed: they would get the credentials', async () => {
    const elsewhere = await serverOf((_, res) => json(res, { rows: [2] }));
    const server = await serverOf((_, res) => json(res, { rows: [1], next: `${elsewhere.origin}/s` }));
    expect(await failureOf(sourceOf(`url: "${server.origin}/s"`).read(context))).toMatchObject({
      code: 'source_malformed',
      facts: { reason: 'next_elsewhere' },
    });
    expect(elsewhere.asked).toEqual([]);
  });

  test('without end are given up', async () => {
    const server: LocalServer = await serverOf((_, res) => json(res, { rows: [1], next: `${server.origin}/s` }));
    expect(await failureOf(sourceOf(`url: "${server.origin}/s"`).read(context))).toMatchObject({
      facts: { reason: 'too_many_pages' },
    });
  });

  test('that differ in shape are not guessed together', async () => {
    const server = await serverOf((asked, res) =>
      page(asked) === 1 ? json(res, { rows: [1], next: '?page=2' }) : json(res, { other: [2] }),
    );
    expect(await failureOf(sourceOf(`url: "${server.origin}/s"`).read(context))).toMatchObject({
      facts: { reason: 'pages_differ' },
    });
  });
});

test('no more than max_concurrency requests are under way at once', async () => {
  let now = 0;
  let most = 0;
  const server = await serverOf((_, res) => {
    most = Math.max(most, ++now);
    setTimeout(() => {
      now -= 1;
      json(res, { ok: true });
    }, 20);
  });
  const source = sourceOf(`url: "${server.origin}/s", max_concurrency: 2`);
  await Promise.all(Array.from({ length: 8 }, () => source.read(context)));
  expect(server.asked).toHaveLength(8);
  expect(most).toBe(2);
});
