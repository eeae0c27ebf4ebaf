import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { CustomerTokens } from '../../src/identity/claims.ts';
import type { SignInSettings } from '../../src/identity/identity-provider.ts';
import type { IdentityProvider as RotatingIdp } from '../../src/sandbox/identity/identity.ts';
import { newKey, resign } from '../support/jwt.ts';
import { CLIENT_ID, CLIENT_SECRET } from './provider.ts';
import { startRotatingIdp } from './offline.ts';
import { partyAt, tampering, type Party } from './support.ts';

/** What becomes of the tokens of a customer who has signed in. */

let idp: RotatingIdp;
beforeAll(async () => {
  idp = await startRotatingIdp();
});
afterEach(() => idp.faults.clear());
afterAll(() => idp.close());

const offline = (settings: Partial<SignInSettings> = {}): Party => partyAt(idp, { tokens: 'offline', ...settings });

async function signedIn(party = offline()): Promise<CustomerTokens & { refreshToken: string; subject: string }> {
  const { tokens, subject } = await party.signIn();
  return { ...tokens!, refreshToken: tokens!.refreshToken!, subject };
}

async function isActive(token: string): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`${CLIENT_ID}:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64')}`;
  const answer = await fetch(`${idp.issuer}/token/introspection`, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams({ token }),
  });
  return ((await answer.json()) as { active: boolean }).active;
}

describe('a sign-in asks', () => {
  const asked = async (settings: Partial<SignInSettings>, fresh = false) => {
    const { url } = await partyAt(idp, { par: 'off', ...settings }).start({ fresh });
    const { scope, prompt } = Object.fromEntries(new URL(url).searchParams);
    return { scope, prompt };
  };

  test.each<[string, Partial<SignInSettings>, boolean, object]>([
    ['for no offline access where nobody needs it', { tokens: 'discard' }, false, { scope: 'openid' }],
    ['nor where tokens are only handed on', { tokens: 'keep' }, false, { scope: 'openid' }],
    ['for it, and for consent, where a source does', { tokens: 'offline' }, false, OFFLINE()],
    ['for it once', { tokens: 'offline', scopes: 'openid offline_access' }, false, OFFLINE()],
    ['for consent also where the scope is configured', { scopes: 'openid offline_access' }, false, OFFLINE()],
    ['and for credentials beside', { tokens: 'offline' }, true, OFFLINE('login consent')],
  ])('%s', async (_, settings, fresh, parameters) => {
    expect(await asked(settings, fresh)).toEqual(parameters);
  });

  function OFFLINE(prompt = 'consent') {
    return { scope: 'openid offline_access', prompt };
  }
});

describe('after a sign-in', () => {
  test('nothing is left of the tokens where nobody needs them', async () => {
    expect((await partyAt(idp).signIn()).tokens).toBeNull();
  });

  test('they are there with their end where somebody does', async () => {
    const tokens = await signedIn();
    expect(tokens).toMatchObject({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      scope: expect.stringContaining('offline_access'),
    });
    expect(tokens.accessExpiresAt - Date.now()).toBeGreaterThan(3_500_000);
    expect(tokens.accessExpiresAt - Date.now()).toBeLessThanOrEqual(3_600_000);
  });

  test.each([
    ['five minutes where the answer does not say', undefined, 300],
    ['no part of a second', 1.5, 1],
    ['a year where they would live longer', 1e300, 365 * 86_400],
  ])('they live %s', async (_, life, seconds) => {
    const now = Date.now();
    const trouble = tampering((answer) => ({ ...answer, expires_in: life }));
    const { tokens } = await partyAt(idp, { tokens: 'keep' }, { trouble, clock: () => now }).signIn();
    expect(tokens?.accessExpiresAt).toBe(now + seconds * 1000);
  });

  test('one that would not work without the customer is none', async () => {
    const trouble = tampering((answer) => ({ ...answer, refresh_token: undefined }));
    await expect(partyAt(idp, { tokens: 'offline' }, { trouble }).signIn()).rejects.toMatchObject({
      code: 'sign_in_failed',
      facts: { cause: 'refresh_token_missing' },
    });
  });
});

describe('a refresh', () => {
  test('brings new tokens, again and again', async () => {
    const { provider } = offline();
    let current = await signedIn();
    for (let n = 0; n < 3; n += 1) {
      const next = await provider.refresh(current);
      expect(next.accessToken).not.toBe(current.accessToken);
      expect(next.refreshToken).not.toBe(current.refreshToken);
      expect(await isActive(next.accessToken)).toBe(true);
      current = { ...current, ...next, refreshToken: next.refreshToken! };
    }
  });

  test('keeps the refresh token of a provider that does not rotate', async () => {
    const current = await signedIn();
    const trouble = tampering((answer) => ({ ...answer, refresh_token: undefined }));
    const { provider } = partyAt(idp, { tokens: 'offline' }, { trouble });
    expect((await provider.refresh(current)).refreshToken).toBe(current.refreshToken);
  });

  test('with a token that was used before is refused', async () => {
    const { provider } = offline();
    const current = await signedIn();
    await provider.refresh(current);
    await expect(provider.refresh(current)).rejects.toMatchObject({ code: 'refresh_refused' });
  });

  test.each<[string, Parameters<RotatingIdp['faults']['set']>[0]['token'], string]>([
    ['an end of access', { status: 400, body: { error: 'invalid_grant' } }, 'refresh_refused'],
    ['credentials of ours that are wrong', { status: 401, body: { error: 'invalid_client' } }, 'refresh_failed'],
    ['a page', { status: 200, body: 'hello' }, 'refresh_failed'],
    ['an error of its own', { status: 503, body: {} }, 'identity_provider_unavailable'],
    [
      'a word that it is busy',
      { status: 400, body: { error: 'temporarily_unavailable' } },
      'identity_provider_unavailable',
    ],
    ['a reset', { reset: true }, 'identity_provider_unavailable'],
    ['silence', { hang: true }, 'identity_provider_unavailable'],
  ])('answered with %s', async (_, fault, code) => {
    const current = await signedIn();
    const { provider } = offline({ timeoutMs: 200 });
    await provider.tokenEndpoint();
    idp.faults.set({ token: fault });
    const failure = (await provider.refresh(current).catch((error: unknown) => error)) as { facts: object };
    expect(failure).toMatchObject({ code });
    expect(JSON.stringify(failure.facts)).not.toContain(current.refreshToken);
  });

  test('answered for another customer is no use', async () => {
    const current = await signedIn();
    await expect(offline().provider.refresh({ ...current, subject: 'customer-2' })).rejects.toMatchObject({
      code: 'refresh_failed',
      facts: { cause: 'id_token_sub' },
    });
  });

  test('answered with a forged ID token is no use', async () => {
    const current = await signedIn();
    const key = newKey('RS256');
    const trouble = tampering((answer) => ({ ...answer, id_token: resign(String(answer.id_token), { key }) }));
    const { provider } = partyAt(idp, { tokens: 'offline' }, { trouble });
    await expect(provider.refresh(current)).rejects.toMatchObject({ code: 'refresh_failed' });
  });
});

test('a revoked refresh token takes the access token with it', async () => {
  const { provider } = offline();
  const current = await signedIn();
  await provider.revoke(current.refreshToken);
  expect(await isActive(current.accessToken)).toBe(false);
  await expect(provider.refresh(current)).rejects.toMatchObject({ code: 'refresh_refused' });
});

test('the first refresh token still ends those that followed it, as where Flatpeak has renewed them', async () => {
  const { provider } = offline();
  const first = await signedIn();
  const later = await provider.refresh(first);
  await provider.revoke(first.refreshToken);
  expect(await isActive(later.accessToken)).toBe(false);
});
