import { describe, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { readerOf, rememberLanguage, uiLocalesOf } from '../../src/web/reader.ts';

const OURS = ['de', 'en', 'fr'];
const LOCAL = new URL('http://localhost:4000');
const PUBLIC = new URL('https://connect.provider.example');

/** Says what it knows of whoever asks. */
const appAt = (publicUrl: URL) =>
  express()
    .use(rememberLanguage(OURS, publicUrl))
    .use((req, res) => void res.json({ ...readerOf(req), uiLocales: uiLocalesOf(req) }));

interface Asked {
  url?: string;
  method?: 'get' | 'post';
  headers?: Record<string, string>;
  at?: URL;
}
interface Known {
  chosen?: string;
  here: string | null;
  uiLocales: string;
}

async function ask({ url = '/connections', method = 'get', headers = {}, at = LOCAL }: Asked) {
  const answer = await request(appAt(at))[method](url).set(headers);
  return { known: answer.body as Known, cookies: (answer.headers['set-cookie'] ?? []) as unknown as string[] };
}

describe('where the same page is to be had in another language', () => {
  test.each<[string, string, string | null]>([
    ['the overview', '/connections', '/connections'],
    ['a receipt', '/connections/grt_aaaaaaaaaaaaaaaaaaaaaa/receipt', '/connections/grt_aaaaaaaaaaaaaaaaaaaaaa/receipt'],
    ['a page of a visit', '/connect/0123456789abcdefABCDEF/consent', '/connect/0123456789abcdefABCDEF/consent'],
    ['the entry without a token', '/connect', '/connect'],
    ['a list that was searched', '/connect/v/supply?q=Mill+Lane&page=2', '/connect/v/supply?q=Mill+Lane&page=2'],
    ['a search with hostile words', '/connect/v/supply?q=%26lang%3Dde%23', '/connect/v/supply?q=%26lang%3Dde%23'],
    [
      'a page that says what was wrong',
      '/connect/v/supply?problem=none_chosen',
      '/connect/v/supply?problem=none_chosen',
    ],
    ['the end of a visit that was told', '/connect/v/done?told=1', '/connect/v/done?told=1'],
    ['the way in, after signing out', '/connections?signed_out', '/connections?signed_out='],
    ['a page that was asked for in a language', '/connect/v/login?lang=de', '/connect/v/login'],
    ['a page that waits', '/connect/v/finishing?wait=1', '/connect/v/finishing'],
    ['both', '/connect/v/supply?lang=de&q=a&wait=1&lang=fr', '/connect/v/supply?q=a'],
    ['the root, where links arrive', '/', null],
    ['an entry with its token', '/connect?connect_token=0123456789abcdef', null],
    ['an entry with its token by the other name', '/connect?lang=de&fp_cot=0123456789abcdef', null],
    ['an answer of the identity provider', '/connect/callback?code=c0de&state=57a7e', null],
    ['a state alone', '/connect/callback?state=57a7e', null],
    ['a refusal of the identity provider', '/connect/callback?error=access_denied', null],
    ['a parameter nobody knows', '/connections?q=a&x=1', null],
    ['a parameter whose name is nearly ours', '/connections?Q=a', null],
    ['another host’s address', '//evil.example', null],
    ['another host’s address that begins like ours', '//evil.example/connections', null],
    ['a host behind our path', '/connect//evil.example', null],
    ['a backslash', '/connect/%5Cevil.example', null],
    ['an encoded slash', '/connect/%2Fevil.example/login', null],
    ['an encoded path', '/%63onnections', null],
    ['a path that climbs', '/connections/../admin', null],
    ['an address with a host', 'http://evil.example/connections', null],
    ['deeper than our pages are', '/connections/a/b/c', null],
    ['longer than our pages are', `/connections/${'a'.repeat(65)}`, null],
    ['a path that only begins like ours', '/connectionsx', null],
    ['any other page', '/tariff', null],
  ])('%s: %s', async (_, url, here) => {
    // Without supertest, which tidies addresses before they are sent.
    const seen: (string | null)[] = [];
    const app = express().use((req, res) => {
      Object.defineProperty(req, 'originalUrl', { value: url });
      seen.push(readerOf(req).here ?? null);
      res.end();
    });
    await request(app).get('/');
    expect(seen).toEqual([here]);
  });

  test('a page that answers a form is not to be had again', async () => {
    expect((await ask({ url: '/connections/continue', method: 'post' })).known.here).toBeNull();
  });
});

describe('the language somebody chose', () => {
  test.each<[string, Asked, string | undefined]>([
    ['is the one of the link', { url: '/connections?lang=de' }, 'de'],
    [
      'is the one of the link, before the cookie',
      { url: '/connections?lang=de', headers: { cookie: 'language=fr' } },
      'de',
    ],
    ['is the one of the cookie', { headers: { cookie: 'a=b; language=fr; c=d' } }, 'fr'],
    [
      'is the one of the cookie, where the link names none of ours',
      { url: '/?lang=sw', headers: { cookie: 'language=fr' } },
      'fr',
    ],
    [
      'is the one of the cookie, where the link names two',
      { url: '/?lang=de&lang=en', headers: { cookie: 'language=fr' } },
      'fr',
    ],
    ['is none without either', {}, undefined],
    ['is none when the link names two', { url: '/connections?lang=de&lang=fr' }, undefined],
    ['is none when the link names the same twice', { url: '/connections?lang=de&lang=de' }, undefined],
    ['is none when it is not one of ours', { url: '/connections?lang=sw' }, undefined],
    ['is none when it is empty', { url: '/connections?lang=' }, undefined],
    ['is none when it is something else', { url: '/connections?lang=%3Cscript%3E' }, undefined],
    ['is none when the cookie is something else', { headers: { cookie: 'language=../../etc' } }, undefined],
    ['is none by a name every object has', { url: '/connections?lang=constructor' }, undefined],
    ['is kept by its full name on https', { at: PUBLIC, headers: { cookie: '__Host-language=de' } }, 'de'],
    ['is no other host’s to set on https', { at: PUBLIC, headers: { cookie: 'language=fr' } }, undefined],
    [
      'is not hidden by another host’s cookie',
      { at: PUBLIC, headers: { cookie: 'language=fr; __Host-language=de' } },
      'de',
    ],
  ])('%s', async (_, asked, chosen) => {
    expect((await ask(asked)).known.chosen).toBe(chosen);
  });

  test.each<[string, URL, string]>([
    ['this machine', LOCAL, 'language=de; Max-Age=86400; Path=/; Expires=DATE; HttpOnly; SameSite=Lax'],
    ['https', PUBLIC, '__Host-language=de; Max-Age=86400; Path=/; Expires=DATE; HttpOnly; Secure; SameSite=Lax'],
  ])('is kept for a day, on %s', async (_, at, expected) => {
    const { cookies } = await ask({ url: '/connections?lang=de', at });
    expect(cookies.map((cookie) => cookie.replace(/Expires=[^;]+/, 'Expires=DATE'))).toEqual([expected]);
  });

  test.each(['/connections', '/connections?lang=sw', '/connections?lang=de&lang=fr', '/connections?lang='])(
    'is not kept where none was chosen: %s',
    async (url) => {
      expect((await ask({ url, headers: { cookie: 'language=fr' } })).cookies).toEqual([]);
    },
  );
});

describe('the languages the identity provider is asked for', () => {
  test.each<[string, string | null, string | null, string]>([
    ['none, without any wish', null, null, ''],
    ['those of the header, the best first', null, 'en;q=0.3, de-AT, fr;q=0.8', 'de-AT fr en'],
    ['the chosen one first', 'fr', 'de-AT, en;q=0.8', 'fr de-AT en'],
    ['the chosen one once', 'fr', 'de, fr;q=0.5', 'fr de'],
    ['at most five', 'fr', 'de, en, es, it, pl, nl', 'fr de en es it'],
    ['no wildcard', null, 'de, *;q=0.1', 'de'],
    ['none that is refused', null, 'de, en;q=0', 'de'],
    ['nothing that is not a language', null, 'de, "x", en&prompt=none, ../fr, x-klingon, e', 'de'],
    ['nothing endless', null, `${'a'.repeat(5000)}, de-${'b'.repeat(9)}, en`, 'en'],
  ])('%s', async (_, chosen, header, expected) => {
    const { known } = await ask({
      url: chosen === null ? '/connections' : `/connections?lang=${chosen}`,
      headers: header === null ? {} : { 'accept-language': header },
    });
    expect(known.uiLocales).toBe(expected);
  });
});
