import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { DAY, HOUR, movableClock, type MovableClock } from '../../support/clock.ts';
import { Customer } from '../../support/customer.ts';
import { pollerOf } from '../../support/poller.ts';

/** The provider's billing system goes down, and the adapter is started again meanwhile. */

let clock: MovableClock;
let adapter: AdapterWorld;
beforeEach(async () => {
  clock = movableClock(Date.now());
  adapter = await startAdapterWorld({ tariffClock: clock.now });
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

const goDown = () => adapter.world.backend.faults.set({ tariff: { status: 503 } });

describe('while the source is down', () => {
  test('a restarted adapter serves what it last said, marked, as far as its prices reach', async () => {
    const poll = await connected('alice');
    const before = (await (await poll()).json()) as { tariff: unknown; source: unknown };
    goDown();
    await adapter.restart();

    const answer = await poll();
    expect(answer.status).toBe(200);
    const served = (await answer.json()) as { notices: { code: string }[] };
    expect(served).toMatchObject({ tariff: before.tariff, source: before.source, coverage: { last_good: true } });
    expect(served.notices.map(({ code }) => code)).toContain('source_down');

    clock.advance(3 * DAY);
    const late = await poll();
    expect({ status: late.status, ...((await late.json()) as object) }).toMatchObject({
      status: 503,
      code: 'tariff_unavailable',
    });
  });

  test('and is unmarked again once it is back', async () => {
    const poll = await connected('alice');
    await poll();
    goDown();
    await adapter.restart();
    await poll();
    adapter.world.backend.faults.clear();
    clock.advance(HOUR);
    expect(await (await poll()).json()).toMatchObject({ coverage: { last_good: false } });
  });

  test('nothing is kept of a customer who has only looked', async () => {
    const { url } = adapter.link();
    const customer = new Customer();
    await customer.open(url);
    await customer.press('continue');
    await customer.signIn('alice');
    await customer.press('deny');
    expect(await adapter.services.database.selectFrom('last_good_answers').selectAll().execute()).toEqual([]);
  });
});
