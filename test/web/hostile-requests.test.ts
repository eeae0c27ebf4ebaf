import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { arriveAtConsent, Customer } from '../support/customer.ts';
import { portOf, say } from '../support/raw-http.ts';

/**
 * Requests that no browser makes, byte for byte: each gets a clear refusal with all our headers, and uses nothing up.
 */

let adapter: AdapterWorld;
let port: number;
beforeAll(async () => {
  adapter = await startAdapterWorld({
    instances: 1,
    env: { LIMIT_ENTRIES_PER_MINUTE: '100000', LIMIT_REQUESTS_PER_MINUTE: '100000' },
  });
  port = portOf(adapter.adapterUrl);
});
afterAll(() => adapter.close());

const PROTECTION = [
  /^content-security-policy: default-src 'none';.*frame-ancestors 'none'$/im,
  /^x-frame-options: DENY$/im,
  /^x-content-type-options: nosniff$/im,
  /^referrer-policy: same-origin$/im,
  /^cache-control: no-store$/im,
];

/** The answer to these bytes, with what is wrong about its headers. */
async function answerTo(bytes: string): Promise<{ status: number; head: string; body: string; unprotected: string[] }> {
  const said = await say(port, bytes);
  const end = said.indexOf('\r\n\r\n');
  const head = said.slice(0, end).replaceAll('\r\n', '\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    body: said.slice(end + 4),
    unprotected: PROTECTION.filter((header) => !header.test(head)).map(String),
  };
}

/** A request on a connection that is closed after it. */
const request = (target: string, { method = 'GET', host = 'Host: localhost', more = '' } = {}): string =>
  `${method} ${target} HTTP/1.1\r\n${host === '' ? '' : `${host}\r\n`}${more === '' ? '' : `${more}\r\n`}Connection: close\r\n\r\n`;
const post = (headers: string, body: string): string =>
  `POST /connect/AAAAAAAAAAAAAAAAAAAAAA/allow HTTP/1.1\r\nHost: localhost\r\n` +
  `Content-Type: application/x-www-form-urlencoded\r\n${headers}\r\nConnection: close\r\n\r\n${body}`;

const REFUSED: [why: string, bytes: (query: string) => string, status: number][] = [
  ['an address without a path', () => request('foo://x'), 400],
  ['a script for an address', (query) => request(`javascript://x/connect?${query}`), 400],
  ['another scheme', (query) => request(`ftp://localhost/connect?${query}`), 400],
  ['an address with half a bracket', (query) => request(`http://[::1/connect?${query}`), 400],
  ['an address with a port beyond all ports', (query) => request(`http://localhost:99999/connect?${query}`), 400],
  ['an address with a broken encoding in its host', (query) => request(`http://%zz/connect?${query}`), 400],
  ['an address without a solidus', (query) => request(`connect?${query}`), 400],
  ['an address with a space', (query) => request(`/connect ?${query}`), 400],
  ['an address with a zero byte', (query) => request(`/connect\0?${query}`), 400],
  ['an address with bytes beyond ASCII', (query) => request(`/connect?${query}\xff\xc3(`), 400],
  ['an address with a fragment', (query) => request(`/connect?${query}#x`), 400],
  ['an address of 20 kB', (query) => request(`/connect?${query}&${'x'.repeat(20_000)}`), 431],
  ['a path of two solidi', (query) => request(`//connect?${query}`), 404],
  ['a host in the path', (query) => request(`//evil.example/connect?${query}`), 404],
  ['a backslash for a solidus', (query) => request(`/\\connect?${query}`), 404],
  ['an encoded solidus', (query) => request(`/%2fconnect?${query}`), 404],
  ['an encoded way up', (query) => request(`/assets/%2e%2e/connect?${query}`), 404],
  ['a way up', (query) => request(`/assets/../connect?${query}`), 404],
  ['an encoded dot', (query) => request(`/%2e/connect?${query}`), 404],
  ['a parameter of the path', (query) => request(`/connect;x=1?${query}`), 404],
  ['an encoded question mark', (query) => request(`/connect%3f${query}`), 404],
  ['a file outside of what is public', () => request('/assets/..%2f..%2fpackage.json'), 404],
  ['a file outside of what is public, encoded twice', () => request('/assets/%252e%252e%252fpackage.json'), 404],
  ['a file with a zero byte in its name', () => request('/assets/style.css%00.png'), 404],
  ['a hidden file', () => request('/assets/.env'), 404],
  ['a folder, as a way to another host', () => request('/assets//evil.example/%2e%2e'), 404],
  ['the whole server', () => request('*', { method: 'OPTIONS' }), 404],
  ['a star for an address', () => request('*'), 404],
  ['no host', (query) => request(`/connect?${query}`, { host: '' }), 400],
  ['two hosts', (query) => request(`/connect?${query}`, { host: 'Host: localhost\r\nHost: evil.example' }), 400],
  ['one host twice', (query) => request(`/connect?${query}`, { host: 'Host: localhost\r\nHost: localhost' }), 400],
  ['a header with a zero byte', (query) => request(`/connect?${query}`, { more: 'X: a\0b' }), 400],
  ['a header over two lines', (query) => request(`/connect?${query}`, { more: 'X: a\r\n b' }), 400],
  ['a space before a colon', (query) => request(`/connect?${query}`, { more: 'X : a' }), 400],
  ['a header without a colon', (query) => request(`/connect?${query}`, { more: 'X' }), 400],
  ['lines that end without a return', (query) => `GET /connect?${query} HTTP/1.1\nHost: localhost\n\n`, 400],
  ['a header of 20 kB', (query) => request(`/connect?${query}`, { more: `X: ${'x'.repeat(20_000)}` }), 431],
  ['a cookie of 20 kB', (query) => request(`/connect?${query}`, { more: `Cookie: a=${'x'.repeat(20_000)}` }), 431],
  ['three thousand headers', (query) => request(`/connect?${query}`, { more: headers(3000) }), 431],
  ['an expectation nobody knows', (query) => request(`/connect?${query}`, { more: 'Expect: pancakes' }), 417],
  ['a method nobody knows', (query) => request(`/connect?${query}`, { method: 'STEAL' }), 400],
  ['a method in small letters', (query) => request(`/connect?${query}`, { method: 'get' }), 400],
  ['a version to come', (query) => `GET /connect?${query} HTTP/3.0\r\nHost: localhost\r\n\r\n`, 400],
  ['the beginning of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['the beginning of TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['a length and chunks', () => post('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'), 400],
  ['chunks and a length', () => post('Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'), 400],
  ['two lengths', () => post('Content-Length: 1\r\nContent-Length: 2', 'ab'), 400],
  ['a list of lengths', () => post('Content-Length: 1, 1', 'a'), 400],
  ['a length below nothing', () => post('Content-Length: -1', ''), 400],
  ['a length with a sign', () => post('Content-Length: +1', 'a'), 400],
  ['a length in hexadecimal', () => post('Content-Length: 0x1', 'a'), 400],
  ['a length beyond all bounds', () => post('Content-Length: 99999999999999999999', 'a'), 400],
  ['chunks that are not the last encoding', () => post('Transfer-Encoding: chunked, identity', '0\r\n\r\n'), 400],
  ['an encoding that only resembles chunks', () => post('Transfer-Encoding: xchunked', '0\r\n\r\n'), 400],
  ['a chunk without a size', () => post('Transfer-Encoding: chunked', 'zz\r\n'), 400],
  ['a chunk longer than it says', () => post('Transfer-Encoding: chunked', '1\r\nabc\r\n0\r\n\r\n'), 400],
];

const headers = (count: number): string => Array.from({ length: count }, (_, n) => `A${n}: b`).join('\r\n');

describe('a request with', () => {
  test.each(REFUSED)('%s is refused', async (_why, bytes, status) => {
    const { token, url } = adapter.link();
    const answer = await answerTo(bytes(`connect_token=${token}`));
    expect(answer).toMatchObject({ status, unprotected: [] });
    expect(answer.head).not.toMatch(/^(location|set-cookie|x-powered-by|server):/im);
    expect(answer.body).toMatch(/data-step="error"|^This request could not be read\. Nothing was shared\./);
    expect(adapter.world.flatpeak.requests.filter(({ path }) => path.includes(token))).toEqual([]);
    expect((await new Customer().fetch(url)).status).toBe(303);
  });

  test('a tunnel to elsewhere is not answered', async () => {
    expect(await say(port, request('evil.example:443', { method: 'CONNECT' }))).toBe('');
  });
});

describe('a second request hidden in the first is not heard', () => {
  test.each<[string, (hidden: string) => string]>([
    ['behind a length that is too short', (hidden) => post(`Content-Length: 0\r\nTransfer-Encoding: chunked`, hidden)],
    ['behind chunks that end', (hidden) => post('Transfer-Encoding: chunked, chunked', `0\r\n\r\n${hidden}`)],
    ['behind a line that ends twice', (hidden) => request('/healthz', { more: `X: a\r\n\n${hidden}` })],
    ['in an upgrade', (hidden) => request('/healthz', { more: `Upgrade: h2c\r\nContent-Length: 0, 0` }) + hidden],
  ])('%s', async (_name, wrap) => {
    const { token } = adapter.link();
    await say(port, wrap(request(`/connect?connect_token=${token}`)));
    expect(adapter.world.flatpeak.requests.filter(({ path }) => path.includes(token))).toEqual([]);
  });
});

describe('an address of any host leads to the path in it, and nothing says which host it was', () => {
  test.each([
    'http://evil.example',
    'https://evil.example',
    'http://evil.example:8080',
    'http://user:pw@evil.example',
    'HTTP://EVIL.EXAMPLE',
  ])('%s', async (origin) => {
    const { token } = adapter.link();
    const answer = await answerTo(request(`${origin}/connect?connect_token=${token}`, { host: 'Host: evil.example' }));
    expect(answer).toMatchObject({ status: 303, unprotected: [] });
    expect(answer.head).toMatch(/^location: \/connect\/[\w-]{22}\/login$/im);
    expect(`${answer.head}${answer.body}`.toLowerCase()).not.toContain('evil.example');
  });
});

describe('a poll of the tariff', () => {
  let grant: string;
  beforeAll(async () => {
    const link = adapter.link();
    const customer = await arriveAtConsent(link);
    await customer.press('allow');
    const [submission] = adapter.world.flatpeak.submissions;
    grant = (submission?.body as { auth_data: { access_token: string } }).auth_data.access_token;
  });

  const poll = (query: string, more?: (bearer: string) => string) => {
    const bearer = `Authorization: Bearer ${grant}`;
    return answerTo(request(`/tariff${query}`, { more: more ? more(bearer) : bearer }));
  };

  test('is answered', async () => {
    expect(await poll('')).toMatchObject({ status: 200 });
  });

  test.each<[string, string]>([
    ['from twice', '?from=2026-01-01T00:00:00Z&from=2026-01-01T00:00:00Z'],
    ['to twice', '?to=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z'],
    ['an empty from', '?from='],
    ['a from with a zero byte', '?from=2026-01-01T00:00:00Z%00'],
    ['a from with a byte that begins nothing', '?from=%FF'],
    ['a from with half a surrogate pair', '?from=%ED%A0%80'],
    ['a from with an overlong letter', '?from=%C0%B2026-01-01T00:00:00Z'],
    ['a from of JavaScript', '?from=__proto__&to=constructor'],
    ['a from beyond the calendar', '?from=9999-99-99T99:99:99Z'],
    ['a from beyond all years', '?from=%2B275760-09-13T00:00:01Z'],
    ['a range the wrong way round', '?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z'],
    ['a range beyond bounds', '?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z'],
    ['10 kB of from', `?from=${'2'.repeat(10_000)}`],
  ])('with %s is a bad request', async (_name, query) => {
    const answer = await poll(query);
    expect(answer).toMatchObject({ status: 400, unprotected: [] });
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'range_invalid' });
  });

  test.each(['?from[]=x&to[a]=y&__proto__[from]=z', '?FROM=x&from%20=y', '?;from=x', '?%3Ffrom=x&&&='])(
    'with parameters it does not know is answered without them: %s',
    async (query) => {
      expect(await poll(query)).toMatchObject({ status: 200 });
    },
  );

  test.each<[string, (bearer: string) => string]>([
    ['twice', (bearer) => `${bearer}\r\n${bearer}`],
    ['and another', (bearer) => `${bearer}\r\nAuthorization: Bearer ${'x'.repeat(43)}`],
    ['behind another', (bearer) => `Authorization: Basic YTpi\r\n${bearer}`],
    ['and another on one line', (bearer) => `${bearer}, Bearer ${'x'.repeat(43)}`],
    ['with more', (bearer) => `${bearer} x`],
    ['with a letter changed', (bearer) => `${bearer.slice(0, -1)}!`],
    ['of another kind', (bearer) => bearer.replace('Bearer', 'Basic')],
    ['without a kind', (bearer) => bearer.replace('Bearer ', '')],
    ['in a cookie', (bearer) => bearer.replace('Authorization: Bearer ', 'Cookie: access_token=')],
    ['of 10 kB', () => `Authorization: Bearer ${'x'.repeat(10_000)}`],
    ['with bytes beyond ASCII', () => 'Authorization: Bearer \xff\xfe'.padEnd(60, '\xff')],
  ])('with its credential %s is not answered', async (_name, more) => {
    const answer = await poll('', more);
    expect(answer).toMatchObject({ status: 401, unprotected: [] });
    expect(answer.head).toMatch(/^www-authenticate: Bearer/im);
    expect(answer.body).not.toContain('Half-Hourly');
  });

  test('with its credential in the address is not answered', async () => {
    expect(await answerTo(request(`/tariff?access_token=${grant}`))).toMatchObject({ status: 401 });
  });

  test.each([
    ['/tariff/', 200],
    ['/tariff/..', 404],
    ['/tariff%2f', 404],
    ['/tariff;x', 404],
    ['//tariff', 404],
    ['/x/../tariff', 404],
    ['/%74ariff', 404],
  ])('at %s is %i', async (target, status) => {
    const answer = await answerTo(request(target, { more: `Authorization: Bearer ${grant}` }));
    expect(answer.status).toBe(status);
  });
});
