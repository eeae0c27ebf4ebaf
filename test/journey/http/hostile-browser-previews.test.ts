import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer } from '../../support/customer.ts';
import { ask, portOf } from '../../support/raw-http.ts';
import { idIn, journeyOf, secretOf, STAGES, toldAbout, UNLIMITED } from './stages.ts';

/** Links are opened by more than people: whoever only looks uses nothing up (DESIGN §2). */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld({ env: UNLIMITED });
});
afterAll(() => adapter.close());

const contextsAskedFor = (token: string): number =>
  adapter.world.flatpeak.requests.filter(({ method, path }) => method === 'GET' && path.endsWith(token)).length;

/** The journey of a link that has been opened already, as it is kept. */
const keptOf = async (url: string) => {
  const shown = await fetch(url, { redirect: 'manual' });
  return journeyOf(adapter, { id: idIn(new URL(shown.headers.get('location') ?? '', url).href) });
};

/** Programs that open links before people do, as they introduce themselves. */
const LOOKERS: [string, Record<string, string>, string?][] = [
  ['a link checker, by HEAD', { 'user-agent': 'Mozilla/5.0 (compatible; LinkChecker)' }, 'HEAD'],
  ['a browser that prefetches', { 'sec-purpose': 'prefetch', 'sec-fetch-site': 'cross-site' }],
  ['a browser that prerenders', { 'sec-purpose': 'prefetch;prerender', 'sec-fetch-dest': 'document' }],
  ['a browser that prefetches the older way', { purpose: 'prefetch' }],
  ['a browser that prefetches the oldest way', { 'x-moz': 'prefetch', 'x-purpose': 'preview' }],
  ['WhatsApp', { 'user-agent': 'WhatsApp/2.23.20.0' }],
  ['Facebook', { 'user-agent': 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)' }],
  ['Slack', { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)', range: 'bytes=0-32768' }],
  ['Telegram', { 'user-agent': 'TelegramBot (like TwitterBot)' }],
  ['Outlook Safe Links', { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 'x-ms-safelinks': '1' }],
  [
    'Apple Messages',
    { 'user-agent': 'Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 facebookexternalhit/1.1 Twitterbot/1.0' },
  ],
  ['a search engine', { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }],
  ['a virus scanner', { 'user-agent': 'BarracudaCentral/1.0', accept: '*/*' }],
];

/** One of each kind, where what they call themselves cannot matter any more. */
const KINDS = LOOKERS.slice(0, 6);

describe('before the customer,', () => {
  test.each(LOOKERS)(
    '%s opens the link: it still is as it was, and the customer gets through',
    async (_name, headers, method = 'GET') => {
      const { token, url } = adapter.link();
      const target = url.slice(new URL(url).origin.length);
      for (let times = 0; times < 3; times += 1) {
        const looked = await ask(portOf(url), { method, target, headers });
        expect(looked.status).toBe(303);
        expect(looked.headers.location).toMatch(/\/login$/);
        // Some follow the redirect, without keeping cookies.
        const page = await ask(portOf(url), { method, target: looked.headers.location ?? '', headers });
        expect(page.status).toBe(200);
      }
      expect(await keptOf(url)).toMatchObject({ state: 'started', version: 1, browserHash: null, problem: null });
      expect(contextsAskedFor(token)).toBe(1);
      const customer = new Customer();
      await customer.open(url);
      await customer.press('continue');
      await customer.signIn('alice');
      await customer.press('allow');
      expect(customer.leftFor).toContain(`connect_token=${token}`);
      expect(toldAbout(adapter, { token })).toHaveLength(1);
      expect(contextsAskedFor(token)).toBe(1);
    },
  );

  test('many at once open the link: one visit, and Flatpeak is asked by those that came together', async () => {
    const { token, url } = adapter.link();
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(url, { redirect: 'manual' })));
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    const asked = contextsAskedFor(token);
    await fetch(url, { redirect: 'manual' });
    expect(contextsAskedFor(token)).toBe(asked);
    expect(await keptOf(url)).toMatchObject({ state: 'started', version: 1 });
  });
});

describe('while the customer is under way,', () => {
  test.each(KINDS)('%s opens the link: the customer’s page stays', async (_name, headers, method = 'GET') => {
    const stage = await STAGES.deciding(adapter);
    const before = await journeyOf(adapter, stage);
    const target = stage.url.slice(new URL(stage.url).origin.length);
    const looked = await ask(portOf(stage.url), { method, target, headers });
    expect(looked.headers.location).toBe(`/connect/${stage.id}/login`);
    expect(await journeyOf(adapter, stage)).toEqual(before);
  });

  test('a look at the head of the page that leads to sign-in does not use it up', async () => {
    const stage = await STAGES.started(adapter);
    const { action, body } = stage.customer.formOf('continue');
    const pressed = await stage.customer.fetch(action, {
      method: 'POST',
      body: body.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const redirecting = new URL(pressed.headers.get('location') ?? '', stage.url).href;
    const cookie = `journey-${stage.id}=${await secretOf(stage)}`;
    const looked = await ask(portOf(stage.url), {
      method: 'HEAD',
      target: new URL(redirecting).pathname,
      headers: { cookie },
    });
    expect([looked.status, looked.headers.allow]).toEqual([405, 'GET']);
    expect(await stage.customer.fetch(redirecting)).toMatchObject({ status: 200, step: 'redirecting' });
  });

  test('nor does one at a callback', async () => {
    const stage = await STAGES.started(adapter);
    await stage.customer.press('continue');
    const callback = await stage.customer.untilCallback('alice');
    const cookie = `journey-${stage.id}=${await secretOf(stage)}`;
    const looked = await ask(portOf(stage.url), {
      method: 'HEAD',
      target: callback.slice(new URL(callback).origin.length),
      headers: { cookie },
    });
    expect([looked.status, looked.headers.allow]).toEqual([405, 'GET']);
    await stage.customer.open(callback);
    expect(stage.customer.page.step).toBe('consent');
  });
});

test.each(KINDS)('once decided, %s learns nothing and sends nothing again', async (_name, headers, method = 'GET') => {
  const stage = await STAGES.delivered(adapter);
  const before = await journeyOf(adapter, stage);
  const target = stage.url.slice(new URL(stage.url).origin.length);
  const looked = await ask(portOf(stage.url), { method, target, headers });
  expect(looked.status).toBe(200);
  expect(looked.body).not.toContain('Archer');
  expect(await journeyOf(adapter, stage)).toEqual(before);
  expect(toldAbout(adapter, stage)).toHaveLength(1);
});
