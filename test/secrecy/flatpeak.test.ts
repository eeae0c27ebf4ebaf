import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../src/sandbox/http/faults.ts';
import { Customer, posting } from '../support/customer.ts';
import { usePlantedWorld } from './planted-world.ts';

/** What Flatpeak says when it refuses or fails is repeated nowhere; what it says of the recipient is for pages only. */

const world = usePlantedWorld(() => ({ env: { FLATPEAK_AUTH: 'bearer' } }));

const failing = (status: number): Fault => ({
  status,
  body: {
    object: 'error',
    type: world.plant('type'),
    code: world.plant('code'),
    message: world.plant('message'),
    [world.plant('a name')]: { in: world.plant('a value') },
  },
  headers: { 'x-request-id': world.plant('a header'), 'retry-after': world.plant('retry-after') },
});
const elsewhere = (): Fault => ({ status: 302, headers: { location: `https://${world.plant('location')}.example/` } });
const inWords = (): Fault => ({ body: world.plant('words') });

describe('asked for the session context, an answer', () => {
  test.each([400, 401, 403, 404, 409, 410, 422, 429, 500, 503])('with status %i', async (status) => {
    world.adapter.world.flatpeak.faults.set({ context: failing(status) });
    expect((await world.visit()).page.step).toBe('error');
  });

  test.each<[string, () => Fault]>([
    ['that leads elsewhere', elsewhere],
    ['in words', inWords],
    ['that is no context', () => ({ body: { [world.plant('a name')]: world.plant('a value') } })],
    [
      'whose account is a text',
      () => ({ body: { account: world.plant('account'), connect_web_uri: 'https://a.example' } }),
    ],
    ['without a way back', () => ({ body: { account: { id: world.plant('id'), name: world.plant('name') } } })],
  ])('%s', async (_, fault) => {
    world.adapter.world.flatpeak.faults.set({ context: fault() });
    expect((await world.visit()).page.step).toBe('error');
  });

  test('with a way back that nobody may be sent to', async () => {
    const body = { account: { name: 'A' }, connect_web_uri: `javascript:${world.plant('script')}` };
    world.adapter.world.flatpeak.faults.set({ context: { body } });
    expect((await world.visit()).page.step).toBe('login');
    expect(world.adapter.events('return_address_refused')).toHaveLength(1);
  });

  test('with everything it may have: on the customer’s pages, and nowhere else', async () => {
    const shown = (name: string) => world.plant(name, 'shown');
    const account = {
      id: world.plant('account id', 'shown'),
      display_name: shown('recipient'),
      terms_url: `https://a.example/${shown('terms')}`,
      privacy_url: `https://a.example/${shown('privacy')}`,
      support_url: `https://a.example/${shown('support')}`,
    };
    const body = { account, connect_web_uri: `https://a.example/${shown('way back')}?to=${shown('back to')}` };
    world.adapter.world.flatpeak.faults.set({ context: { body } });
    const customer = await world.visit();
    await customer.press('cancel');
    expect(customer.leftFor).toContain(`connect_token=${customer.token}`);
  });
});

describe('told of a decision, an answer', () => {
  test.each([400, 404, 409, 410, 422])('with status %i', async (status) => {
    const customer = await world.atSignIn();
    await customer.signIn('alice');
    world.adapter.world.flatpeak.faults.set({ submission: failing(status) });
    await customer.press('allow');
    expect(customer.page).toMatchObject({ step: 'error', reason: 'not_delivered' });
  });

  test.each<[string, () => Fault]>([
    ['with status 401', () => failing(401)],
    ['with status 429', () => failing(429)],
    ['with status 500', () => failing(500)],
    ['that leads elsewhere', elsewhere],
    ['in words', inWords],
  ])('%s', async (_, fault) => {
    const customer = await world.atSignIn();
    await customer.signIn('alice');
    const { requests, faults } = world.adapter.world.flatpeak;
    faults.set({ submission: fault() });
    const { action, body } = customer.formOf('allow');
    const sent = requests.length;
    await customer.fetch(action, posting(body));
    while (requests.slice(sent).every(({ method, status }) => method !== 'POST' || status === null)) await sleep(20);
  });
});

test.each<[string, () => Fault]>([
  ['refuses', () => failing(403)],
  ['fails', () => failing(500)],
  ['answers in words', inWords],
  ['answers without a token', () => ({ body: { bearer: world.plant('bearer'), expires_in: 'soon' } })],
])('asked to log in, it %s', async (_, fault) => {
  world.adapter.world.flatpeak.revokeBearers();
  world.adapter.world.flatpeak.faults.set({ login: fault() });
  expect((await world.visit()).page.step).toBe('error');
});

test('links that nobody made are repeated nowhere', async () => {
  const customer = new Customer();
  for (const query of [
    `connect_token=${world.plant('unknown')}`,
    `connect_token=${world.plant('one')}&fp_cot=${world.plant('another')}`,
    `connect_token=${world.plant('bad')}%0d%0a<b>`,
    `fp_cot=${world.plant('cut')}&redirect_uri=https://${world.plant('redirect')}.example`,
    `token=${world.plant('misspelt')}`,
  ]) {
    await customer.open(`${world.adapter.adapterUrl}/connect?${query}`);
    expect(customer.page.step).toBe('error');
  }
});
