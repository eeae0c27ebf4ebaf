import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { outbound } from '../../../src/base/outbound.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer } from '../../support/customer.ts';
import { answer, held, reset, startPeer, type HttpPeer } from '../../support/http-peer.ts';

/** The logo of the company whose app asks: fetched by us, and served from our own address. */

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8"/></svg>';
const INITIAL = /^<svg [^>]*viewBox="0 0 64 64">/;

let adapter: AdapterWorld;
let website: HttpPeer;
let logos = 0;
beforeAll(async () => {
  adapter = await startAdapterWorld();
});
beforeEach(async () => {
  website = await startPeer();
});
afterEach(() => website.close());
afterAll(() => adapter.close());

/** A customer on the first page, sent by an app that says where its logo is. */
async function arrivedFrom(app: { logoUrl?: string; displayName?: string } = {}, world = adapter) {
  const { flatpeak } = world.world;
  const [first] = flatpeak.apps;
  logos += 1;
  // Another address every time: what was fetched before is kept.
  const account = { ...first!, logoUrl: `${website.origin}/logo-${logos}`, ...app };
  const token = flatpeak.createConnectToken({ callbackUrl: 'http://localhost:1/done', app: account });
  const customer = new Customer();
  const entry = await customer.fetch(`${world.adapterUrl}/connect?connect_token=${token}`);
  const place = new URL(entry.headers.get('location')!, world.adapterUrl).href;
  return { customer, page: place, logo: place.replace(/login$/, 'logo') };
}

const picturesOn = ({ page }: Customer) =>
  page.document.querySelectorAll('main img').map((image) => image.getAttribute('src') ?? '');

async function pictureAt(url: string) {
  const response = await fetch(url);
  return { status: response.status, headers: response.headers, body: await response.text() };
}

test('stands on the pages of sign-in and consent, from our own address alone', async () => {
  website.script(answer(200, SVG, { 'content-type': 'image/svg+xml' }));
  const { customer, page, logo } = await arrivedFrom();
  await customer.open(page);
  expect(picturesOn(customer)).toEqual([new URL(logo).pathname]);
  await customer.press('continue');
  await customer.signIn('alice');
  expect(customer.page.step).toBe('consent');
  expect(picturesOn(customer)).toEqual([new URL(logo).pathname]);
  expect(customer.page.document.querySelector('main img')?.getAttribute('alt')).toBe('Example EV');
  expect(customer.page.html).not.toContain(website.origin);
});

test('is not there at all where the app names none', async () => {
  const { customer, page, logo } = await arrivedFrom({ logoUrl: '' });
  await customer.open(page);
  expect([customer.page.step, picturesOn(customer)]).toEqual(['login', []]);
  expect((await pictureAt(logo)).body).toMatch(/>E<\/text>/);
});

test('is the picture the company has, in a wrapping in which it can do nothing', async () => {
  website.script(answer(200, SVG, { 'content-type': 'text/html', 'set-cookie': 'a=b', 'cache-control': 'public' }));
  const { logo } = await arrivedFrom();
  const { status, headers, body } = await pictureAt(logo);
  expect([status, body]).toEqual([200, SVG]);
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': expect.stringMatching(/^image\/svg\+xml/),
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, max-age=3600',
    'cross-origin-resource-policy': 'same-origin',
  });
  expect(headers.getSetCookie()).toEqual([]);
});

test('is asked for without a word about the customer', async () => {
  website.script(answer(200, SVG));
  const { customer, page, logo } = await arrivedFrom();
  await customer.open(page);
  await customer.fetch(logo);
  const said = JSON.stringify(website.received.map(({ headers }) => headers));
  expect(said).not.toMatch(/cookie|referer|authorization|user-agent":"(?!node|undici)|forwarded/i);
});

describe('in its place stands the initial', () => {
  test.each([
    ['where there is nothing', answer(404)],
    ['where there is a page', answer(200, '<!doctype html><h1>Hello</h1>', { 'content-type': 'image/png' })],
    ['where it is broken', answer(200, 'GIF89')],
    ['where the connection ends', reset],
    ['where it leads to another scheme', answer(302, '', { location: 'file:///etc/passwd' })],
  ])('%s', async (_, step) => {
    website.script(step);
    const { logo } = await arrivedFrom({ displayName: 'nordlicht' });
    const { status, headers, body } = await pictureAt(logo);
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^image\/svg\+xml/)]);
    expect(body).toMatch(INITIAL);
    expect(body).toContain('>N</text>');
  });

  test('where it does not come in time; the pages do not wait for it', async () => {
    const slow = held(answer(200, SVG));
    website.script(slow.step);
    const failed = () => adapter.events('logo_not_shown').length;
    const before = failed();
    const { customer, page, logo } = await arrivedFrom({ displayName: 'Slow Cars' });
    await slow.arrived;
    await customer.open(page);
    expect(customer.page.step).toBe('login');
    // Nobody has given it up yet.
    expect(failed()).toBe(before);
    expect((await pictureAt(logo)).body).toContain('>S</text>');
    expect(failed()).toBeGreaterThan(before);
    slow.release();
  });

  test('is blank for a visit nobody knows', async () => {
    for (const journey of ['aaaaaaaaaaaaaaaaaaaaaa', 'x', 'connect']) {
      const { status, body } = await pictureAt(`${adapter.adapterUrl}/connect/${journey}/logo`);
      expect(status).toBe(200);
      expect(body).toContain('></text>');
    }
  });
});

test('of the sandbox’s own app is a picture', async () => {
  const { logo } = await arrivedFrom({ logoUrl: `${adapter.world.companion.url}/logo.svg` });
  const { headers, body } = await pictureAt(logo);
  expect(headers.get('content-type')).toMatch(/^image\/svg\+xml/);
  expect(body).toContain('aria-label="Example EV"');
  expect(adapter.world.flatpeak.apps.map(({ logoUrl }) => logoUrl)).toEqual([
    `${adapter.world.companion.url}/logo.svg`,
  ]);
});

describe('at a public address of ours', () => {
  const asked: string[] = [];
  let abroad: AdapterWorld;
  beforeAll(async () => {
    abroad = await startAdapterWorld({
      env: { PUBLIC_URL: 'https://connect.provider.example' },
      outbound: (request) => {
        asked.push(String(request.url));
        return outbound(request);
      },
    });
  });
  afterAll(() => abroad.close());

  test.each([
    ['on this machine', () => `${website.origin}/logo`],
    ['on this machine, by name', () => website.origin.replace('127.0.0.1', 'localhost')],
    ['over plain http', () => 'http://logo.provider.example/logo.svg'],
    ['at an address of this machine', () => 'https://127.0.0.1/logo.svg'],
    ['at a private address', () => 'https://192.168.0.1/logo.svg'],
    ['where clouds keep their secrets', () => 'https://169.254.169.254/latest/meta-data'],
    ['at a private address of IPv6', () => 'https://[fd00::1]/logo.svg'],
    ['at another port', () => 'https://logo.provider.example:8443/logo.svg'],
  ])('none is asked for %s', async (_, address) => {
    asked.length = 0;
    const { logo } = await arrivedFrom({ logoUrl: address() }, abroad);
    expect((await pictureAt(logo)).body).toMatch(INITIAL);
    const flatpeaks = asked.filter((url) => !url.startsWith(abroad.world.flatpeak.apiUrl));
    expect([flatpeaks, website.received]).toEqual([[], []]);
  });
});
