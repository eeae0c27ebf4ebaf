import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app.ts';
import type { Services } from '../../src/services.ts';
import { routesOf } from '../../src/web/allowed-methods.ts';
import { protection } from '../../src/web/security-headers.ts';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { HOUR, movableClock, type MovableClock } from '../support/clock.ts';
import { Customer, type Shown } from '../support/customer.ts';
import { headOf, saidAndHeard } from './wire.ts';

/**
 * The adapter as it stands behind a provider's TLS: whatever it is asked, on whatever address it has, its answer
 * carries every protecting header. bare-answers.test.ts has the answers that are given before the application.
 */

const HTTPS = new URL('https://connect.provider.example');
const PROTECTION = protection(HTTPS);

let clock: MovableClock;
let adapter: AdapterWorld;
beforeAll(async () => {
  clock = movableClock(Date.now());
  adapter = await startAdapterWorld({
    clock: clock.now,
    identity: { redirectUri: `${HTTPS.origin}/connect/callback` },
    // Nothing answers at the https address: Flatpeak need not try again and again.
    emulator: { pollRetriesMs: [] },
    env: {
      PUBLIC_URL: HTTPS.origin,
      TRUST_PROXY: '1',
      LIMIT_REQUESTS_PER_MINUTE: '30',
      LIMIT_ENTRIES_PER_MINUTE: '20',
    },
  });
});
afterAll(() => adapter.close());

let client = 0;
/** Always somebody new, so that nobody is held back. */
const newClient = (): Record<string, string> => {
  client += 1;
  return { 'x-forwarded-for': `198.51.${client >> 8}.${client & 255}` };
};
const send = (
  path: string,
  { headers = {}, ...init }: { method?: string; headers?: Record<string, string>; body?: string } = {},
) => fetch(new URL(path, adapter.adapterUrl), { redirect: 'manual', headers: { ...newClient(), ...headers }, ...init });

const port = (): number => Number(new URL(adapter.adapterUrl).port);

/** A visit just begun: where it is, and the cookie that came with it. */
async function visit(): Promise<{ id: string; cookie: string }> {
  const opened = await send(adapter.link().url);
  const id = /^\/connect\/([^/]+)\/login$/.exec(opened.headers.get('location') ?? '')?.[1] ?? '';
  return { id, cookie: opened.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
}

/** What nobody can be told apart by may be kept; the picture of the company that asks, by the customer's own browser. */
const KEPT = /^\/(assets\/|openapi\.json|connect\/[^/]+\/logo)/;
/** Somebody else's picture may be a document; opened by itself, it may do nothing at all. */
const PICTURE = "default-src 'none'; frame-ancestors 'none'; sandbox";

function expectProtected(answer: Response, path: string): void {
  const { 'cache-control': noStore, 'content-security-policy': policy, ...others } = PROTECTION;
  const headers = Object.fromEntries(answer.headers);
  expect(headers).toMatchObject(others);
  expect([policy, ...(path.endsWith('/logo') ? [PICTURE] : [])]).toContain(headers['content-security-policy']);
  const mayBeKept = KEPT.test(path) && [200, 304].includes(answer.status);
  if (!mayBeKept && !path.startsWith('/tariff')) expect(headers['cache-control']).toBe(noStore);
  for (const cookie of answer.headers.getSetCookie()) {
    expect(cookie).toMatch(/^__Host-[^;]+; /);
    expect(cookie.split('; ').slice(1)).toEqual(
      expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']),
    );
    expect(cookie).not.toMatch(/domain=/i);
  }
}

describe('every address with every method', () => {
  const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PROPFIND'];

  test('is protected, and a method that it does not have is told which it has', async () => {
    const routes = routesOf(createApp(adapter.services).router);
    const methodsOf = new Map<string, Set<string>>();
    for (const { path, methods } of routes) {
      methodsOf.set(path, new Set([...(methodsOf.get(path) ?? []), ...methods.filter((one) => one !== '*')]));
    }
    // So that a change in how Express lists routes is noticed here.
    expect([...methodsOf.keys()]).toEqual(
      expect.arrayContaining(['/connect', '/connect/:journey/allow', '/assets/logo']),
    );
    for (const [path, allowed] of methodsOf) {
      for (const known of [true, false]) {
        const { id, cookie } = path.includes(':journey') && known ? await visit() : { id: 'x'.repeat(22), cookie: '' };
        const address = path.replace(':journey', id);
        for (const method of METHODS) {
          const answer = await send(address, { method, headers: { cookie } });
          await answer.text();
          const what = { path, method, status: answer.status };
          expectProtected(answer, path);
          expect(what).not.toMatchObject({ status: 500 });
          if (!allowed.has(method) && method !== 'OPTIONS') expect(what).toMatchObject({ status: 405 });
          if (answer.status === 405) {
            const allow = answer.headers.get('allow')?.split(', ') ?? [];
            expect([...allowed]).toEqual(expect.arrayContaining(allow));
            expect(allow).not.toContain(method);
            expect(allow).not.toEqual([]);
          }
        }
      }
    }
  }, 60_000);

  test('TRACE shows nobody their own headers', async () => {
    const answer = await saidAndHeard(
      port(),
      'TRACE /connect HTTP/1.1\r\nHost: a\r\nX-Canary: canary\r\nConnection: close\r\n\r\n',
    );
    expect(headOf(answer)).toMatchObject({ status: 405, headers: PROTECTION });
    expect(answer).not.toContain('canary');
  });
});

/** A customer connects; the identity provider sends them to the https address, which is a proxy's in real life. */
async function connect(): Promise<{ token: string; answers: Shown[] }> {
  const { token: connectToken, url } = adapter.link();
  const customer = new Customer(newClient());
  const answers = [await customer.open(url)];
  await customer.press('continue');
  await customer.signIn('alice');
  answers.push(await customer.open(customer.leftFor!.replace(HTTPS.origin, adapter.adapterUrl)));
  answers.push(await customer.press('allow'));
  const { body } = adapter.world.flatpeak.submissions.find((one) => one.connectToken === connectToken)!;
  return { token: (body as unknown as { auth_data: { access_token: string } }).auth_data.access_token, answers };
}

describe('every outcome', () => {
  const FORM = 'application/x-www-form-urlencoded';
  let token: string;
  beforeAll(async () => {
    ({ token } = await connect());
  });

  const poll = (headers: Record<string, string> = {}, method = 'GET') =>
    send('/tariff', { method, headers: { authorization: `Bearer ${token}`, ...headers } });
  const press = async (init: { type?: string; body?: string } = {}) =>
    send(`/connect/${(await visit()).id}/allow`, {
      method: 'POST',
      headers: { 'content-type': init.type ?? FORM },
      body: init.body ?? '',
    });
  /** Not with `fetch`, which adds to such a request that nothing kept will do. */
  const again = async (path: string, headers: Record<string, string> = {}): Promise<Response> => {
    const etag = (await send(path, { headers })).headers.get('etag') ?? '';
    const lines = Object.entries({ host: 'a', connection: 'close', 'if-none-match': etag, ...headers });
    const asked = `GET ${path} HTTP/1.1\r\n${lines.map((pair) => pair.join(': ')).join('\r\n')}\r\n\r\n`;
    return new Response(null, headOf(await saidAndHeard(port(), asked)));
  };
  /** The same application on the same services, but for one. */
  const askWith = async (path: string, changes: Partial<Services>) => {
    const server = createApp({ ...adapter.services, ...changes }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    server.close();
    return answer;
  };
  const broken = () => Promise.reject(new Error('canary: broken'));

  const OUTCOMES: [status: number, what: string, path: string, ask: () => Promise<Response>][] = [
    [200, 'a tariff', '/tariff', () => poll()],
    [200, 'the head of a tariff', '/tariff', () => poll({}, 'HEAD')],
    [200, 'a stylesheet', '/assets/', () => send('/assets/style.css')],
    [200, 'the provider’s colours', '/assets/', () => send('/assets/theme.css')],
    [200, 'the provider’s logo', '/assets/', () => send('/assets/logo')],
    [200, 'the description of the endpoint', '/openapi.json', () => send('/openapi.json')],
    [200, 'being alive', '/healthz', () => send('/healthz')],
    [200, 'being ready', '/readyz', () => send('/readyz')],
    [204, 'the icon browsers ask for unasked', '/favicon.ico', () => send('/favicon.ico')],
    [303, 'the way into a visit', '/connect', () => send(adapter.link().url)],
    [304, 'the same tariff again', '/tariff', () => again('/tariff', { authorization: `Bearer ${token}` })],
    [
      304,
      'the same tariff again, for whoever adds that nothing kept will do',
      '/tariff',
      async () => poll({ 'if-none-match': (await poll()).headers.get('etag') ?? '' }),
    ],
    [304, 'the same stylesheet again', '/assets/', () => again('/assets/style.css')],
    [400, 'a link without a token', '/connect', () => send('/connect')],
    [
      400,
      'a range that is none',
      '/tariff',
      () => send('/tariff?from=x', { headers: { authorization: `Bearer ${token}` } }),
    ],
    [401, 'a poll without a token', '/tariff', () => send('/tariff')],
    [403, 'a form of nobody’s', '/connect', () => press()],
    [404, 'an address that is none', '/', () => send('/nowhere')],
    [404, 'a file that is none', '/', () => send('/assets/nothing.css')],
    [404, 'the folder of files', '/', () => send('/assets')],
    [400, 'an address that cannot be decoded', '/', () => send('/connect/%ff/login')],
    [405, 'a method that a page has not', '/', () => send('/connect', { method: 'DELETE' })],
    [405, 'a method that the tariff has not', '/', () => poll({}, 'PUT')],
    [413, 'a form that is too large', '/connect', () => press({ body: 'x'.repeat(5000) })],
    [415, 'a form in letters nobody knows', '/connect', () => press({ type: `${FORM}; charset=x`, body: 'x' })],
    [
      429,
      'links opened too often',
      '/connect',
      async () => {
        const headers = newClient();
        for (let n = 0; n < 20; n += 1) await send('/connect', { headers });
        return send('/connect', { headers });
      },
    ],
    [
      429,
      'a tariff polled too often',
      '/tariff',
      async () => {
        for (let n = 0; n < 60; n += 1) await poll();
        return poll();
      },
    ],
    [
      503,
      'not being ready',
      '/readyz',
      () =>
        askWith('/readyz', {
          readiness: { ...adapter.services.readiness, blocking: () => Promise.resolve(['database']) },
        }),
    ],
    [503, 'tables that are not there yet', '/connect', () => askWith('/connect', { isReady: () => false })],
    [
      500,
      'a fault of ours',
      '/connect',
      () => {
        const flatpeak = { ...adapter.services.journey.flatpeak, sessionContext: broken };
        return askWith('/connect?connect_token=abcdefgh', { journey: { ...adapter.services.journey, flatpeak } });
      },
    ],
    [
      500,
      'a fault of ours that keeps even the error page from being made',
      '/nowhere',
      () => askWith('/nowhere', { renderer: { ...adapter.services.renderer, render: broken } }),
    ],
    [
      503,
      'Flatpeak being away',
      '/connect',
      async () => {
        adapter.world.flatpeak.faults.set({ context: { status: 503 } });
        const answer = await send(adapter.link().url);
        adapter.world.flatpeak.faults.clear();
        return answer;
      },
    ],
    [
      410,
      'a visit that took too long',
      '/connect',
      async () => {
        const { id, cookie } = await visit();
        clock.advance(HOUR);
        return send(`/connect/${id}/login`, { headers: { cookie } });
      },
    ],
  ];

  test.each(OUTCOMES)('%i: %s', async (status, _, path, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expectProtected(answer, path);
    // Whatever is wrong, the answer says nothing of how it came about.
    expect(await answer.text()).not.toMatch(/canary|\.ts:\d/);
  });

  test('pages are protected all the way to the app', async () => {
    const { answers } = await connect();
    expect(answers.map(({ step }) => step)).toEqual(['login', 'consent', 'done']);
    for (const { headers } of answers) expect(Object.fromEntries(headers)).toMatchObject(PROTECTION);
  });

  test('the tariff may be kept by who asked for it, and asked again each time; what is no tariff by nobody', async () => {
    const kept = async (answer: Promise<Response>) => (await answer).headers.get('cache-control');
    token = (await connect()).token;
    expect(await kept(poll())).toBe('private, no-cache');
    expect(await kept(again('/tariff', { authorization: `Bearer ${token}` }))).toBe('private, no-cache');
    expect(await kept(send('/tariff'))).toBe('no-store');
  });

  test.each(['/assets/style.css', '/assets/theme.css', '/assets/logo', '/openapi.json'])(
    '%s is the same for everybody, and may be kept for an hour',
    async (path) => {
      expect((await send(path)).headers.get('cache-control')).toBe('public, max-age=3600');
    },
  );
});
