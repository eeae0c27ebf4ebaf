import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { ask, portOf, type Answer } from '../support/raw-http.ts';

/** What proxies write into a request, and what anybody can write there as well. */

const PUBLIC = 'https://connect.provider.example';

/** One adapter for each number of proxies that an operator may say there are. */
const worlds = new Map<number, AdapterWorld>();
beforeAll(async () => {
  for (const trusted of [0, 1, 2]) {
    const world = await startAdapterWorld({
      instances: 1,
      identity: { redirectUri: `${PUBLIC}/connect/callback` },
      env: { TRUST_PROXY: String(trusted), PUBLIC_URL: PUBLIC, OIDC_PAR: 'off' },
    });
    worlds.set(trusted, world);
  }
});
afterAll(async () => {
  for (const world of worlds.values()) await world.close();
});
const portWith = (trusted: number): number => portOf(worlds.get(trusted)!.instances[0]!.url);

type Headers = Record<string, string | string[]>;

describe('the client of a limit is the one that the last trusted proxy saw', () => {
  /** How many requests this client has left; the limit is told in every answer. */
  const leftFor = async (trusted: number, headers: Headers): Promise<number> => {
    const answer = await ask(portWith(trusted), { target: '/nowhere', headers });
    return Number(/"client"; r=(\d+)/.exec(String(answer.headers.ratelimit))?.[1]);
  };
  const via = (...addresses: string[]): Headers => ({ 'x-forwarded-for': addresses.join(', ') });

  test.each<[string, number, Headers, Headers, 'one' | 'two']>([
    ['with no proxy, whatever is written', 0, via('192.0.2.1'), via('192.0.2.2'), 'one'],
    ['with no proxy, and nothing written', 0, {}, via('192.0.2.2'), 'one'],
    ['behind one, the address it wrote', 1, via('192.0.2.11'), via('192.0.2.12'), 'two'],
    ['behind one, the same address', 1, via('192.0.2.1'), via('192.0.2.1'), 'one'],
    ['behind one, not what came to it', 1, via('203.0.113.1', '192.0.2.1'), via('203.0.113.2', '192.0.2.1'), 'one'],
    [
      'behind one, not what came to it in a header of its own',
      1,
      { 'x-forwarded-for': ['203.0.113.1', '192.0.2.1'] },
      { 'x-forwarded-for': ['203.0.113.2', '192.0.2.1'] },
      'one',
    ],
    ['behind two, the address the first wrote', 2, via('192.0.2.21', '10.0.0.1'), via('192.0.2.22', '10.0.0.1'), 'two'],
    ['behind two, not the first itself', 2, via('192.0.2.1', '10.0.0.1'), via('192.0.2.1', '10.0.0.2'), 'one'],
    [
      'behind two, not what came to the first',
      2,
      via('203.0.113.1', '192.0.2.1', '10.0.0.1'),
      via('203.0.113.2', '192.0.2.1', '10.0.0.1'),
      'one',
    ],
    ['behind one that writes ports', 1, via('192.0.2.1:4711'), via('192.0.2.1:4712'), 'one'],
    ['behind one that writes ports of IPv6', 1, via('[2001:db8::1]:4711'), via('[2001:db8::1]:4712'), 'one'],
    ['behind one that writes IPv4 as IPv6', 1, via('::ffff:192.0.2.1'), via('192.0.2.1'), 'one'],
    ['behind one, two clients that it writes so', 1, via('::ffff:192.0.2.31'), via('::ffff:192.0.2.32'), 'two'],
    ['behind one, no other header for it', 1, { 'x-real-ip': '192.0.2.1' }, { 'x-real-ip': '192.0.2.2' }, 'one'],
    ['nor this', 1, { forwarded: 'for=192.0.2.1' }, { forwarded: 'for=192.0.2.2' }, 'one'],
    [
      'nor these',
      1,
      { 'true-client-ip': 'a', 'client-ip': 'b' },
      { 'cf-connecting-ip': 'c', 'x-client-ip': 'd' },
      'one',
    ],
    ['what is no address', 1, via('evil'), via('evil'), 'one'],
  ])('%s (TRUST_PROXY=%i)', async (_name, trusted, first, second, clients) => {
    const left = [await leftFor(trusted, first), await leftFor(trusted, second)];
    expect(left).toEqual([left[0], clients === 'one' ? (left[0] ?? NaN) - 1 : left[0]]);
  });
});

/** Everything by which an application might be told to take itself for another. */
const SPOOFED = {
  host: 'evil.example',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-server': 'evil.example',
  'x-forwarded-proto': 'evil',
  'x-forwarded-scheme': 'evil',
  'x-forwarded-port': '6666',
  'x-forwarded-prefix': '/evil',
  'x-forwarded-path': '/evil',
  'x-forwarded-uri': '/evil',
  'x-forwarded-ssl': 'on',
  'x-forwarded-for': '203.0.113.66',
  'x-original-url': '/evil',
  'x-original-host': 'evil.example',
  'x-rewrite-url': '/evil',
  'x-host': 'evil.example',
  'x-http-host-override': 'evil.example',
  'x-script-name': '/evil',
  'front-end-https': 'on',
  forwarded: 'for=203.0.113.66;host=evil.example;proto=evil',
  via: '1.1 evil.example',
  referer: 'https://evil.example/',
};

/** As they would appear; a random value may well hold four letters in a row. */
const TRACES = /evil\.example|\/evil(?![\w-])|evil:|:6666|203\.0\.113\.66/i;

describe.each([0, 1, 2])('with TRUST_PROXY=%i, what a client says of where it is asking', (trusted) => {
  let said: string[] = [];
  const spoof = async (method: string, target: string, more: Record<string, string> = {}): Promise<Answer> => {
    const body = more.csrf === undefined ? {} : { body: new URLSearchParams({ csrf: more.csrf }).toString() };
    const form = more.csrf === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const cookie = more.cookie === undefined ? {} : { cookie: more.cookie };
    const answer = await ask(portWith(trusted), {
      method,
      target,
      headers: { ...SPOOFED, ...form, ...cookie },
      ...body,
    });
    said.push(JSON.stringify(answer.headers), answer.body);
    return answer;
  };

  test('is in no page, no redirect and no cookie of a visit, and leads to no other way back from sign-in', async () => {
    const world = worlds.get(trusted)!;
    const { token } = world.link();
    const arrived = await spoof('GET', `/connect?connect_token=${token}`);
    expect(arrived.status).toBe(303);
    const [cookie = ''] = (arrived.headers['set-cookie']?.[0] ?? '').split(';');
    expect(arrived.headers['set-cookie']?.[0]).toMatch(/^__Host-.*; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/);
    const login = arrived.headers.location ?? '';
    const page = await spoof('GET', login, { cookie });
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
    const pressed = await spoof('POST', login.replace('login', 'continue'), { cookie, csrf });
    expect(pressed.headers.location).toBe(login.replace('login', 'redirecting'));
    const leading = await spoof('GET', pressed.headers.location ?? '', { cookie });
    const url = new URL(/content="0;url=([^"]*)"/.exec(leading.body)?.[1]?.replaceAll('&amp;', '&') ?? '');
    expect(url.origin).toBe(new URL(world.world.identity.issuer).origin);
    expect(url.searchParams.get('redirect_uri')).toBe(`${PUBLIC}/connect/callback`);
    expect(said.join('\n')).not.toMatch(TRACES);
  });

  test.each(['/', '/connect', '/connect/callback?state=x', '/nowhere', '/tariff', '/openapi.json', '/healthz'])(
    'is not in %s',
    async (target) => {
      said = [];
      await spoof('GET', target);
      expect(said.join('\n')).not.toMatch(TRACES);
    },
  );

  test('nor in the log', () => {
    expect(worlds.get(trusted)!.logged()).not.toMatch(TRACES);
  });
});
