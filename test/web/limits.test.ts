import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'express-rate-limit';
import { parse } from 'node-html-parser';
import request from 'supertest';
import { createApp } from '../../src/app.ts';
import { countInMemory } from '../../src/web/bounded-counts.ts';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { Customer } from '../support/customer.ts';

/** Who is slowed down, by what, and who never is: through the whole adapter, behind one proxy. */

const PROXY = { TRUST_PROXY: '1' };

/** Each test comes from addresses of its own, so that they do not use up each other's limits. */
let network = 0;
const newAddress = (): string => {
  network += 1;
  return `198.51.${network >> 8}.${network & 255}`;
};

interface Answer {
  status: number;
  headers: Headers;
  body: string;
  reason: string | undefined;
}
async function ask(url: string, from: string, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(url, { redirect: 'manual', headers: { 'x-forwarded-for': from, ...headers } });
  const body = await answer.text();
  const reason = parse(body).querySelector('main')?.getAttribute('data-reason');
  return { status: answer.status, headers: answer.headers, body, reason };
}

/** Asks so many times; the statuses, and the last answer. */
async function askAgain(times: number, send: (n: number) => Promise<Answer>) {
  const answers: Answer[] = [];
  for (let n = 0; n < times; n += 1) answers.push(await send(n));
  return { statuses: answers.map(({ status }) => status), last: answers.at(-1)! };
}
const times = (count: number, status: number): number[] => Array.from({ length: count }, () => status);

/** How the wait and the rule are told (RFC 9110 §10.2.3 and the IETF draft on RateLimit fields). */
function expectToldToWait({ headers }: Answer, name: string, quota: number, windowS: number): void {
  const wait = Number(headers.get('retry-after'));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(windowS);
  // Several limits may speak; this one says that nothing is left.
  expect(headers.get('ratelimit')).toContain(`"${name}"; r=0; t=${wait}`);
  expect(headers.get('ratelimit-policy')).toContain(`"${name}"; q=${quota}; w=${windowS}`);
}
const expectPage = (answer: Answer): void => expect(answer).toMatchObject({ status: 429, reason: 'too_many_requests' });

async function connect(adapter: AdapterWorld, login: string): Promise<string> {
  const { token, url } = adapter.link();
  const customer = new Customer({ 'x-forwarded-for': newAddress() });
  await customer.open(url);
  await customer.press('continue');
  await customer.signIn(login);
  if (customer.page.step === 'supply') await customer.press('choose', { supply: '0' });
  await customer.press('allow');
  // Flatpeak polls a new grant at once.
  await adapter.world.flatpeak.settled();
  const { body } = adapter.world.flatpeak.submissions.find(({ connectToken }) => connectToken === token)!;
  return (body as unknown as { auth_data: { access_token: string } }).auth_data.access_token;
}

describe('with tight limits', () => {
  let adapter: AdapterWorld;
  beforeAll(async () => {
    adapter = await startAdapterWorld({
      env: { ...PROXY, LIMIT_ENTRIES_PER_MINUTE: '5', LIMIT_REQUESTS_PER_MINUTE: '12' },
    });
  });
  afterAll(() => adapter.close());
  const at = (path: string) => `${adapter.adapterUrl}${path}`;
  const poll = (token: string, from: string) => ask(at('/tariff'), from, { authorization: `Bearer ${token}` });

  test('an address that asks for much is told to wait, on a page', async () => {
    const address = newAddress();
    const { statuses, last } = await askAgain(13, () => ask(at('/connect/nowhere'), address));
    expect(statuses).toEqual([...times(12, 404), 429]);
    expectPage(last);
    expectToldToWait(last, 'client', 12, 60);
  });

  test('an address that opens many links is told to wait before it may open more', async () => {
    const address = newAddress();
    const { statuses, last } = await askAgain(6, () => ask(at('/connect'), address));
    expect(statuses).toEqual([...times(5, 400), 429]);
    expectPage(last);
    expectToldToWait(last, 'entry', 5, 60);
    // It can still go on with the visit it has.
    expect((await ask(at('/connect/nowhere'), address)).status).toBe(404);
  });

  test.each([
    ['two addresses of one IPv6 network of a home', '2001:db8:0:7::1', '2001:db8:0:7:ffff:eeee:dddd:2', 429],
    ['addresses of two such networks', '2001:db8:0:8::1', '2001:db8:0:9::1', 400],
    ['an IPv4 address and the same one written as IPv6', '203.0.113.9', '::ffff:203.0.113.9', 429],
    ['two customers behind the same proxy', '203.0.113.10', '203.0.113.11', 400],
    ['whoever claims to be somebody else, through the proxy', '203.0.113.12', '198.51.100.1, 203.0.113.12', 429],
  ])('%s: %s and %s', async (_, one, other, status) => {
    await askAgain(5, () => ask(at('/connect'), one));
    expect((await ask(at('/connect'), other)).status).toBe(status);
  });

  test('one link opened from everywhere at once is held back; the next link is not', async () => {
    const { url } = adapter.link();
    const { statuses, last } = await askAgain(61, () => ask(url, newAddress()));
    expect(statuses).toEqual([...times(60, 303), 429]);
    expectPage(last);
    expectToldToWait(last, 'token', 60, 60);
    expect((await ask(adapter.link().url, newAddress())).status).toBe(303);
  });

  test('one visit asked for from everywhere at once is held back, pages and buttons together; another is not', async () => {
    const visit = async () => (await ask(adapter.link().url, newAddress())).headers.get('location')!;
    const page = await visit();
    const { statuses } = await askAgain(119, () => ask(at(page), newAddress()));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect((await ask(at(page.replace(/\/login$/, '')), newAddress())).status).toBe(303);
    const button = await fetch(at(page.replace(/login$/, 'continue')), {
      method: 'POST',
      headers: { 'x-forwarded-for': newAddress() },
    });
    expect(button.status).toBe(429);
    const last = await ask(at(page), newAddress());
    expectPage(last);
    expectToldToWait(last, 'journey', 120, 60);
    expect((await ask(at(await visit()), newAddress())).status).toBe(200);
  });

  test('the poller asks for many grants from one address, for each as often as the policy says', async () => {
    const poller = newAddress();
    const [one, two] = [await connect(adapter, 'alice'), await connect(adapter, 'bob')];
    const others = await askAgain(30, () => poll(one, poller));
    expect(others.statuses).toEqual(times(30, 200));
    // The sixtieth of this grant was Flatpeak's own.
    const { statuses, last } = await askAgain(60, () => poll(two, poller));
    expect(statuses).toEqual([...times(59, 200), 429]);
    expect(JSON.parse(last.body)).toMatchObject({ code: 'too_many_polls', status: 429 });
    expect(last.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expectToldToWait(last, 'polls', 60, 3600);
    expect((await poll(one, poller)).status).toBe(200);
  });

  test('polling grants that have ended is answered each time with why: they were good once', async () => {
    const poller = newAddress();
    const replaced = await connect(adapter, 'alice');
    await connect(adapter, 'alice');
    const { last } = await askAgain(15, () => poll(replaced, poller));
    expect(JSON.parse(last.body)).toMatchObject({ code: 'grant_replaced', status: 401 });
  });

  test('whoever tries tokens is held back, and cannot lock out the poller at the same address', async () => {
    const address = newAddress();
    const grant = await connect(adapter, 'alice');
    const guess = (n: number) => poll(`guess-${n}`.padEnd(43, '0'), address);
    const { statuses, last } = await askAgain(13, guess);
    expect(statuses).toEqual([...times(12, 401), 429]);
    expect(JSON.parse(last.body)).toMatchObject({ code: 'too_many_failures', status: 429 });
    expectToldToWait(last, 'poll_failures', 12, 60);
    expect((await poll(grant, address)).status).toBe(200);
    expect((await ask(at('/tariff'), address)).status).toBe(429);
  });
});

describe('with the limits as they come', () => {
  let adapter: AdapterWorld;
  beforeAll(async () => {
    adapter = await startAdapterWorld({ env: PROXY });
  });
  afterAll(() => adapter.close());

  test('a hundred customers of one mobile carrier open their links in the same minute', async () => {
    const carrier = newAddress();
    const customers = Array.from({ length: 100 }, () => new Customer({ 'x-forwarded-for': carrier }));
    const pages = await Promise.all(customers.map((customer) => customer.open(adapter.link().url)));
    expect(new Set(pages.map(({ step }) => step))).toEqual(new Set(['login']));
    const pressed = await Promise.all(
      customers.map(async (customer) => {
        const { action, body } = customer.formOf('continue');
        return customer.fetch(action, { method: 'POST', body });
      }),
    );
    expect(new Set(pressed.map(({ status }) => status))).toEqual(new Set([303]));
  });

  test('and they are limits all the same', async () => {
    const carrier = newAddress();
    const { headers } = await ask(`${adapter.adapterUrl}/connect`, carrier);
    expect(headers.get('ratelimit-policy')).toMatch(/"client"; q=600; w=60.*"entry"; q=120; w=60/);
  });
});

test('whatever an address holds, what is counted by is short', async () => {
  const keys: string[] = [];
  class Recording extends MemoryStore {
    override increment(key: string) {
      keys.push(key);
      return super.increment(key);
    }
  }
  const adapter = await startAdapterWorld();
  const counting = { ...adapter.services.counting, store: () => new Recording() };
  const app = createApp({ ...adapter.services, counting });
  const long = 'x'.repeat(10_000);
  await request(app).get(`/connect/${long}/login`).expect(404);
  await request(app).get(`/connect?connect_token=${long}`).expect(400);
  await adapter.close();
  expect(keys.length).toBeGreaterThanOrEqual(5);
  expect(keys.filter((key) => key.length > 64)).toEqual([]);
});

describe('what is counted in memory', () => {
  const init = () => {
    const store = countInMemory();
    store.init({ windowMs: 60_000 } as Parameters<typeof store.init>[0]);
    return store;
  };

  test('is bounded, whoever comes: a million addresses leave no more than a hundred thousand behind', async () => {
    const store = init();
    for (let n = 0; n < 1_000_000; n += 1) await store.increment(`2001:db8:${n >> 16}:${n & 65535}::/64`);
    expect(store.current.size + store.previous.size).toBeLessThanOrEqual(100_000);
    store.shutdown();
  });

  test('does not forget whoever goes on asking while the others pass', async () => {
    const store = init();
    for (let n = 0; n < 200_000; n += 1) {
      await store.increment(`passer-by ${n}`);
      if (n % 1000 === 0) await store.increment('busy');
    }
    expect((await store.get('busy'))?.totalHits).toBe(200);
    store.shutdown();
  });
});
