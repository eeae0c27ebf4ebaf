import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { randomId } from '../../src/base/random.ts';
import { posting } from '../support/customer.ts';
import { usePlantedWorld } from './planted-world.ts';

/** What browsers and pollers send is theirs: it is neither logged nor shown, nor counted under its own name. */

const world = usePlantedWorld(() => ({ env: { POLLER_API_KEYS: 'one:a-key-for-the-poller' } }));

const url = (path: string): string => `${world.adapter.adapterUrl}${path}`;
const form = (fields: Record<string, string>): RequestInit => posting(new URLSearchParams(fields));
const json = (body: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body,
});
/** As a browser that knows its way would send it, without being one. */
const statusOf = async (path: string, init?: RequestInit): Promise<number> => {
  const answer = await fetch(url(path), { redirect: 'manual', ...init });
  await answer.text();
  return answer.status;
};

describe('addresses nobody made', () => {
  test.each([
    ['a path', () => `/${world.plant('path')}`],
    // Links to other languages lead to the same address.
    ['a path below the journeys', () => `/connect/${world.plant('journey', 'shown')}/login`],
    ['a page of a journey', () => `/connect/${randomId()}/${world.plant('page', 'shown')}`],
    ['a query', () => `/connect?${world.plant('name')}=${world.plant('value')}`],
    ['a file', () => `/assets/${world.plant('file')}`],
    ['a path that cannot be decoded', () => `/connect/%ff${world.plant('path')}/login`],
    ['a query that cannot be decoded', () => `/connect?connect_token=%ff${world.plant('query')}`],
    ['a tariff’s address with a token in it', () => `/tariff?access_token=${world.plant('access_token')}`],
  ])('%s', async (_, path) => {
    expect(await statusOf(path())).toBeGreaterThanOrEqual(400);
  });
});

describe('forms', () => {
  const path = async (button: string) => {
    const { pathname } = new URL((await world.visit()).page.url);
    return pathname.replace(/[^/]+$/, button);
  };

  test.each<[string, () => RequestInit]>([
    ['with a protection value of nobody’s', () => form({ csrf: world.plant('csrf') })],
    ['with fields nobody asked for', () => form({ csrf: 'x', [world.plant('name')]: world.plant('value') })],
    ['with a name twice', () => form({ csrf: 'x', 'csrf[a]': world.plant('value') })],
    ['as JSON', () => json(JSON.stringify({ csrf: world.plant('csrf') }))],
    ['as JSON that is broken', () => json(`{"csrf": ${world.plant('broken')}`)],
    ['too large', () => form({ csrf: world.plant('large').repeat(20_000) })],
    ['in an encoding nobody knows', () => ({ ...form({ csrf: world.plant('encoded') }), ...encoded('x-unknown') })],
    ['that are not what they say', () => ({ ...form({ csrf: world.plant('zipped') }), ...encoded('gzip') })],
  ])('%s', async (_, init) => {
    expect(await statusOf(await path('continue'), init())).toBeGreaterThanOrEqual(400);
  });
  const encoded = (encoding: string) => ({
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': encoding },
  });

  test('with a choice nobody offered', async () => {
    const customer = await world.atSignIn();
    await customer.signIn('bob');
    await customer.press('choose', { supply: world.plant('supply').slice(0, 10) });
    await customer.press('choose', { supply: world.plant('supply') });
    expect(customer.page.step).toBe('error');
  });
});

test('what a customer looks for is on their own page only', async () => {
  const customer = await world.atSignIn();
  await customer.signIn('erin');
  await customer.open(`${customer.page.url}?q=${world.plant('search', 'shown')}&page=${world.plant('page', 'shown')}`);
  expect(customer.page.step).toBe('supply');
});

test('headers, whatever they say', async () => {
  const planted = [
    'user-agent',
    'referer',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-request-id',
    'origin',
    'accept-language',
    'if-none-match',
    'authorization',
    'x-api-key',
  ];
  const headers = Object.fromEntries(planted.map((name) => [name, world.plant(name)]));
  const cookie = `journey-${world.plant('cookie name')}=${world.plant('cookie')}; ${world.plant('other')}=x`;
  for (const path of ['/connect', '/tariff', '/healthz', '/nothing', `/connect/${randomId()}/login`]) {
    expect(await statusOf(path, { headers: { ...headers, cookie } })).toBeLessThan(500);
  }
});

describe('a poller’s credentials', () => {
  test.each<[string, () => Record<string, string>]>([
    ['a token nobody was given', () => ({ authorization: `Bearer ${world.plant('token').replaceAll(' ', '')}` })],
    ['a token that cannot be one', () => ({ authorization: `Bearer !${world.plant('token')}` })],
    ['a user name and a password', () => ({ authorization: `Basic ${btoa(`a:${world.plant('password')}`)}` })],
    ['a scheme nobody knows', () => ({ authorization: `${world.plant('scheme')} x` })],
    ['a key that is not ours', () => ({ 'x-api-key': world.plant('key') })],
  ])('%s', async (_, headers) => {
    const answer = await fetch(url('/tariff'), { headers: { 'x-api-key': 'a-key-for-the-poller', ...headers() } });
    expect(answer.status).toBe(401);
    await answer.text();
  });
});

test('what is not HTTP is not repeated either', async () => {
  const { hostname, port } = new URL(world.adapter.adapterUrl);
  const raw = request({ hostname, port, path: '/connect', headers: { 'x-large': world.plant('large').repeat(2000) } });
  const refused = new Promise<number>((resolve, reject) => {
    raw.on('response', (answer) => {
      void text(answer).then((body) => {
        world.adapter.secrecy.place({ name: 'a bare answer', content: body });
        resolve(answer.statusCode ?? 0);
      });
    });
    raw.on('error', reject);
  });
  raw.end();
  expect(await refused).toBe(431);
});
