import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, posting } from '../../support/customer.ts';

/** Back, reload, double clicks, restarted WebViews and second browsers are ordinary events (DESIGN §2). */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld();
});
afterAll(() => adapter.close());

const submissionsFor = (token: string) =>
  adapter.world.flatpeak.requests.filter((request) => request.method === 'POST' && request.path.endsWith(token));

const cookieName = (url: string) => `journey-${new URL(url).pathname.split('/')[2] ?? ''}`;

async function arrive(link = adapter.link()): Promise<{ token: string; url: string; customer: Customer }> {
  const customer = new Customer();
  await customer.open(link.url);
  return { ...link, customer };
}

describe('one browser', () => {
  test('two tabs with two tokens never touch each other', async () => {
    const first = await arrive();
    // The same browser opens a second link in another tab: one jar of cookies, two pages.
    const { customer } = first;
    const firstPage = customer.page;
    const second = adapter.link();
    await customer.open(second.url);
    const secondPage = customer.page;
    await customer.press('continue');
    await customer.signIn('alice');
    const secondConsent = customer.page;
    customer.page = firstPage;
    await customer.press('cancel');
    expect(submissionsFor(first.token).map(({ body }) => body)).toEqual([
      { connect_token: first.token, action: 'DISMISS_LOGIN' },
    ]);
    expect(secondPage.url).not.toBe(firstPage.url);
    customer.page = secondConsent;
    await customer.press('allow');
    expect(submissionsFor(second.token)).toHaveLength(1);
  });

  test('back to the sign-in page after signing in leads to where the customer is', async () => {
    const { customer } = await arrive();
    const loginUrl = customer.page.url;
    await customer.press('continue');
    await customer.signIn('alice');
    await customer.open(loginUrl);
    expect(customer.page.step).toBe('consent');
  });

  test('back after the end says that all is done, and sends nothing again', async () => {
    const { customer, token } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    const consentPage = customer.page;
    await customer.press('allow');
    customer.page = consentPage;
    await customer.press('deny');
    expect(customer.page.step).toBe('done');
    expect(submissionsFor(token)).toHaveLength(1);
  });

  test('a double click on "allow" is one decision', async () => {
    const { customer, token } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    const { action, body } = customer.formOf('allow');
    const answers = await Promise.all([1, 2, 3].map(() => customer.fetch(action, posting(body))));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    await customer.open(customer.page.url);
    expect(customer.page.step).toBe('done');
    expect(submissionsFor(token)).toHaveLength(1);
  });

  test('a double click on "continue" ends in one sign-in', async () => {
    const { customer } = await arrive();
    const { action, body } = customer.formOf('continue');
    await customer.fetch(action, posting(body));
    await customer.press('continue');
    await customer.signIn('alice');
    expect(customer.page.step).toBe('consent');
  });

  test('a callback that is repeated leads to where the customer is', async () => {
    const { customer } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    const callback = customer.visited.find((url) => url.includes('/connect/callback')) ?? '';
    await customer.open(callback);
    expect(customer.page.step).toBe('consent');
  });

  test('a callback with a state nobody knows: the sign-in can be tried again', async () => {
    const { customer } = await arrive();
    await customer.press('continue');
    await customer.open(`${adapter.adapterUrl}/connect/callback?code=x&state=unknown`);
    expect(customer.page).toMatchObject({ step: 'error', reason: 'sign_in_failed' });
    await customer.press('retry');
    expect(customer.page.step).toBe('sign-in');
  });

  test('what was known before sign-in opens nothing after it', async () => {
    const { customer } = await arrive();
    const before = await customer.cookies(customer.page.url);
    await customer.press('continue');
    await customer.signIn('alice');
    const thief = new Customer({ 'x-none': '1' });
    const shown = await thief.fetch(customer.page.url, { headers: { cookie: before } });
    expect(shown.headers.get('location')).toMatch(/\/login$/);
  });

  test('a consent page that is out of date is shown anew, not obeyed', async () => {
    const { customer, token } = await arrive();
    await customer.press('continue');
    await customer.signIn('bob');
    await customer.press('choose', { supply: '0' });
    const first = customer.page;
    await customer.press('choose');
    expect(customer.page.step).toBe('supply');
    await customer.press('choose', { supply: '1' });
    customer.page = first;
    await customer.press('allow');
    expect(customer.page.step).toBe('consent');
    expect(submissionsFor(token)).toEqual([]);
  });
});

describe('before sign-in', () => {
  test('the newest browser takes the journey over when it presses "continue", and the callback of the other is void', async () => {
    const { customer: first, url } = await arrive();
    await first.press('continue');
    const second = new Customer();
    await second.open(url);
    expect(second.page.step).toBe('login');
    await second.press('continue');
    await first.signIn('alice');
    expect(first.page).toMatchObject({ step: 'error', reason: 'sign_in_elsewhere' });
    await second.signIn('alice');
    expect(second.page.step).toBe('consent');
  });

  test('looking changes nothing: a preview, a prefetch, a HEAD request', async () => {
    const { customer, url } = await arrive();
    await customer.press('continue');
    for (const init of [{}, { method: 'HEAD' }, { headers: { 'sec-purpose': 'prefetch' } }]) {
      await new Customer().fetch(url, init);
    }
    await customer.signIn('alice');
    expect(customer.page.step).toBe('consent');
  });

  test('a callback belongs to the browser that started it', async () => {
    const { customer } = await arrive();
    await customer.press('continue');
    const { action, body } = customer.formOf('sign-in');
    body.set('login', 'alice');
    let shown = await customer.fetch(action, posting(body));
    while (!(shown.headers.get('location') ?? '').includes('/connect/callback')) {
      shown = await customer.fetch(new URL(shown.headers.get('location') ?? '', shown.url).href);
    }
    const callback = shown.headers.get('location') ?? '';
    const other = new Customer();
    await other.open(callback);
    expect(other.page).toMatchObject({ status: 403, step: 'error', reason: 'sign_in_elsewhere' });
    await customer.open(callback);
    expect(customer.page.step).toBe('consent');
  });
});

describe('after sign-in', () => {
  test('a restarted WebView gets back in by signing in as the same customer', async () => {
    const { customer, url, token } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    customer.forgetCookies();
    await customer.open(url);
    expect(customer.page.step).toBe('login');
    await customer.press('continue');
    await customer.signIn('alice');
    expect(customer.page.step).toBe('consent');
    await customer.press('allow');
    expect(submissionsFor(token)).toHaveLength(1);
  });

  test('a second browser can neither read nor decide', async () => {
    const { customer, url, token } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    const second = new Customer();
    await second.open(url);
    const { action, body } = second.formOf('continue');
    expect((await second.fetch(customer.page.url)).headers.get('location')).toMatch(/\/login$/);
    for (const choice of ['allow', 'deny', 'cancel', 'switch', 'retry', 'return', 'choose']) {
      const shown = await second.fetch(action.replace(/continue$/, choice), posting(body));
      expect(shown.headers.get('location')).toMatch(/\/login$/);
    }
    expect(submissionsFor(token)).toEqual([]);
    await customer.press('allow');
    expect(submissionsFor(token)).toHaveLength(1);
  });

  test('a second browser that signs in as someone else is turned away, and the first goes on', async () => {
    const { customer, url } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    const second = new Customer();
    await second.open(url);
    await second.press('continue');
    await second.signIn('bob');
    expect(second.page).toMatchObject({ status: 403, step: 'error', reason: 'different_customer' });
    await customer.open(customer.page.url);
    expect(customer.page.step).toBe('consent');
  });

  test('a second browser that signs in as the same customer takes over; the first is out', async () => {
    const { customer, url } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    const consentUrl = customer.page.url;
    const second = new Customer();
    await second.open(url);
    await second.press('continue');
    await second.signIn('alice');
    expect(second.page.step).toBe('consent');
    await customer.open(consentUrl);
    expect(customer.page.step).toBe('login');
  });

  test('a second browser that cancels at the identity provider decides nothing', async () => {
    const { customer, url, token } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    const second = new Customer();
    await second.open(url);
    await second.press('continue');
    await second.press('cancel');
    expect(second.page.step).toBe('login');
    expect(submissionsFor(token)).toEqual([]);
  });
});

describe('once decided', () => {
  test('everyone who follows the link is told so, with the way back', async () => {
    const { customer, url, token } = await arrive();
    await customer.press('cancel');
    const other = new Customer();
    await other.open(url);
    expect(other.page.step).toBe('done');
    expect(other.page.html).toContain(`connect_token=${token}`);
    expect(submissionsFor(token)).toHaveLength(1);
  });

  test('the journey goes on after the adapter was restarted', async () => {
    const { customer, token } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    await adapter.restart();
    await customer.press('allow');
    expect(customer.page.step).toBe('done');
    expect(submissionsFor(token)).toHaveLength(1);
  });
});

test('the cookie is one per journey, for this host alone, out of reach of scripts', async () => {
  const { url } = adapter.link();
  const customer = new Customer();
  const shown = await customer.fetch(url);
  const login = new URL(shown.headers.get('location') ?? '', url).href;
  expect(shown.headers.getSetCookie()).toEqual([
    expect.stringMatching(
      new RegExp(`^${cookieName(login)}=[\\w-]{43}; Max-Age=\\d+; Path=/; Expires=[^;]+; HttpOnly; SameSite=Lax$`),
    ),
  ]);
});
