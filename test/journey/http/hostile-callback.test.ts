import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MINUTE } from '../../support/clock.ts';
import { Customer } from '../../support/customer.ts';
import { answer } from '../../support/http-peer.ts';
import { instead } from '../../support/hostile-idp/faults.ts';
import type { Behaviour } from '../../support/hostile-idp/server.ts';
import {
  CANARY,
  expectNothingGained,
  expectNothingTold,
  expectRefused,
  failed,
  linesOf,
  startHostileWorld,
  STRAY,
  unavailable,
  type HostileWorld,
  type Refusal,
  type Visit,
} from '../../support/hostile-idp/world.ts';

/** What a browser brings back from the identity provider: changed on its way, twice, or to somebody else. */

let world: HostileWorld;
beforeAll(async () => {
  world = await startHostileWorld();
});
afterAll(() => world.close());

const INVALID = failed('OAUTH_INVALID_RESPONSE');
const UNSUPPORTED = failed('OAUTH_UNSUPPORTED_OPERATION');
const FOREIGN = 'x'.repeat(43);

type Change = NonNullable<Behaviour['authorization']>;

const saying =
  (error: string, more: Record<string, string> = {}): Change =>
  (query) => {
    query.delete('code');
    for (const [name, value] of Object.entries({ error, error_description: CANARY, ...more })) query.set(name, value);
  };

describe('an answer changed on its way: no code is exchanged', () => {
  test.each<[string, Change, Refusal]>([
    ['with an empty state', (query) => query.set('state', ''), STRAY],
    ['with the state twice', (query) => query.append('state', query.get('state') ?? ''), STRAY],
    ['with another state beside it', (query) => query.append('state', FOREIGN), STRAY],
    ['with nothing in it', (query) => [...query.keys()].forEach((name) => query.delete(name)), STRAY],
    ['without a code', (query) => query.delete('code'), INVALID],
    ['with an empty code', (query) => query.set('code', ''), INVALID],
    ['with the code twice', (query) => query.append('code', query.get('code') ?? ''), INVALID],
    ['with another code beside it', (query) => query.append('code', FOREIGN), INVALID],
    ['with the issuer twice', (query, { issuer }) => query.append('iss', issuer), INVALID],
    ['with another issuer beside it', (query) => query.append('iss', 'https://evil.example'), INVALID],
    ['with an issuer that only begins like ours', (query, { issuer }) => query.set('iss', `${issuer}/`), INVALID],
    ['as a signed response nobody asked for', (query) => query.set('response', 'a.b.c'), INVALID],
    ['with an ID token nobody asked for', (query) => query.set('id_token', 'a.b.c'), UNSUPPORTED],
    ['with an error beside the code', (query) => query.set('error', 'login_required'), failed('login_required')],
    ['saying login_required', saying('login_required'), failed('login_required')],
    ['saying invalid_scope', saying('invalid_scope'), failed('invalid_scope')],
    ['saying something of its own', saying(CANARY), failed('OAUTH_AUTHORIZATION_RESPONSE_ERROR')],
    ['saying server_error', saying('server_error'), unavailable('server_error')],
    ['saying temporarily_unavailable', saying('temporarily_unavailable'), unavailable('temporarily_unavailable')],
    ['a cancellation under another state', saying('access_denied', { state: FOREIGN }), STRAY],
    ['a cancellation by another issuer', saying('access_denied', { iss: 'https://evil.example' }), INVALID],
  ])('%s', async (_, authorization, refusal) => {
    const before = world.idp.asked('token').length;
    await expectRefused(world, { authorization }, refusal);
    // The one exchange is that of the other try.
    expect(world.idp.asked('token').length).toBe(before + 1);
  });
});

/** The browser stands at the identity provider, with the way back in its hands. */
async function goneToSignIn(visit?: Visit): Promise<Visit & { callback: string }> {
  const arrived = visit ?? (await world.arrive());
  world.idp.behaviour = { holdsBack: true };
  await arrived.customer.press('continue');
  const link = arrived.customer.page.document.querySelector('a')?.getAttribute('href') ?? '';
  world.idp.behaviour = {};
  return { ...arrived, callback: link };
}

const exchanges = () => world.idp.asked('token').length;
const placeOf = ({ adapter }: HostileWorld, { journey }: Visit) => `${adapter.adapterUrl}/connect/${journey}`;

describe('a callback that is repeated', () => {
  let before: number;
  beforeEach(() => {
    before = exchanges();
  });

  test('leads to where the customer is', async () => {
    const { customer, callback } = await goneToSignIn();
    await customer.open(callback);
    await customer.open(callback);
    expect(customer.page.step).toBe('consent');
    expect(exchanges()).toBe(before + 1);
  });

  test('leads to the page that says why it failed, and fails no second time', async () => {
    const visit = await goneToSignIn();
    world.idp.behaviour = { token: instead(answer(400, { error: 'invalid_grant' })) };
    await visit.customer.open(visit.callback);
    await visit.customer.open(visit.callback);
    expect(visit.customer.page).toMatchObject({ step: 'error', reason: 'sign_in_failed' });
    expect(exchanges()).toBe(before + 1);
    expect(linesOf(world.adapter, visit)).toHaveLength(1);
  });

  test('opens nothing with the cookie from before', async () => {
    const { customer, callback, cookies } = await goneToSignIn();
    await customer.open(callback);
    const again = await new Customer().fetch(callback, { headers: { cookie: cookies } });
    expect(again.headers.get('location')).toMatch(/\/login$/);
    expect(again.headers.getSetCookie()).toEqual([]);
    expect(exchanges()).toBe(before + 1);
  });

  test('twenty at a time: one exchange, one session, and the others are led to the visit', async () => {
    const visit = await goneToSignIn();
    const { customer, callback } = visit;
    const answers = await Promise.all(Array.from({ length: 20 }, () => customer.fetch(callback)));
    expect(exchanges()).toBe(before + 1);
    expect(answers.filter(({ headers }) => headers.getSetCookie().length > 0)).toHaveLength(1);
    for (const { status, headers } of answers) {
      expect(status).toBe(303);
      expect(headers.get('location')).toMatch(new RegExp(`^/connect/${visit.journey}/(login|consent)$`));
    }
    await customer.open(placeOf(world, visit));
    expect(customer.page.step).toBe('consent');
    expectNothingTold(world, visit);
  });

  test('twenty at a time, and the provider fails: one exchange, one failure', async () => {
    const visit = await goneToSignIn();
    const { customer, callback } = visit;
    world.idp.behaviour = { token: instead(answer(503)) };
    await Promise.all(Array.from({ length: 20 }, () => customer.fetch(callback)));
    expect(exchanges()).toBe(before + 1);
    expect(linesOf(world.adapter, visit)).toHaveLength(1);
    await expectNothingGained(world, visit);
    world.idp.behaviour = {};
    await customer.open(placeOf(world, visit));
    expect(customer.page).toMatchObject({ step: 'error', reason: 'identity_provider_unavailable' });
    await customer.press('retry');
    expect(customer.page.step).toBe('consent');
  });
});

describe('a callback in another browser', () => {
  test('is refused, uses nothing up, and the first goes on', async () => {
    const visit = await goneToSignIn();
    const before = exchanges();
    const other = new Customer();
    await other.open(visit.callback);
    expect(other.page).toMatchObject({ status: 403, step: 'error', reason: 'sign_in_elsewhere' });
    expect(await other.cookies(world.adapter.adapterUrl)).toBe('');
    expect(exchanges()).toBe(before);
    await visit.customer.open(visit.callback);
    expect(visit.customer.page.step).toBe('consent');
  });

  test('is refused when that has opened the same link', async () => {
    const visit = await goneToSignIn();
    const before = exchanges();
    const other = new Customer();
    await other.open(visit.url);
    expect(other.page.step).toBe('login');
    await other.open(visit.callback);
    expect(other.page).toMatchObject({ status: 403, step: 'error', reason: 'sign_in_elsewhere' });
    expect(exchanges()).toBe(before);
    await visit.customer.open(visit.callback);
    expect(visit.customer.page.step).toBe('consent');
  });

  test('is refused with a visit of its own, which goes on as well', async () => {
    const [mine, theirs] = [await goneToSignIn(), await goneToSignIn()];
    const before = exchanges();
    await mine.customer.open(theirs.callback);
    expect(mine.customer.page).toMatchObject({ status: 403, step: 'error', reason: 'sign_in_elsewhere' });
    expect(exchanges()).toBe(before);
    await expectNothingGained(world, mine);
    for (const { customer, callback } of [mine, theirs]) {
      await customer.open(callback);
      expect(customer.page.step).toBe('consent');
    }
  });

  test('is refused with a code of its own', async () => {
    const [mine, theirs] = [await goneToSignIn(), await goneToSignIn()];
    const callback = new URL(mine.callback);
    callback.searchParams.set('code', new URL(theirs.callback).searchParams.get('code') ?? '');
    await mine.customer.open(callback.href);
    expect(mine.customer.page).toMatchObject({ step: 'error', reason: 'sign_in_failed' });
    await expectNothingGained(world, mine);
    // Only whoever has the verifier can exchange a code (RFC 7636).
    expect(world.idp.complaints.splice(0)).toEqual(['no verifier']);
  });
});

describe('a callback that is late', () => {
  test('after the attempt has ended: another try is good', async () => {
    const visit = await goneToSignIn();
    world.advance(16 * MINUTE);
    await visit.customer.open(visit.callback);
    expect(visit.customer.page).toMatchObject({ step: 'error', reason: 'sign_in_failed' });
    await visit.customer.press('retry');
    expect(visit.customer.page.step).toBe('consent');
  });

  test('after the visit has ended: it has ended', async () => {
    const visit = await goneToSignIn();
    world.advance(31 * MINUTE);
    for (const address of [visit.callback, placeOf(world, visit)]) {
      await visit.customer.open(address);
      expect(visit.customer.page).toMatchObject({ status: 410, step: 'error', reason: 'journey_expired' });
    }
    await visit.customer.open(visit.url);
    await visit.customer.press('continue');
    expect(visit.customer.page.step).toBe('consent');
  });
});

test('a browser with two visits and an answer that names neither: both go on', async () => {
  const first = await world.arrive();
  const link = world.adapter.link();
  await first.customer.open(link.url);
  const second = first.customer.page;
  await first.customer.open(`${world.adapter.adapterUrl}/connect/callback?code=x`);
  expect(first.customer.page).toMatchObject({ status: 404, step: 'error', reason: 'journey_unknown' });
  for (const address of [placeOf(world, first), second.url]) {
    await first.customer.open(address);
    await first.customer.press('continue');
    expect(first.customer.page.step).toBe('consent');
  }
});
