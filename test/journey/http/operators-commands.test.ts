import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { adapter as command, serviceEnv } from '../../cli/support.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { arriveAtConsent, posting, type Customer, type Shown } from '../../support/customer.ts';
import { until } from '../../support/until.ts';

/** What an operator does beside the running service, seen by the customer whose visit it is, and by Flatpeak. */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld({ env: { RETURN_FAILURE_PARAM: 'failure' } });
});
afterEach(() => adapter.world.flatpeak.faults.clear());
afterAll(() => adapter.close());

/** A command on the service's database, by the service's environment. */
async function operator(...argv: string[]): Promise<void> {
  const { config } = adapter.services;
  const env = serviceEnv(config.DATABASE_URL, config.ENCRYPTION_KEYS);
  expect(await command(argv, { now: new Date().toISOString(), env })).toMatchObject({ code: 0, err: '' });
}

/** What was agreed to last. */
const latest = () =>
  adapter.services.database
    .selectFrom('grants')
    .innerJoin('outbox', 'outbox.decision_id', 'grants.decision_id')
    .select([
      'grants.id as grant',
      'outbox.decision_id as decision',
      'outbox.state',
      'outbox.message_sealed as message',
    ])
    .orderBy('grants.created_at', 'desc')
    .executeTakeFirstOrThrow();

const revokeLatest = async () => operator('grants', 'revoke', (await latest()).grant);

async function untilState(state: string): Promise<void> {
  for (let look = 0; look < 200 && (await latest()).state !== state; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  expect((await latest()).state).toBe(state);
}

/** "Allow" is pressed while Flatpeak answers with this status; the customer sees that they have to wait. */
async function allowWhile(status: number) {
  const link = adapter.link();
  const customer = await arriveAtConsent(link);
  adapter.world.flatpeak.faults.set({ submission: { status, body: {} } });
  const { action, body } = customer.formOf('allow');
  const allowed = await customer.fetch(action, posting(body));
  const waiting = await customer.fetch(new URL(allowed.headers.get('location') ?? '', allowed.url).href);
  expect(waiting.step).toBe('finishing');
  return { link, customer, waiting };
}
const wait = (customer: Customer, { url }: Shown) => customer.open(`${url}?wait=1`);
const textOf = ({ page }: Customer) => page.document.querySelector('main')?.text.replace(/\s+/g, ' ').trim() ?? '';

describe('sharing is ended', () => {
  test('before Flatpeak has answered: the waiting page moves on and says so, and Flatpeak is not told any more', async () => {
    const { customer, waiting } = await allowWhile(503);
    await revokeLatest();
    await wait(customer, waiting);
    expect(customer.page.step).toBe('done');
    expect(textOf(customer)).toMatch(/not shared any more/);
    expect(textOf(customer)).not.toMatch(/is connected|nearly there|can now see/);
    expect(customer.leftFor).toContain('failure=withdrawn');
    // What is in this state is never sent again (test/sharing/withdrawals.test.ts).
    expect(await latest()).toMatchObject({ state: 'withdrawn', message: null });
  });

  test('after it: the page of the visit says so when it is opened again, and the next poll is refused', async () => {
    const link = adapter.link();
    const customer = await arriveAtConsent(link);
    await customer.press('allow');
    expect(textOf(customer)).toMatch(/Your tariff is connected/);
    await adapter.world.flatpeak.settled();

    await revokeLatest();
    await customer.open(customer.page.url);
    expect(customer.page.step).toBe('done');
    expect(textOf(customer)).toMatch(/not shared any more/);
    expect(textOf(customer)).not.toMatch(/is connected|can now see/);
    expect(await adapter.world.flatpeak.poll(link.token)).toMatchObject({
      status: 401,
      body: { code: 'grant_withdrawn' },
    });
  });

  test('not by agreeing anew: the page of the first visit does not say that it was', async () => {
    const first = await arriveAtConsent(adapter.link());
    await first.press('allow');
    const second = await arriveAtConsent(adapter.link());
    await second.press('allow');
    await first.open(first.page.url);
    expect(textOf(first)).toMatch(/Your tariff is connected/);

    await revokeLatest();
    await first.open(first.page.url);
    expect(textOf(first)).toMatch(/not shared any more/);
  });
});

describe('a decision that was parked', () => {
  test('is retried when its cause is mended: Flatpeak gets it, and the customer’s page says so', async () => {
    const { link, customer, waiting } = await allowWhile(403);
    await untilState('parked');
    adapter.world.flatpeak.faults.clear();
    await operator('outbox', 'retry', '--all-parked');
    await untilState('delivered');
    await wait(customer, waiting);
    expect(textOf(customer)).toMatch(/Your tariff is connected/);
    expect(adapter.world.flatpeak.submissions.map(({ connectToken }) => connectToken)).toContain(link.token);
  });

  test('is not lost over a later one for the same contract: Flatpeak gets both', async () => {
    const { link } = await allowWhile(403);
    await untilState('parked');
    const parked = (await latest()).decision;
    adapter.world.flatpeak.faults.clear();
    const second = adapter.link();
    await (await arriveAtConsent(second)).press('allow');
    await operator('outbox', 'retry', parked);
    const told = () => adapter.world.flatpeak.submissions.map(({ connectToken }) => connectToken);
    await until(() => told().includes(link.token));
    expect(told()).toContain(second.token);
  });

  test('is discarded: the customer’s page says that it did not come about', async () => {
    const { customer, waiting } = await allowWhile(403);
    await untilState('parked');
    await operator('outbox', 'discard', (await latest()).decision, '--reason', 'account closed');
    await wait(customer, waiting);
    expect(customer.page).toMatchObject({ step: 'error', reason: 'not_delivered' });
  });
});
