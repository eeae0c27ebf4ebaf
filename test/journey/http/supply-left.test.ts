import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { DAY, movableClock, type MovableClock } from '../../support/clock.ts';
import { Customer } from '../../support/customer.ts';
import { pollerOf } from '../../support/poller.ts';

/** A customer who has agreed to share moves out. */

let clock: MovableClock;
let adapter: AdapterWorld;
beforeEach(async () => {
  clock = movableClock(Date.now());
  adapter = await startAdapterWorld({ clock: clock.now });
});
afterEach(() => adapter.close());

async function connected(login: string): Promise<() => Promise<Response>> {
  const { token, url } = adapter.link();
  const customer = new Customer();
  await customer.open(url);
  await customer.press('continue');
  await customer.signIn(login);
  await customer.press('allow');
  return pollerOf(adapter, token);
}

const codeOf = async (answer: Response) => ({
  status: answer.status,
  code: ((await answer.json()) as { code?: string }).code,
});

test('within a day the tariff is served no more, and the record says why', async () => {
  const poll = await connected('alice');
  expect((await poll()).status).toBe(200);
  adapter.world.backend.faults.set({ supplies: { body: { supplies: [] } } });
  expect((await poll()).status).toBe(200);

  clock.advance(DAY);
  expect(await codeOf(await poll())).toEqual({ status: 401, code: 'grant_supply_left' });
  // Coming back brings nothing back: it would take a new consent.
  adapter.world.backend.faults.clear();
  expect(await codeOf(await poll())).toEqual({ status: 401, code: 'grant_supply_left' });

  expect(adapter.events('grant_ended')).toEqual([expect.objectContaining({ reason: 'supply_left', detail: 'gone' })]);
  const events = await adapter.services.database.selectFrom('consent_records').select('event').execute();
  expect(events.map(({ event }) => event).sort()).toEqual(['ended', 'granted']);
});

test('an outage of the system that knows ends nothing', async () => {
  const poll = await connected('alice');
  adapter.world.backend.faults.set({ supplies: { status: 503 } });
  clock.advance(2 * DAY);
  expect((await poll()).status).toBe(200);
});
