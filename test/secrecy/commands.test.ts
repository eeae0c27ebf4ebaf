import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { arriveAtConsent } from '../support/customer.ts';
import { adapter as command } from '../cli/support.ts';
import type { Fault } from '../../src/sandbox/http/faults.ts';

/** What the operator's commands print. Of customers they say what they are asked for; of secrets nothing. */

let world: AdapterWorld;
let environment: Record<string, string>;
let token: string;
beforeAll(async () => {
  world = await startAdapterWorld({ instances: 1 });
  environment = world.world.adapterEnvironment;
  const link = world.link();
  ({ token } = link);
  await (await arriveAtConsent(link)).press('allow');
  await (await arriveAtConsent(world.link())).press('deny');
  world.world.flatpeak.faults.set({ submission: { status: 403 } });
  const parked = await arriveAtConsent(world.link());
  const { action, body } = parked.formOf('allow');
  await parked.fetch(action, { method: 'POST', body });
});
afterEach(() => {
  world.world.backend.faults.clear();
  world.secrecy.verify();
});
afterAll(() => world.close());

/** Runs a command and has its output looked through. */
const run = async (argv: string[], belongs?: RegExp) => {
  const ran = await command(argv, { env: environment, now: new Date().toISOString() });
  world.secrecy.place({ name: argv.join(' '), content: ran.out + ran.err, ...(belongs ? { belongs } : {}) });
  return ran;
};

describe('what is kept', () => {
  const CUSTOMERS = /^(customer|supply|address): /;
  const SUPPLIES = /^supply: id$/;
  const NOTHING = /^$/;
  const grantId = () => {
    const { body } = world.world.flatpeak.connection(token)?.submission ?? {};
    return (body as { auth_data: { grant_id: string } }).auth_data.grant_id;
  };

  test.each<[string, () => string[], RegExp]>([
    ['grants list', () => ['grants', 'list', '--all'], SUPPLIES],
    ['grants show', () => ['grants', 'show', grantId()], CUSTOMERS],
    ['grants export', () => ['grants', 'export', '--all'], CUSTOMERS],
    ['consents export', () => ['consents', 'export', '--customer', 'example-energy|C-1001'], CUSTOMERS],
    ['outbox list', () => ['outbox', 'list'], NOTHING],
    ['outbox list as JSON', () => ['outbox', 'list', '--json'], NOTHING],
  ])('%s', async (_, argv, belongs) => {
    expect((await run(argv(), belongs)).code).toBe(0);
  });
});

describe('tariff check, through the pack’s own sources', () => {
  // What was asked for is said again.
  const ASKED = /^(supply: id|customer: customer_number)$/;
  const check = (supply = 'S-1001-0001') =>
    run(
      [
        'tariff',
        'check',
        '--pack',
        environment.PROVIDER_PACK ?? '',
        '--supply',
        supply,
        '--claim',
        'customer_number=C-1001',
      ],
      ASKED,
    );

  test('of a supply that can be served', async () => {
    expect((await check()).code).toBe(0);
  });

  test('of a supply that is none of the customer’s', async () => {
    expect((await check('S-1002-0001')).code).toBe(1);
  });

  const failing = (status: number): Fault => ({
    status,
    body: { error: world.secrecy.plant('error') },
    headers: { 'x-trace': world.secrecy.plant('a header') },
  });
  test.each<[string, 'token' | 'supplies' | 'tariff', () => Fault]>([
    ['whose token endpoint refuses', 'token', () => failing(401)],
    ['whose supplies are refused', 'supplies', () => failing(403)],
    ['whose supplies fail', 'supplies', () => failing(500)],
    ['whose supplies are malformed', 'supplies', () => ({ body: { supplies: [{ id: world.secrecy.plant('id') }] } })],
    ['whose tariff is refused', 'tariff', () => failing(404)],
    ['whose tariff fails', 'tariff', () => failing(503)],
    ['whose connection breaks', 'tariff', () => ({ reset: true })],
  ])('%s', async (_, part, fault) => {
    world.world.backend.faults.set({ [part]: fault() });
    expect((await check()).code).toBe(1);
  });

  test('of a pack that lacks its secrets', async () => {
    const others = Object.fromEntries(Object.entries(environment).filter(([name]) => name !== 'BILLING_SECRET'));
    environment = others;
    expect((await check()).code).toBe(1);
  });
});
