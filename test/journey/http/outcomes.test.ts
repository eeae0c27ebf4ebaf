import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer } from '../../support/customer.ts';
import { pollerOf } from '../../support/poller.ts';

/** Every way a journey can end (DESIGN §2), over HTTP, with a real identity provider and a strict Flatpeak. */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld({ env: { RETURN_FAILURE_PARAM: 'failure' } });
});
afterEach(() => {
  adapter.world.flatpeak.faults.clear();
  adapter.world.identity.faults.clear();
  adapter.world.backend.faults.clear();
});
afterAll(() => adapter.close());

const bodiesFor = (token: string) =>
  adapter.world.flatpeak.submissions.filter((one) => one.connectToken === token).map((one) => one.body);

const backInApp = (token: string, failure?: string) =>
  `http://localhost:1/app?connect_token=${token}&fp_cot=${token}${failure === undefined ? '' : `&failure=${failure}`}`;

async function arrive(): Promise<{ token: string; customer: Customer }> {
  const { token, url } = adapter.link();
  const customer = new Customer();
  await customer.open(url);
  return { token, customer };
}

describe('allowed', () => {
  test('one supply: straight to consent, then back in the app with access submitted', async () => {
    const { token, customer } = await arrive();
    expect(customer.page.step).toBe('login');
    await customer.press('continue');
    await customer.signIn('alice');
    expect(customer.page.step).toBe('consent');
    await customer.press('allow');
    expect(customer.leftFor).toBe(backInApp(token));
    expect(bodiesFor(token)).toEqual([
      {
        connect_token: token,
        auth_data: {
          type: 'bearer',
          access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
          expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          tariff_url: `${adapter.world.adapterUrl}/tariff`,
          grant_id: expect.stringMatching(/^grt_[A-Za-z0-9_-]{22}$/),
        },
        postal_address: { post_code: expect.any(String), country_code: 'GB' },
        contract_term: {
          start_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          end_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        },
      },
    ]);
  });

  test('the tariff can then be polled with what Flatpeak was given', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    await customer.press('allow');
    const answer = await pollerOf(adapter, token)();
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ coverage: { status: 'complete' } });
  });

  test('billing is asked once for what the consent page showed and the first poll reads', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    await customer.signIn('erin');
    await customer.open(`${customer.page.url}?q=flat%20907`);
    const key = customer.page.document.querySelector('input[type=radio]')?.getAttribute('value') ?? '';
    await customer.press('choose', { supply: key });
    await customer.press('allow');
    await adapter.world.flatpeak.settled();
    expect((await pollerOf(adapter, token)()).status).toBe(200);
    const asked = adapter.world.trace.list().filter(({ url }) => url.includes('-0907/tariff'));
    // Every instance asks for itself.
    expect(asked).toHaveLength(adapter.instances.length);
  });

  test('several supplies: one is chosen, and only that one is shared', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    await customer.signIn('bob');
    expect(customer.page.step).toBe('supply');
    await customer.press('choose', { supply: '1' });
    expect(customer.page.step).toBe('consent');
    await customer.press('allow');
    expect(customer.leftFor).toBe(backInApp(token));
    expect(bodiesFor(token)).toHaveLength(1);
  });

  test('a thousand supplies: found by searching', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    await customer.signIn('erin');
    expect(customer.page.document.querySelectorAll('input[type=radio]')).toHaveLength(20);
    await customer.open(`${customer.page.url}?q=flat%20701`);
    const key = customer.page.document.querySelector('input[type=radio]')?.getAttribute('value') ?? '';
    await customer.press('choose', { supply: key });
    expect(customer.page.step).toBe('consent');
    await customer.press('allow');
    expect(bodiesFor(token)).toHaveLength(1);
  });

  test('without its price picture while the tariff source is down', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    adapter.world.backend.faults.set({ tariff: { status: 503 } });
    await customer.signIn('alice');
    expect(customer.page.step).toBe('consent');
    await customer.press('allow');
    expect(customer.leftFor).toBe(backInApp(token));
  });
});

describe('declined', () => {
  test('cancelled before sign-in: DISMISS_LOGIN', async () => {
    const { token, customer } = await arrive();
    await customer.press('cancel');
    expect(bodiesFor(token)).toEqual([{ connect_token: token, action: 'DISMISS_LOGIN' }]);
    expect(customer.leftFor).toBe(backInApp(token, 'cancelled_before_sign_in'));
  });

  test('cancelled at the identity provider: DISMISS_LOGIN', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    await customer.press('cancel');
    expect(bodiesFor(token)).toEqual([{ connect_token: token, action: 'DISMISS_LOGIN' }]);
    expect(customer.leftFor).toBe(backInApp(token, 'cancelled_at_identity_provider'));
  });

  test('cancelled while choosing a supply: DISMISS_CONSENT', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    await customer.signIn('bob');
    await customer.press('cancel');
    expect(bodiesFor(token)).toEqual([{ connect_token: token, action: 'DISMISS_CONSENT' }]);
    expect(customer.leftFor).toBe(backInApp(token, 'cancelled_choosing_supply'));
  });

  test('declined on the consent page: DISMISS_CONSENT', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    await customer.press('deny');
    expect(bodiesFor(token)).toEqual([{ connect_token: token, action: 'DISMISS_CONSENT' }]);
    expect(customer.leftFor).toBe(backInApp(token, 'consent_denied'));
  });
});

describe('failed', () => {
  test.each([
    ['carol', 'has no supply'],
    ['dave', 'has moved out of their only one'],
  ])('%s, who %s: ERROR when leaving', async (login) => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    await customer.signIn(login);
    expect(customer.page).toMatchObject({ step: 'error', reason: 'no_supply' });
    expect(bodiesFor(token)).toEqual([]);
    await customer.press('return');
    expect(bodiesFor(token)).toEqual([{ connect_token: token, action: 'ERROR' }]);
    expect(customer.leftFor).toBe(backInApp(token, 'no_supply'));
  });

  test('a sign-in that fails says nothing to Flatpeak yet, and can be tried again', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    adapter.world.identity.faults.set({ token: { status: 400, body: { error: 'invalid_grant' }, times: 1 } });
    await customer.signIn('alice');
    expect(customer.page).toMatchObject({ step: 'error', reason: 'sign_in_failed' });
    expect(bodiesFor(token)).toEqual([]);
    await customer.press('retry');
    expect(customer.page.step).toBe('consent');
  });

  test.each([
    ['failed', 'sign_in_failed', { status: 400, body: { error: 'invalid_grant' } }],
    ['was not possible', 'identity_provider_unavailable', { status: 503 }],
  ])('a sign-in that %s for good: ERROR when leaving', async (_, reason, fault) => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    adapter.world.identity.faults.set({ token: fault });
    await customer.signIn('alice');
    await customer.press('return');
    expect(bodiesFor(token)).toEqual([{ connect_token: token, action: 'ERROR' }]);
    expect(customer.leftFor).toBe(backInApp(token, reason));
  });

  test('supplies that cannot be read: tried again, or ERROR when leaving', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    adapter.world.backend.faults.set({ supplies: { status: 500 } });
    await customer.signIn('alice');
    expect(customer.page).toMatchObject({ step: 'error', reason: 'supplies_unavailable' });
    await customer.press('retry');
    expect(customer.page).toMatchObject({ step: 'error', reason: 'supplies_unavailable' });
    adapter.world.backend.faults.clear();
    await customer.press('retry');
    expect(customer.page.step).toBe('consent');
    expect(bodiesFor(token)).toEqual([]);
  });

  test('a tariff of a kind that cannot be served: ERROR when leaving', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    adapter.world.backend.faults.set({ tariff: { body: { not_supported: 'prepayment meter' } } });
    await customer.signIn('bob');
    // A supply whose tariff nobody has read before: there is no last good one to show.
    await customer.press('choose', { supply: '0' });
    expect(customer.page).toMatchObject({ step: 'error', reason: 'tariff_not_supported' });
    await customer.press('return');
    expect(bodiesFor(token)).toEqual([{ connect_token: token, action: 'ERROR' }]);
  });
});

describe('left', () => {
  test('nothing is told, and the link can be opened again', async () => {
    const { token, url } = adapter.link();
    const customer = new Customer();
    await customer.open(url);
    await customer.press('continue');
    expect(bodiesFor(token)).toEqual([]);
    await customer.open(url);
    expect(customer.page.step).toBe('login');
  });
});

describe('someone else', () => {
  test('"not you?" leads to a fresh sign-in, and the other customer decides', async () => {
    const { token, customer } = await arrive();
    await customer.press('continue');
    await customer.signIn('alice');
    expect(customer.page.step).toBe('consent');
    await customer.press('switch');
    expect(customer.page.step).toBe('sign-in');
    await customer.signIn('bob');
    expect(customer.page.step).toBe('supply');
    await customer.press('cancel');
    expect(bodiesFor(token)).toEqual([{ connect_token: token, action: 'DISMISS_CONSENT' }]);
  });
});
