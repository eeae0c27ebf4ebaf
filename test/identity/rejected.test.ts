import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHmac, createPublicKey, generateKeyPairSync, type webcrypto } from 'node:crypto';
import type { JWK } from 'oidc-provider';
import { MINUTE } from '../support/clock.ts';
import { decode, startIdp, visit, type Idp } from './provider.ts';
import { forging, partyAt, tampering, type Trouble } from './support.ts';

/** Sign-ins that must not succeed: each a page and another try, none a session. */

let idp: Idp;
beforeAll(async () => {
  idp = await startIdp();
});
afterAll(() => idp.close());
beforeEach(() => {
  idp.answer = { login: { accountId: 'customer-1', acr: 'urn:example:loa:2' } };
});

const FAILED = { code: 'sign_in_failed' };

describe('the customer or the identity provider says no', () => {
  test.each([
    ['access_denied', 'sign_in_cancelled'],
    ['login_required', 'sign_in_failed'],
    ['server_error', 'sign_in_failed'],
    ['temporarily_unavailable', 'sign_in_failed'],
    ['interaction_required', 'sign_in_failed'],
    ['something_of_its_own', 'sign_in_failed'],
  ])('%s → %s', async (error, code) => {
    idp.answer = { error, error_description: 'canary' };
    const failure = await partyAt(idp)
      .signIn()
      .catch((thrown: unknown) => thrown as { facts: object });
    expect(failure).toMatchObject({ code });
    expect(JSON.stringify((failure as { facts: object }).facts)).not.toContain('canary');
  });
});

describe('a callback that was changed on its way', () => {
  const changed = (change: (query: URLSearchParams) => void) => async () => {
    const party = partyAt(idp);
    const { url, checks } = await party.start();
    const query = new URLSearchParams(await visit(url));
    change(query);
    const result = party.provider.complete(`?${query.toString()}`, checks);
    await expect(result).rejects.toMatchObject(FAILED);
    return party;
  };

  test.each<[string, (query: URLSearchParams) => void]>([
    ['without state', (query) => query.delete('state')],
    ['with another state', (query) => query.set('state', 'x'.repeat(43))],
    ['with the state twice', (query) => query.append('state', query.get('state') ?? '')],
    ['without iss, which the provider promises (RFC 9207)', (query) => query.delete('iss')],
    ['with another iss', (query) => query.set('iss', 'https://evil.example')],
    ['with the iss twice', (query) => query.append('iss', 'https://evil.example')],
    ['without code', (query) => query.delete('code')],
    ['with the code twice', (query) => query.append('code', 'other')],
    ['with an error beside the code', (query) => query.set('error', 'server_error')],
    [
      'with a cancellation beside another state',
      (query) => {
        query.set('error', 'access_denied');
        query.set('state', 'x'.repeat(43));
      },
    ],
    [
      'with a cancellation of another issuer',
      (query) => {
        query.set('error', 'access_denied');
        query.set('iss', 'https://evil.example');
      },
    ],
    ['as a signed response nobody asked for', (query) => query.set('response', 'a.b.c')],
    [
      'with nothing in it',
      (query) => {
        for (const name of [...query.keys()]) query.delete(name);
      },
    ],
  ])('%s: no code is exchanged', async (_, change) => {
    const party = await changed(change)();
    expect(party.asked('/token')).toBe(0);
  });

  test.each<[string, (query: URLSearchParams) => void]>([
    ['with another code', (query) => query.set('code', 'a'.repeat(43))],
  ])('%s', async (_, change) => {
    await changed(change)();
  });
});

describe('a callback that meets other expectations', () => {
  test.each(['nonce', 'codeVerifier', 'state'] as const)('another %s', async (name) => {
    const party = partyAt(idp);
    const { url, checks } = await party.start();
    const result = party.provider.complete(await visit(url), { ...checks, [name]: 'x'.repeat(43) });
    await expect(result).rejects.toMatchObject(FAILED);
  });

  test('a second time', async () => {
    const party = partyAt(idp);
    const { url, checks } = await party.start();
    const query = await visit(url);
    await party.provider.complete(query, checks);
    await expect(party.provider.complete(query, checks)).rejects.toMatchObject(FAILED);
  });

  test('those of another sign-in of the same customer', async () => {
    const party = partyAt(idp);
    const [one, other] = [await party.start(), await party.start()];
    await expect(party.provider.complete(await visit(one.url), other.checks)).rejects.toMatchObject(FAILED);
  });
});

describe('an ID token that is not good for us', () => {
  const seconds = (ms = 0) => Math.floor((Date.now() + ms) / 1000);

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['from another issuer', { iss: 'https://evil.example' }, {}],
    ['from nobody', { iss: undefined }, {}],
    ['for another client', { aud: 'somebody-else' }, {}],
    ['for nobody', { aud: undefined }, {}],
    ['for us and others, without saying who asked', { aud: ['tariff-sharing', 'other'] }, {}],
    ['for us and others, asked for by others', { aud: ['tariff-sharing', 'other'], azp: 'other' }, {}],
    ['asked for by another client (azp)', { azp: 'somebody-else' }, { cause: 'id_token_azp' }],
    ['expired', { exp: seconds(-10 * MINUTE) }, {}],
    ['without an end', { exp: undefined }, {}],
    ['issued in the far future', { iat: seconds(10 * MINUTE) }, { cause: 'id_token_iat' }],
    ['without a time of issue', { iat: undefined }, {}],
    ['not valid yet', { nbf: seconds(10 * MINUTE) }, {}],
    ['with another nonce', { nonce: 'x'.repeat(43) }, {}],
    ['without a nonce', { nonce: undefined }, {}],
    ['about nobody', { sub: undefined }, {}],
    ['about an empty subject', { sub: '' }, { cause: 'id_token_sub' }],
    ['about a number', { sub: 7 }, {}],
  ])('%s', async (_, claims, facts) => {
    const party = partyAt(idp, {}, { trouble: forging(idp, { claims }) });
    await expect(party.signIn()).rejects.toMatchObject({ ...FAILED, facts });
  });

  test.each<[string, Record<string, unknown>]>([
    ['with azp naming us', { azp: 'tariff-sharing' }],
    ['issued half a minute ahead of our clock', { iat: seconds(30_000) }],
    ['for us and others, asked for by us', { aud: ['tariff-sharing', 'other'], azp: 'tariff-sharing' }],
    ['changed in nothing', {}],
  ])('but one %s is', async (_, claims) => {
    const party = partyAt(idp, {}, { trouble: forging(idp, { claims }) });
    expect((await party.signIn()).subject).toBe('customer-1');
  });

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
    ['of a sign-in too long ago', { auth_time: seconds(-10 * MINUTE) }],
    ['that does not say when', { auth_time: undefined }],
    ['that says when in words', { auth_time: 'today' }],
  ])('%s, when a greatest age was asked for', async (_, claims) => {
    const party = partyAt(idp, { maxAge: 60 }, { trouble: forging(idp, { claims }) });
    await expect(party.signIn()).rejects.toMatchObject(FAILED);
  });
});

describe('an ID token whose signature is not good', () => {
  const strange = (kid?: string): JWK => ({
    ...(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK),
    ...(kid === undefined ? {} : { kid }),
  });
  const withToken = (make: (token: string) => string): Trouble =>
    tampering((answer) => ({ ...answer, id_token: make(String(answer.id_token)) }));
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const rest = (token: string) => encoded({ ...decode(token, 1), sub: 'somebody-else' });
  const hmac = (token: string, secret: string | Buffer) => {
    const signed = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${rest(token)}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
  const publicPem = () =>
    createPublicKey({ key: idp.signingKey() as webcrypto.JsonWebKey, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    });

  test.each<[string, () => Trouble]>([
    ['by another key', () => forging(idp, { key: strange() })],
    [
      'by another key under the same name',
      () => forging(idp, { key: strange(), header: { kid: idp.signingKey().kid } }),
    ],
    ['under a name nobody has', () => forging(idp, { header: { kid: 'unknown' } })],
    ['by a key that comes with it', () => forging(idp, { key: strange(), header: { jwk: strange(), kid: undefined } })],
    ['under another algorithm', () => forging(idp, { header: { alg: 'PS256' } })],
    ['none at all', () => withToken((token) => `${encoded({ alg: 'none' })}.${rest(token)}.`)],
    ['none in other letters', () => withToken((token) => `${encoded({ alg: 'nOnE' })}.${rest(token)}.`)],
    ['cut off', () => withToken((token) => token.split('.').slice(0, 2).join('.'))],
    ['empty', () => withToken((token) => `${token.split('.').slice(0, 2).join('.')}.`)],
    ['over other contents', () => withToken((token) => token.replace(/\..*\./, `.${rest(token)}.`))],
    ['a checksum with our own secret', () => withToken((token) => hmac(token, 'a secret with / and + and : in it'))],
    ['a checksum with the public key', () => withToken((token) => hmac(token, publicPem()))],
    ['with a critical header nobody knows', () => forging(idp, { header: { crit: ['x'], x: 1 } })],
  ])('%s', async (_, trouble) => {
    await expect(partyAt(idp, {}, { trouble: trouble() }).signIn()).rejects.toMatchObject(FAILED);
  });

  test('good, but by an algorithm that is not the configured one', async () => {
    await expect(partyAt(idp, { idTokenAlg: 'ES256' }).signIn()).rejects.toMatchObject(FAILED);
  });
});

describe('a token answer that is none', () => {
  test.each<[string, Trouble]>([
    ['without an ID token', tampering((answer) => ({ ...answer, id_token: undefined }))],
    ['with an ID token that is no text', tampering((answer) => ({ ...answer, id_token: {} }))],
    ['with an ID token that is no JWT', tampering((answer) => ({ ...answer, id_token: 'a.b.c' }))],
    ['with an encrypted ID token', tampering((answer) => ({ ...answer, id_token: 'a.b.c.d.e' }))],
    ['without an access token', tampering((answer) => ({ ...answer, access_token: undefined }))],
    ['without a type', tampering((answer) => ({ ...answer, token_type: undefined }))],
    ['of a type nobody knows', tampering((answer) => ({ ...answer, token_type: 'mac' }))],
    ['empty', tampering(() => ({}))],
  ])('%s', async (_, trouble) => {
    await expect(partyAt(idp, {}, { trouble }).signIn()).rejects.toMatchObject(FAILED);
  });
});

test('no failure tells a code, a state, a token or a claim', async () => {
  const party = partyAt(idp, {}, { trouble: forging(idp, { claims: { nonce: 'other' } }) });
  const { url, checks } = await party.start();
  const query = await visit(url);
  const failure = (await party.provider.complete(query, checks).catch((error: unknown) => error)) as {
    message: string;
    facts: Record<string, unknown>;
  };
  const told = JSON.stringify([failure.message, failure.facts]);
  for (const secret of [new URLSearchParams(query).get('code')!, checks.state, checks.nonce, 'customer-1', 'Ada']) {
    expect(told).not.toContain(secret);
  }
});
