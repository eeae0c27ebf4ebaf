import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { arriveAtConsent, posting, type Customer } from '../../support/customer.ts';
import { until } from '../../support/until.ts';

/**
 * Flatpeak slow, down, refusing or forgetting a decision, seen by the customer and by its own ledger. What a hostile one
 * may do besides is in hostile-flatpeak*.test.ts.
 */

let adapter: AdapterWorld;
let shift = 0;
beforeAll(async () => {
  adapter = await startAdapterWorld({ clock: () => Date.now() + shift, env: { FLATPEAK_TIMEOUT_MS: '400' } });
});
afterEach(() => adapter.world.flatpeak.faults.clear());
afterAll(() => adapter.close());

async function onConsent(): Promise<{ token: string; customer: Customer }> {
  const link = adapter.link();
  return { token: link.token, customer: await arriveAtConsent(link) };
}

const received = (token: string) =>
  adapter.world.flatpeak.requests.filter(({ method, path }) => method === 'POST' && path.endsWith(token));

describe('told of a decision', () => {
  test('slow: the customer sees a page that says so, and moves on when it is through', async () => {
    const { token, customer } = await onConsent();
    adapter.world.flatpeak.faults.set({ submission: { status: 503, times: 2 } });
    const steps: (string | null)[] = [];
    const { action, body } = customer.formOf('allow');
    const first = await customer.fetch(action, posting(body));
    const finishing = await customer.fetch(new URL(first.headers.get('location') ?? '', first.url).href);
    steps.push(finishing.step);
    await customer.open(finishing.url);
    steps.push(customer.page.step);
    expect(steps).toEqual(['finishing', 'done']);
    const [one, two, three] = received(token);
    expect([one?.status, two?.status, three?.status]).toEqual([503, 503, 200]);
    expect([two?.body, three?.body]).toEqual([one?.body, one?.body]);
  });

  test('down: after fifteen seconds the customer goes back all the same, and it is delivered later', async () => {
    const { token, customer } = await onConsent();
    adapter.world.flatpeak.faults.set({ submission: { status: 500 } });
    const { action, body } = customer.formOf('allow');
    await customer.fetch(action, posting(body));
    shift += 15_000;
    await customer.open(customer.page.url);
    expect(customer.page.step).toBe('done');
    expect(customer.leftFor).toBe(`http://localhost:1/app?connect_token=${token}&fp_cot=${token}`);
    expect(adapter.world.flatpeak.submissions.some(({ connectToken }) => connectToken === token)).toBe(false);
    adapter.world.flatpeak.faults.clear();
    shift += 60_000;
    await until(() => adapter.world.flatpeak.submissions.some(({ connectToken }) => connectToken === token));
    expect(adapter.world.flatpeak.submissions.filter(({ connectToken }) => connectToken === token)).toHaveLength(1);
  });

  test('accepting it and losing the answer: the next attempt is recognised, and the customer is done', async () => {
    const { token, customer } = await onConsent();
    adapter.world.flatpeak.faults.set({ submission: { loseAnswer: true, times: 1 } });
    await customer.press('allow');
    expect(customer.page.step).toBe('done');
    expect(
      received(token)
        .map(({ headers }) => headers['idempotency-key'])
        .every((key, _i, all) => key === all[0]),
    ).toBe(true);
  });

  test.each([400, 404, 409, 410, 422])(
    'refusing for good with %i: the customer is told, and the grant is void',
    async (status) => {
      const { token, customer } = await onConsent();
      adapter.world.flatpeak.faults.set({ submission: { status, body: {} } });
      await customer.press('allow');
      expect(customer.page).toMatchObject({ step: 'error', reason: 'not_delivered' });
      const grant = (received(token)[0]?.body as { auth_data: { access_token: string } }).auth_data.access_token;
      const poll = await fetch(`${adapter.adapterUrl}/tariff`, { headers: { authorization: `Bearer ${grant}` } });
      expect(poll.status).toBe(401);
      await customer.press('return');
      expect(customer.leftFor).toBe(`http://localhost:1/app?connect_token=${token}&fp_cot=${token}`);
      expect(received(token)).toHaveLength(1);
    },
  );

  test('refusing our credentials: parked for an operator, who is told; the customer goes back', async () => {
    const { token, customer } = await onConsent();
    adapter.world.flatpeak.faults.set({ submission: { status: 403 } });
    const { action, body } = customer.formOf('allow');
    await customer.fetch(action, posting(body));
    await until(() => adapter.events('submission_parked').length > 0);
    expect(adapter.events('submission_parked').at(-1)).toMatchObject({ level: 50, code: 'http_403' });
    shift += 15_000;
    await customer.open(customer.page.url);
    expect(customer.leftFor).toBe(`http://localhost:1/app?connect_token=${token}&fp_cot=${token}`);
    expect(received(token)).toHaveLength(2);
  });
});

test('a journey left too long has expired: nothing was told, and its link opens a new one', async () => {
  const { token, customer } = await onConsent();
  const before = customer.page.url;
  shift += 31 * 60_000;
  await customer.open(before);
  expect(customer.page).toMatchObject({ status: 410, step: 'error', reason: 'journey_expired' });
  await customer.open(`${adapter.adapterUrl}/connect?connect_token=${token}`);
  expect(customer.page.step).toBe('login');
  expect(customer.page.url).not.toContain(new URL(before).pathname.split('/')[2]);
  expect(received(token)).toEqual([]);
});
