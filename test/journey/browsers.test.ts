import { describe, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { hashToken, randomToken } from '../../src/base/random.ts';
import { createBrowsers, holds } from '../../src/journey/browsers.ts';
import { csrfMatches, csrfValue } from '../../src/web/csrf.ts';
import type { Journey } from '../../src/journey/journeys.ts';
import { HOUR } from '../support/clock.ts';

const SECRET = 'a'.repeat(43);

/** What a browser with these cookies is seen as, and which cookies it is given. */
async function visit(publicUrl: string, cookie: string | undefined, action: 'look' | 'ensure' | 'set') {
  const browsers = createBrowsers(new URL(publicUrl), HOUR);
  const app = express().get('/', (req, res) => {
    const secret = {
      look: () => browsers.secretOf(req, 'j1'),
      ensure: () => browsers.ensureSecret(req, res, 'j1'),
      set: () => {
        browsers.setSecret(req, res, 'j1', SECRET);
        return SECRET;
      },
    }[action]();
    res.json({ secret, journeys: browsers.journeyIds(req) });
  });
  const answer = await request(app)
    .get('/')
    .set(cookie === undefined ? {} : { cookie });
  const given = (answer.headers['set-cookie'] as string[] | undefined) ?? [];
  return { ...(answer.body as { secret: string | null; journeys: string[] }), given };
}

const HTTPS = 'https://connect.provider.example';
const LOCAL = 'http://localhost:8080';

describe('the secret of a journey is read from the cookie with its name', () => {
  test.each([
    ['alone', `__Host-journey-j1=${SECRET}`, SECRET],
    ['among others', `a=b; __Host-journey-j1=${SECRET}; c=d`, SECRET],
    ['without spaces between', `a=b;__Host-journey-j1=${SECRET};c=d`, SECRET],
    ['not from another journey’s', `__Host-journey-j2=${SECRET}`, null],
    ['not from one whose name begins alike', `__Host-journey-j1x=${SECRET}`, null],
    ['not from one without the prefix, which any host nearby could set', `journey-j1=${SECRET}`, null],
    ['not when it stands there twice', `__Host-journey-j1=${SECRET}; __Host-journey-j1=${'b'.repeat(43)}`, null],
    ['not when it is too short', '__Host-journey-j1=short', null],
    ['not when it is too long', `__Host-journey-j1=${SECRET}a`, null],
    ['not when it has other characters', `__Host-journey-j1=${'a'.repeat(42)}"`, null],
    ['not when it is empty', '__Host-journey-j1=', null],
    ['not from no cookie', undefined, null],
  ])('%s', async (_, cookie, secret) => {
    expect(await visit(HTTPS, cookie, 'look')).toMatchObject({ secret, given: [] });
  });

  test('on plain http on this machine browsers refuse the prefix, so it is left out', async () => {
    expect((await visit(LOCAL, `journey-j1=${SECRET}`, 'look')).secret).toBe(SECRET);
  });
});

describe('a secret is given', () => {
  test('to this host alone, over https alone, out of reach of scripts, and with links that lead here', async () => {
    const { given } = await visit(HTTPS, undefined, 'set');
    expect(given).toEqual([
      expect.stringMatching(
        /^__Host-journey-j1=a{43}; Max-Age=3600; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
  });

  test('without Secure on plain http on this machine', async () => {
    const { given } = await visit(LOCAL, undefined, 'set');
    expect(given).toEqual([
      expect.stringMatching(/^journey-j1=a{43}; Max-Age=3600; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/),
    ]);
  });

  test('once: a browser that has one keeps it', async () => {
    expect(await visit(HTTPS, `__Host-journey-j1=${SECRET}`, 'ensure')).toMatchObject({ secret: SECRET, given: [] });
  });

  test('fresh, and different each time, to a browser that has none', async () => {
    const [one, other] = [await visit(HTTPS, undefined, 'ensure'), await visit(HTTPS, undefined, 'ensure')];
    expect(one.secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(one.given[0]).toContain(`__Host-journey-j1=${one.secret};`);
    expect(other.secret).not.toBe(one.secret);
  });

  test('instead of one that is malformed', async () => {
    const { secret, given } = await visit(HTTPS, '__Host-journey-j1=x', 'ensure');
    expect(given[0]).toContain(`__Host-journey-j1=${secret};`);
  });
});

describe('journeys left behind', () => {
  const cookies = (count: number) =>
    Array.from({ length: count }, (_, n) => `__Host-journey-old${n}=${SECRET}`).join('; ');
  const cleared = (given: string[]) =>
    given.filter((one) => one.includes('Expires=Thu, 01 Jan 1970')).map((one) => one.split('=')[0]);

  test('are known by their cookies', async () => {
    expect((await visit(HTTPS, `a=b; ${cookies(2)}`, 'look')).journeys).toEqual(['old0', 'old1']);
  });

  test('are kept while they are few', async () => {
    expect(cleared((await visit(HTTPS, cookies(5), 'set')).given)).toEqual([]);
  });

  test('are forgotten from the oldest on, so that six remain', async () => {
    const { given } = await visit(HTTPS, `${cookies(8)}; __Host-journey-j1=${SECRET}; other=1`, 'set');
    expect(cleared(given)).toEqual(['__Host-journey-old0', '__Host-journey-old1', '__Host-journey-old2']);
  });
});

describe('a browser holds a journey', () => {
  const journey = (browserHash: string | null) => ({ browserHash }) as Journey;

  test.each([
    ['with its secret', hashToken(SECRET), SECRET, true],
    ['not with another', hashToken(SECRET), 'b'.repeat(43), false],
    ['not with the hash itself', hashToken(SECRET), hashToken(SECRET), false],
    ['not without one', hashToken(SECRET), null, false],
    ['not when nobody does', null, SECRET, false],
    ['not when nobody does and it has none', null, null, false],
  ])('%s', (_, hash, secret, held) => {
    expect(holds(journey(hash), secret)).toBe(held);
  });
});

describe('the value in a form', () => {
  const value = csrfValue(SECRET, 'j1', 'allow:digest');

  test('is the browser’s own, for this journey and what this page showed', () => {
    expect(csrfMatches(SECRET, 'j1', 'allow:digest', value)).toBe(true);
    expect(value).not.toContain(SECRET);
  });

  test.each([
    ['another browser', randomToken(), 'j1', 'allow:digest', value],
    ['another journey', SECRET, 'j2', 'allow:digest', value],
    ['another page', SECRET, 'j1', 'allow:other', value],
    ['journey and page cut elsewhere', SECRET, 'j1allow:', 'digest', value],
    ['a value made up', SECRET, 'j1', 'allow:digest', 'x'.repeat(43)],
    ['no value', SECRET, 'j1', 'allow:digest', ''],
    ['the secret itself', SECRET, 'j1', 'allow:digest', SECRET],
  ])('is refused for %s', (_, secret, journeyId, purpose, given) => {
    expect(csrfMatches(secret, journeyId, purpose, given)).toBe(false);
  });
});
