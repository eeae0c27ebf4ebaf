import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SignInSettings } from '../../src/identity/identity-provider.ts';
import { HOUR, MINUTE, movableClock } from '../support/clock.ts';
import { answer, held, reset, startPeer } from '../support/http-peer.ts';
import { newKey, publicJwk, resign } from '../support/jwt.ts';
import { startRotatingIdp } from './offline.ts';
import { CLIENT_ID, REDIRECT_URI, startIdp, visit, type Idp } from './provider.ts';
import { at, changing, partyAt, type Trouble } from './support.ts';

/** What the adapter knows of its identity provider, when it asks for it, and how long it relies on that. */

let idp: Idp;
beforeAll(async () => {
  idp = await startIdp();
});
afterAll(() => idp.close());

const DISCOVERY = '/.well-known/openid-configuration';

/** As long as it is away, one address drops the connection. */
function outageOf(end: string) {
  const outage = { away: true };
  const trouble: Trouble = at(end, async (request, send) => {
    if (!outage.away) return send(request);
    const peer = await startPeer(reset);
    return send({ ...request, url: peer.origin }).finally(() => peer.close());
  });
  return { outage, trouble };
}

describe('the provider is discovered', () => {
  test('not before somebody signs in', () => {
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

  test('anew after it could not be', async () => {
    const { outage, trouble } = outageOf(DISCOVERY);
    const party = partyAt(idp, {}, { trouble });
    await expect(party.start()).rejects.toMatchObject({ code: 'identity_provider_unavailable' });
    outage.away = false;
    expect((await party.signIn()).subject).toBe('customer-1');
  });

  test('anew after an answer that did not hold, and not because it was away meanwhile', async () => {
    const { outage, trouble } = outageOf('/token');
    const party = partyAt(idp, { par: 'off' }, { trouble });
    const start = await party.start();
    const query = await visit(start.url);
    await expect(party.provider.complete(query, start.checks)).rejects.toMatchObject({
      code: 'identity_provider_unavailable',
      facts: { cause: 'outbound_network' },
    });
    outage.away = false;
    await party.signIn();
    expect(party.asked(DISCOVERY)).toBe(1);
    await expect(party.provider.complete('?code=x', start.checks)).rejects.toMatchObject({ code: 'sign_in_failed' });
    await party.signIn();
    expect(party.asked(DISCOVERY)).toBe(2);
  });
});

describe('an https issuer', () => {
  const issuer = 'https://login.example';
  /** The discovery document of a provider that is not on this machine. */
  const saying =
    (changes: Record<string, string>): Trouble =>
    () =>
      Promise.resolve({
        status: 200,
        headers: new Headers({ 'content-type': 'application/json' }),
        body: JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          ...changes,
        }),
      });
  const startAt = (changes: Record<string, string>, settings: Partial<SignInSettings> = {}) =>
    partyAt({ issuer }, settings, { trouble: saying(changes) }).start();

  test.each([
    ['authorization_endpoint', 'http://login.example/authorize'],
    ['authorization_endpoint', 'http://localhost/authorize'],
    ['token_endpoint', 'http://login.example/token'],
    ['jwks_uri', 'http://127.0.0.1/keys'],
    ['revocation_endpoint', 'http://login.example/revoke'],
  ])('may not have its %s at %s', async (name, address) => {
    await expect(startAt({ [name]: address })).rejects.toMatchObject({
      code: 'identity_provider_unavailable',
      facts: { cause: `${name}_refused` },
    });
  });

  test('may have endpoints on other hosts', async () => {
    const { url } = await startAt({ authorization_endpoint: 'https://accounts.example/o/authorize?tenant=1' });
    expect(url).toContain(
      `https://accounts.example/o/authorize?tenant=1&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`,
    );
    expect(url).toContain(`client_id=${CLIENT_ID}`);
  });
});

describe('keys', () => {
  test('are fetched for the first sign-in, and kept for five minutes', async () => {
    const clock = movableClock(Date.now());
    const party = partyAt(idp, {}, { clock: clock.now });
    await party.signIn();
    clock.advance(5 * MINUTE - 1);
    await party.signIn();
    expect(party.asked('/jwks')).toBe(1);
    clock.advance(1);
    await party.signIn();
    expect(party.asked('/jwks')).toBe(2);
  });

  test('are fetched at once when a token names one that is not among them', async () => {
    const party = partyAt(idp);
    await party.signIn();
    for (let changes = 1; changes <= 3; changes += 1) {
      idp.rotateKeys();
      expect((await party.signIn()).subject).toBe('customer-1');
      expect(party.asked('/jwks')).toBe(1 + changes);
    }
  });

  test('changed when tokens are renewed: the new ones are not lost', async () => {
    const rotating = await startRotatingIdp();
    const key = newKey('RS256');
    let changed = false;
    const otherKey: Trouble = changing('/jwks', (keys) => (changed ? { keys: [publicJwk(key)] } : keys));
    const otherToken: Trouble = changing('/token', (tokens) =>
      changed ? { ...tokens, id_token: resign(String(tokens.id_token), { key, header: { kid: key.kid } }) } : tokens,
    );
    const trouble: Trouble = (request, send) => otherKey(request, (next) => otherToken(next, send));
    const party = partyAt(rotating, { tokens: 'offline' }, { trouble });
    const { tokens, subject } = await party.signIn();
    changed = true;
    const current = { ...tokens!, refreshToken: tokens!.refreshToken!, subject };
    const next = await party.provider.refresh(current);
    expect(next.refreshToken).not.toBe(current.refreshToken);
    await rotating.close();
  });
});
