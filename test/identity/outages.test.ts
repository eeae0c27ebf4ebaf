import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OutboundAnswer } from '../../src/base/outbound.ts';
import { HOUR, movableClock } from '../support/clock.ts';
import {
  answer,
  gibberish,
  held,
  huge,
  redirect,
  reset,
  silence,
  stall,
  startPeer,
  type Step,
} from '../support/http-peer.ts';
import { startIdp, visit, type Idp } from './provider.ts';
import { at, partyAt, type Trouble } from './support.ts';

/** An identity provider that is away, comes back, or changes its keys. */

let idp: Idp;
beforeAll(async () => {
  idp = await startIdp();
});
afterAll(() => idp.close());

const UNAVAILABLE = { code: 'identity_provider_unavailable' };
const DISCOVERY = '/.well-known/openid-configuration';

/** One address of the provider fails as a peer does; the others are the provider's own. */
const failingWith = (end: string, step: Step): Trouble =>
  at(end, async (request, send) => {
    const peer = await startPeer(step);
    try {
      return await send({ ...request, url: peer.origin });
    } finally {
      await peer.close();
    }
  });
const changing = (change: (json: Record<string, unknown>) => Record<string, unknown>): Trouble =>
  at(DISCOVERY, async (request, send): Promise<OutboundAnswer> => {
    const got = await send(request);
    return { ...got, body: JSON.stringify(change(JSON.parse(got.body) as Record<string, unknown>)) };
  });

describe('discovery fails', () => {
  test.each<[string, Step]>([
    ['a reset', reset],
    ['silence', silence],
    ['an answer that never ends', stall],
    ['something that is not HTTP', gibberish],
    ['an endless answer', huge(1_000_001)],
    ['404', answer(404)],
    ['500', answer(500)],
    ['503 with a page', answer(503, '<html>')],
    ['a redirect to somebody else', redirect(302, 'https://evil.example')],
    ['200 and no JSON', answer(200, '<html>')],
    ['200 and an empty object', answer(200, {})],
  ])('with %s', async (_, step) => {
    const party = partyAt(idp, { timeoutMs: 300 }, { trouble: failingWith(DISCOVERY, step) });
    await expect(party.start()).rejects.toMatchObject(UNAVAILABLE);
  });

  test.each<[string, (json: Record<string, unknown>) => Record<string, unknown>]>([
    ['another issuer', (json) => ({ ...json, issuer: 'https://evil.example' })],
    ['an issuer that begins alike', (json) => ({ ...json, issuer: `${String(json.issuer)}.evil.example` })],
    ['no issuer', (json) => ({ ...json, issuer: undefined })],
  ])('as %s', async (_, change) => {
    await expect(partyAt(idp, {}, { trouble: changing(change) }).start()).rejects.toMatchObject(UNAVAILABLE);
  });

  test('because nobody listens', async () => {
    const peer = await startPeer();
    await peer.close();
    await expect(partyAt({ issuer: peer.origin }).start()).rejects.toMatchObject({
      ...UNAVAILABLE,
      facts: { cause: 'outbound_network' },
    });
  });

  test('and is asked anew next time', async () => {
    let away = true;
    const trouble: Trouble = at(DISCOVERY, (request, send) =>
      away ? failingWith(DISCOVERY, reset)(request, send) : send(request),
    );
    const party = partyAt(idp, {}, { trouble });
    await expect(party.start()).rejects.toMatchObject(UNAVAILABLE);
    away = false;
    expect((await party.signIn()).subject).toBe('customer-1');
  });
});

describe('discovery succeeds', () => {
  test('nothing is asked before somebody signs in', () => {
    expect(partyAt(idp).sent).toEqual([]);
  });

  test('once for everybody who comes at the same moment', async () => {
    const waiting = held(answer(200));
    const peer = await startPeer(waiting.step);
    const trouble: Trouble = at(DISCOVERY, async (request, send) => {
      await send({ ...request, url: peer.origin });
      return send(request);
    });
    const party = partyAt(idp, { par: 'off' }, { trouble });
    const starting = Promise.all(Array.from({ length: 20 }, () => party.start()));
    await waiting.arrived;
    waiting.release();
    await starting;
    await peer.close();
    expect(party.asked(DISCOVERY)).toBe(1);
  });

  test('for an hour', async () => {
    const clock = movableClock(Date.now());
    const party = partyAt(idp, { par: 'off' }, { clock: clock.now });
    await party.start();
    clock.advance(HOUR - 1);
    await party.start();
    expect(party.asked(DISCOVERY)).toBe(1);
    clock.advance(1);
    await party.start();
    expect(party.asked(DISCOVERY)).toBe(2);
  });
});

describe('the provider fails later on the way', () => {
  test.each<[string, string, Step]>([
    ['pushed requests: a reset', '/request', reset],
    ['pushed requests: silence', '/request', silence],
    ['pushed requests: 500', '/request', answer(500)],
    ['tokens: a reset', '/token', reset],
    ['tokens: silence', '/token', silence],
    ['tokens: an endless answer', '/token', huge(1_000_001)],
    ['keys: a reset', '/jwks', reset],
    ['keys: silence', '/jwks', silence],
  ])('%s', async (_, end, step) => {
    const party = partyAt(idp, { timeoutMs: 300 }, { trouble: failingWith(end, step) });
    await expect(party.signIn()).rejects.toMatchObject(UNAVAILABLE);
  });

  test.each<[string, string, Step]>([
    ['tokens: 400', '/token', answer(400, { error: 'invalid_grant' })],
    ['tokens: 401', '/token', answer(401, { error: 'invalid_client' })],
    ['tokens: a redirect', '/token', redirect(302, 'https://evil.example')],
    ['tokens: 200 and a page', '/token', answer(200, '<html>')],
    ['keys: none', '/jwks', answer(200, { keys: [] })],
    ['keys: no JSON', '/jwks', answer(200, '<html>')],
  ])('%s is a sign-in that failed', async (_, end, step) => {
    await expect(partyAt(idp, {}, { trouble: failingWith(end, step) }).signIn()).rejects.toMatchObject({
      code: 'sign_in_failed',
    });
  });
});

describe('the provider changes its keys', () => {
  test('whoever is on the way then fails once; the next try is clean', async () => {
    const party = partyAt(idp);
    expect((await party.signIn()).subject).toBe('customer-1');
    idp.rotateKeys();
    await expect(party.signIn()).rejects.toMatchObject({ code: 'sign_in_failed' });
    expect((await party.signIn()).subject).toBe('customer-1');
    expect((await party.signIn()).subject).toBe('customer-1');
  });

  test('nobody is troubled who asks for the first time', async () => {
    idp.rotateKeys();
    expect((await partyAt(idp).signIn()).subject).toBe('customer-1');
  });

  test('a callback that was on its way during an outage can be tried again from the start', async () => {
    let away = false;
    const trouble: Trouble = at('/token', (request, send) =>
      away ? failingWith('/token', reset)(request, send) : send(request),
    );
    const party = partyAt(idp, {}, { trouble });
    const { url, checks } = await party.start();
    const query = await visit(url);
    away = true;
    await expect(party.provider.complete(query, checks)).rejects.toMatchObject(UNAVAILABLE);
    away = false;
    expect((await party.signIn()).subject).toBe('customer-1');
  });
});
