import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { HOUR, SECOND } from '../../support/clock.ts';
import { arriveAtConsent, Customer } from '../../support/customer.ts';
import { until } from '../../support/until.ts';

/**
 * Somebody puts the adapter's clock an hour forward or back, whatever a customer is doing; Flatpeak, the identity
 * provider and the customer live on in the true time.
 */

let adapter: AdapterWorld;
let off = 0;
beforeAll(async () => {
  adapter = await startAdapterWorld({ clock: () => Date.now() + off });
});
afterEach(() => {
  off = 0;
  adapter.world.flatpeak.faults.clear();
});
afterAll(() => adapter.close());

const told = (token: string) =>
  adapter.world.flatpeak.submissions
    .filter(({ connectToken }) => connectToken === token)
    .map(({ body }) => ('auth_data' in body ? 'allowed' : body.action));
/** 304: the tariff of before still holds. */
const poll = async (token: string) => [200, 304].includes((await adapter.world.flatpeak.poll(token)).status ?? 0);
const attempts = (token: string) =>
  adapter.world.flatpeak.requests.filter(({ method, path }) => method === 'POST' && path.endsWith(token));

/** Does what the page says, from the link on, until back in the app. */
async function finish(customer: Customer, url: string): Promise<void> {
  await customer.open(url);
  for (let step = 0; step < 8 && customer.leftFor === null; step += 1) {
    if (customer.page.step === 'login') await customer.press('continue');
    else if (customer.page.step === 'sign-in') await customer.signIn('alice');
    else if (customer.page.step === 'error') await customer.press('retry');
    else await customer.press('allow');
  }
}

const onLogin = async (url: string): Promise<Customer> => {
  const customer = new Customer();
  await customer.open(url);
  expect(customer.page.step).toBe('login');
  return customer;
};

describe('forward, past the end of every visit left alone', () => {
  test('at the first page: the visit has expired, and its link opens another', async () => {
    const { token, url } = adapter.link();
    const customer = await onLogin(url);
    off = HOUR;
    await customer.press('continue');
    expect(customer.page.reason).toBe('journey_expired');
    await finish(customer, url);
    expect(told(token)).toEqual(['allowed']);
  });

  test('at the identity provider: nobody is signed in by it, and the link opens another visit', async () => {
    const { token, url } = adapter.link();
    const customer = await onLogin(url);
    await customer.press('continue');
    off = HOUR;
    await customer.signIn('alice');
    expect(customer.page.reason).toBe('journey_expired');
    await finish(customer, url);
    expect(told(token)).toEqual(['allowed']);
  });

  test('at the consent page: what is pressed there counts for nothing, and is asked again', async () => {
    const { token, url } = adapter.link();
    const customer = await arriveAtConsent({ url });
    off = HOUR;
    await customer.press('allow');
    expect(customer.page.reason).toBe('journey_expired');
    expect(attempts(token)).toEqual([]);
    await finish(customer, url);
    expect(told(token)).toEqual(['allowed']);
  });
});

describe('back', () => {
  test('at the first page: the visit goes on', async () => {
    const { token, url } = adapter.link();
    const customer = await onLogin(url);
    off = -HOUR;
    await customer.press('cancel');
    expect(customer.leftFor).toContain(token);
    expect(told(token)).toEqual(['DISMISS_LOGIN']);
  });

  test('at the identity provider: an ID token from the future signs nobody in; from the present it does', async () => {
    const { token, url } = adapter.link();
    const customer = await onLogin(url);
    await customer.press('continue');
    off = -HOUR;
    await customer.signIn('alice');
    expect(customer.page).toMatchObject({ step: 'error', reason: 'sign_in_failed' });
    off = 0;
    await finish(customer, url);
    expect(told(token)).toEqual(['allowed']);
  });

  test('at the consent page: the decision counts', async () => {
    const { token, url } = adapter.link();
    const customer = await arriveAtConsent({ url });
    off = -HOUR;
    await customer.press('allow');
    expect(customer.leftFor).toContain(token);
    expect(told(token)).toEqual(['allowed']);
  });
});

describe.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('%s, with the decision made', (_, jump) => {
  test('and not yet delivered: nobody waits longer for the app, and it is delivered once', async () => {
    const { token, url } = adapter.link();
    const customer = await arriveAtConsent({ url });
    adapter.world.flatpeak.faults.set({ submission: { status: 503 } });
    const pressed = customer.press('allow');
    await until(() => attempts(token).length > 0);
    off = jump;
    await pressed;
    expect(customer.leftFor).toContain(token);
    expect(customer.page.document.querySelector('h1')?.text).toBe('You are nearly there');
    adapter.world.flatpeak.faults.clear();
    await until(() => told(token).length > 0);
    expect(told(token)).toEqual(['allowed']);
  });

  test('and under way: no instance sends it twice, and another one only the same', async () => {
    const { token, url } = adapter.link();
    const customer = await arriveAtConsent({ url });
    adapter.world.flatpeak.faults.set({ submission: { delayMs: 2 * SECOND } });
    const pressed = customer.press('allow');
    await until(() => attempts(token).length > 0);
    off = jump;
    await pressed;
    await until(() => told(token).length > 0);
    const sent = attempts(token).map(({ headers, body }) => JSON.stringify([headers['idempotency-key'], body]));
    expect(new Set(sent).size).toBe(1);
    expect(sent.length).toBeLessThanOrEqual(adapter.instances.length);
    expect(told(token)).toEqual(['allowed']);
  });

  test('and polled: the tariff is served', async () => {
    const { token, url } = adapter.link();
    await finish(new Customer(), url);
    off = jump;
    expect(await poll(token)).toBe(true);
    off = 0;
    expect(await poll(token)).toBe(true);
  });
});

test('a customer who agrees again after it was put back has the newer share, and only that', async () => {
  const [first, second] = [adapter.link(), adapter.link()];
  await finish(new Customer(), first.url);
  const customer = await arriveAtConsent({ url: second.url });
  off = -HOUR;
  await customer.press('allow');
  expect(told(second.token)).toEqual(['allowed']);
  expect(await poll(second.token)).toBe(true);
  expect(await poll(first.token)).toBe(false);
});
