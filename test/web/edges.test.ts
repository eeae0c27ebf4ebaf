import { afterEach, describe, expect, test } from '@jest/globals';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import request from 'supertest';
import { codeOf } from '../../src/base/failure.ts';
import { createLog } from '../../src/base/log.ts';
import { guardServer } from '../../src/web/bare-answers.ts';
import { healthRoutes } from '../../src/web/health.ts';
import { clientAddress, limit } from '../../src/web/limits.ts';
import { requestLog } from '../../src/web/request-log.ts';
import { securityHeaders } from '../../src/web/security-headers.ts';

/** What every request meets before and around the pages. */

const HTTPS = new URL('https://connect.provider.example');
const LOCAL = new URL('http://localhost:8080');
const told: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) next(error);
  else res.status(500).send(codeOf(error));
};

describe('security headers', () => {
  const headersOf = async (publicUrl: URL): Promise<Record<string, string>> => {
    const app = express()
      .use(securityHeaders(publicUrl))
      .get('/', (_req, res) => void res.send('page'));
    return (await request(app).get('/')).headers;
  };

  test('allow our own style, pictures and forms, and nothing else', async () => {
    const policy = (await headersOf(HTTPS))['content-security-policy'] ?? '';
    expect(policy.split(';').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "img-src 'self'",
      "style-src 'self'",
    ]);
  });

  test.each([
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    // `no-referrer` would turn the Origin of our own forms into "null".
    ['referrer-policy', 'same-origin'],
    ['cache-control', 'no-store'],
    ['cross-origin-opener-policy', 'same-origin'],
    ['cross-origin-resource-policy', 'same-origin'],
    ['strict-transport-security', 'max-age=63072000; includeSubDomains'],
  ])('%s: %s', async (name, value) => {
    expect((await headersOf(HTTPS))[name]).toBe(value);
  });

  test('promise https only where the public address has it', async () => {
    expect(await headersOf(LOCAL)).not.toHaveProperty('strict-transport-security');
  });

  test('give no page a capability of the device', async () => {
    const permissions = (await headersOf(HTTPS))['permissions-policy'] ?? '';
    expect(permissions).toContain('camera=()');
    expect(permissions.split(', ').filter((one) => !one.endsWith('=()'))).toEqual([]);
  });
});

describe('limits', () => {
  const limited = (keyOf: Parameters<typeof limit>[0]['keyOf']): Express =>
    express()
      .set('trust proxy', 1)
      .use(limit({ name: 'entry', perMinute: 2, keyOf }, { store: () => undefined, log: createLog('silent') }))
      .get('/', (_req, res) => void res.send('through'))
      .use(told);
  const from = async (app: Express, address: string): Promise<string> =>
    (await request(app).get('/').set('x-forwarded-for', address)).text;

  test('let through so many a minute, and then answer with our own page', async () => {
    const app = limited(clientAddress);
    const answers = [];
    for (let n = 0; n < 3; n += 1) answers.push(await from(app, '192.0.2.1'));
    expect(answers).toEqual(['through', 'through', 'too_many_requests']);
  });

  test.each([
    ['two IPv4 addresses are two clients', '192.0.2.1', '192.0.2.2', 'through'],
    ['two addresses of one /64 are one', '2001:db8:0:1::1', '2001:db8:0:1:ffff::2', 'too_many_requests'],
    ['two /64 are two', '2001:db8:0:1::1', '2001:db8:0:2::1', 'through'],
  ])('%s', async (_, one, other, answer) => {
    const app = limited(clientAddress);
    await from(app, one);
    await from(app, one);
    expect(await from(app, other)).toBe(answer);
  });

  test('an address that a client writes itself counts for nothing', async () => {
    const app = limited(clientAddress);
    const answers = [];
    for (let n = 0; n < 3; n += 1) answers.push(await from(app, `203.0.113.${n}, 192.0.2.1`));
    expect(answers).toEqual(['through', 'through', 'too_many_requests']);
  });

  test('whoever has no key is not counted', async () => {
    const app = limited(() => undefined);
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await from(app, '192.0.2.1'));
    expect(new Set(answers)).toEqual(new Set(['through']));
  });
});

describe('the request log', () => {
  async function logged(send: (app: Express) => Promise<unknown>): Promise<Record<string, unknown>[]> {
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const router = express.Router().get('/:journey/login', (_req, res) => void res.status(201).send('page'));
    const app = express()
      .use(requestLog(createLog('info', destination)))
      .use('/connect', router)
      .get('/healthz', (_req, res) => void res.send('ok'));
    await send(app);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  test('names the route by its pattern, never the address', async () => {
    let id = '';
    const lines = await logged(async (app) => {
      const answer = await request(app).get('/connect/canary-1/login?connect_token=canary-2');
      id = String(answer.headers['x-request-id']);
    });
    expect(lines).toEqual([
      expect.objectContaining({
        event: 'request',
        request_id: id,
        method: 'GET',
        route: '/connect/:journey/login',
        status: 201,
        duration_ms: expect.any(Number),
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test('names nothing of an address that no route has', async () => {
    const lines = await logged((app) => request(app).get('/canary?x=canary'));
    expect(lines).toEqual([expect.objectContaining({ route: 'none', status: 404 })]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test('leaves out what load balancers ask all day', async () => {
    expect(await logged((app) => request(app).get('/healthz'))).toEqual([]);
  });
});

describe('health', () => {
  const ask = async (path: string, missing: string[], degraded: string[]) => {
    const readiness = { blocking: () => Promise.resolve(missing), degraded: () => degraded };
    const answer = await request(express().use(healthRoutes(readiness))).get(path);
    return [answer.status, answer.body as unknown];
  };

  test.each<[string, string, string[], string[], number, object]>([
    ['the process lives', '/healthz', ['database'], ['flatpeak'], 200, { status: 'ok' }],
    ['all is there', '/readyz', [], [], 200, { status: 'ok', degraded: [] }],
    ['another system is away', '/readyz', [], ['flatpeak'], 200, { status: 'degraded', degraded: ['flatpeak'] }],
    [
      'the database is away',
      '/readyz',
      ['database'],
      [],
      503,
      { status: 'unavailable', missing: ['database'], degraded: [] },
    ],
    [
      'it is leaving',
      '/readyz',
      ['draining'],
      ['idp'],
      503,
      { status: 'unavailable', missing: ['draining'], degraded: ['idp'] },
    ],
  ])('%s: %s', async (_, path, missing, degraded, status, body) => {
    expect(await ask(path, missing, degraded)).toEqual([status, body]);
  });
});

describe('what Node refuses by itself is refused with our protection', () => {
  let server: Server | null = null;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function say(bytes: string, publicUrl = HTTPS): Promise<string> {
    server = createServer((_req, res) => void res.end('served'));
    guardServer(server, publicUrl);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(bytes);
    return text(socket);
  }

  test.each([
    [
      'an address beyond all bounds',
      `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
    [
      'a header beyond all bounds',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
    ['what is not HTTP', 'hello\r\n\r\n', '400 Bad Request'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', '400 Bad Request'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      '400 Bad Request',
    ],
  ])('%s', async (_, bytes, status) => {
    const answer = await say(bytes);
    expect(answer.split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`);
    for (const header of [
      "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options: nosniff',
      'X-Frame-Options: DENY',
      'Cache-Control: no-store',
      'Strict-Transport-Security: max-age=63072000; includeSubDomains',
    ]) {
      expect(answer).toContain(`\r\n${header}\r\n`);
    }
    expect(answer).toContain('Nothing was shared.');
  });

  test('without a promise of https where there is none', async () => {
    expect(await say('hello\r\n\r\n', LOCAL)).not.toContain('Strict-Transport-Security');
  });
});
