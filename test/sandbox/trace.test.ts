import { describe, expect, test } from '@jest/globals';
import { shorten, shortenUrl } from '../../src/sandbox/trace/shorten.ts';
import { Trace } from '../../src/sandbox/trace/trace.ts';

const TOKEN = 'Zk4nT1sQ0aYx7Vt2Bd9Rm3Wc8Hp5Lg6Uj1Ke0Oi4Sf7';

describe('secrets are cut', () => {
  test.each<[string, unknown, unknown]>([
    ['a token by its name', { access_token: 'short-but-secret' }, { access_token: 'short-…' }],
    ['a very short secret wholly', { client_secret: 'hunter2' }, { client_secret: '…' }],
    ['a token by its looks', { anything: TOKEN }, { anything: 'Zk4nT1…' }],
    ['a token that happens to have no digit', { x: 'kqaAZEFKjHTRxtdsbdIDyIqTRiwlVCdVxMkKxkqm' }, { x: 'kqaAZE…' }],
    ['a scheme stays readable', { authorization: `Bearer ${TOKEN}` }, { authorization: 'Bearer Zk4nT1…' }],
    ['deep inside', { auth_data: { refresh_token: TOKEN } }, { auth_data: { refresh_token: 'Zk4nT1…' } }],
    ['in lists', [{ token: TOKEN }], [{ token: 'Zk4nT1…' }]],
    ['an authorization code', { code: 'SplxlOBeZQQYbYS6WxSbIA' }, { code: 'SplxlO…' }],
    ['in an address', { url: `https://a.example/x?code=${TOKEN}` }, { url: 'https://a.example/x?code=Zk4nT1…' }],
  ])('%s', (_rule, given, expected) => {
    expect(shorten(given)).toEqual(expected);
  });

  test.each([
    [`/connect/session/cot_68541c4c407600f62fd98a97`, '/connect/session/cot_68…'],
    [`/cb?state=${TOKEN}&iss=http://localhost:4020`, '/cb?state=Zk4nT1…&iss=http://localhost:4020'],
    [`myapp://back?fp_cot=cot_68541c4c407600f62fd98a97#x`, 'myapp://back?fp_cot=cot_68…#x'],
  ])('in the address %s', (url, expected) => {
    expect(shortenUrl(url)).toBe(expected);
  });
});

describe('what is no secret stays', () => {
  test.each<[string, unknown]>([
    ['error codes', { code: 'provider_not_found' }],
    ['states of a federation', { state: 'NSW' }],
    ['post codes', { post_code: 'BS1 4ND', country_code: 'GB' }],
    ['times', { start_date: '2026-01-01T00:00:00+01:00' }],
    ['zones', { timezone: 'America/Argentina/Buenos_Aires' }],
    ['words of a protocol', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['addresses', { tariff_url: 'http://localhost:4000/tariff' }],
    ['numbers and nothing', { expires_in: 3600, live_mode: false, next: null }],
  ])('%s', (_what, value) => {
    expect(shorten(value)).toEqual(value);
  });

  test('long lists are shown by their beginning', () => {
    expect(shorten([1, 2, 3, 4, 5, 6])).toEqual([1, 2, 3, 4, '… and 2 more']);
  });
});

describe('the trace of a connection', () => {
  const exchange = { from: 'adapter', to: 'flatpeak', method: 'GET', url: '/', status: 200 } as const;

  test('leaves out what belongs to another connection or lies before its time', () => {
    let now = 1000;
    const trace = new Trace(() => now);
    trace.add({ ...exchange, url: '/early' });
    now = 2000;
    trace.add({ ...exchange, url: '/mine', connectToken: 'cot_mine' });
    trace.add({ ...exchange, url: '/other', connectToken: 'cot_other' });
    trace.add({ ...exchange, url: '/anybody' });
    const listed = trace.list({ connectToken: 'cot_mine', since: 2000 });
    expect(listed.map(({ number, url }) => [number, url])).toEqual([
      [2, '/mine'],
      [4, '/anybody'],
    ]);
  });
});
