import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkClaims } from '../../src/identity/claims.ts';
import { MINUTE, NOON } from '../support/clock.ts';
import { startIdp, visit, type Idp } from './provider.ts';
import { forging, partyAt } from './support.ts';

/**
 * Sign-ins that must not succeed, as far as they depend on what this sign-in asked for. Whatever a provider can get
 * wrong by itself is played against the whole adapter: test/journey/http/hostile-identity-provider.test.ts.
 */

let idp: Idp;
beforeAll(async () => {
  idp = await startIdp();
});
afterAll(() => idp.close());

const FAILED = { code: 'sign_in_failed' };
const OTHER = 'x'.repeat(43);

describe('a callback', () => {
  test('with another state than its sign-in’s: no code is exchanged', async () => {
    const party = partyAt(idp);
    const { url, checks } = await party.start();
    const result = party.provider.complete(await visit(url), { ...checks, state: OTHER });
    await expect(result).rejects.toMatchObject(FAILED);
    expect(party.asked('/token')).toBe(0);
  });

  test.each(['nonce', 'codeVerifier'] as const)('with another %s than its sign-in’s', async (name) => {
    const party = partyAt(idp);
    const { url, checks } = await party.start();
    const result = party.provider.complete(await visit(url), { ...checks, [name]: OTHER });
    await expect(result).rejects.toMatchObject(FAILED);
  });

  test('with another code', async () => {
    const party = partyAt(idp);
    const { url, checks } = await party.start();
    const query = new URLSearchParams(await visit(url));
    query.set('code', OTHER);
    await expect(party.provider.complete(`?${query.toString()}`, checks)).rejects.toMatchObject(FAILED);
  });

  test('a second time', async () => {
    const party = partyAt(idp);
    const { url, checks } = await party.start();
    const query = await visit(url);
    await party.provider.complete(query, checks);
    await expect(party.provider.complete(query, checks)).rejects.toMatchObject(FAILED);
  });

  test('of another sign-in of the same customer', async () => {
    const party = partyAt(idp);
    const [one, other] = [await party.start(), await party.start()];
    await expect(party.provider.complete(await visit(one.url), other.checks)).rejects.toMatchObject(FAILED);
  });

  test('signed by an algorithm that is good, but not the configured one', async () => {
    await expect(partyAt(idp, { idTokenAlg: 'ES256' }).signIn()).rejects.toMatchObject(FAILED);
  });
});

describe('an ID token', () => {
  test.each<[string, Record<string, unknown>]>([
    ['of a lesser context', { acr: 'urn:example:loa:1' }],
    ['of no context', { acr: undefined }],
    ['of a context that contains the right one', { acr: 'urn:example:loa:22' }],
    ['of two contexts', { acr: ['urn:example:loa:2'] }],
  ])('%s, when one was asked for', async (_, claims) => {
    const party = partyAt(idp, { acrValues: 'urn:example:loa:2' }, { trouble: forging(idp, { claims }) });
    await expect(party.signIn()).rejects.toMatchObject({ ...FAILED, facts: { cause: 'id_token_acr' } });
  });

  test.each<[string, Record<string, unknown>]>([
    ['of a sign-in too long ago', { auth_time: Math.floor((Date.now() - 10 * MINUTE) / 1000) }],
    ['that does not say when', { auth_time: undefined }],
    ['that says when in words', { auth_time: 'today' }],
  ])('%s, when a greatest age was asked for', async (_, claims) => {
    const party = partyAt(idp, { maxAge: 60 }, { trouble: forging(idp, { claims }) });
    await expect(party.signIn()).rejects.toMatchObject(FAILED);
  });

  const issued = (secondsAhead: number) => () =>
    checkClaims(
      { iss: 'https://login.example', aud: 'client', sub: 'customer-1', exp: 0, iat: NOON / 1000 + secondsAhead },
      { clientId: 'client', acrValues: null, now: NOON },
    );

  test('may be issued a minute ahead of our clock, and no later', () => {
    expect(issued(60)).not.toThrow();
    expect(issued(61)).toThrow('id_token_iat');
  });
});
