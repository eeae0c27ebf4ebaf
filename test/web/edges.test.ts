import { describe, expect, test } from '@jest/globals';
import express, { type Express } from 'express';
import { Writable } from 'node:stream';
import request from 'supertest';
import { createLog } from '../../src/base/log.ts';
import { healthRoutes } from '../../src/web/health.ts';
import { requestLog } from '../../src/web/request-log.ts';
import { securityHeaders } from '../../src/web/security-headers.ts';

/** What every request meets before and around the pages. */

const HTTPS = new URL('https://connect.provider.example');
const LOCAL = new URL('http://localhost:8080');

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
