import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ClientMetadata, JWK, SigningAlgorithm } from 'oidc-provider';
import type { SignInSettings } from '../../src/identity/identity-provider.ts';
import {
  ACCOUNT,
  CLIENT_ID,
  CLIENT_SECRET,
  REDIRECT_URI,
  startIdp,
  visit,
  type Idp,
  type IdpOptions,
} from './provider.ts';
import { partyAt } from './support.ts';
import { decode } from '../support/jwt.ts';

/** Sign-ins that succeed, against the real oidc-provider. */

describe('an ordinary sign-in', () => {
  let idp: Idp;
  beforeAll(async () => {
    idp = await startIdp();
  });
  afterAll(() => idp.close());

  test('tells who signed in: the subject and plain claims', async () => {
    const identity = await partyAt(idp).signIn();
    expect(identity).toEqual({
      subject: ACCOUNT.sub,
      claims: expect.objectContaining(ACCOUNT),
      tokens: null,
    });
    expect(Object.keys(identity.claims)).not.toEqual(
      expect.arrayContaining(['nonce', 'aud', 'iss', 'exp', 'iat', 'at_hash']),
    );
  });

  const parametersOf = async (settings: Partial<SignInSettings> = {}, fresh = false) => {
    const { url, checks } = await partyAt(idp, { par: 'off', ...settings }).start({ fresh });
    return { address: url.split('?')[0], parameters: Object.fromEntries(new URL(url).searchParams), checks };
  };

  test('asks with PKCE, state and nonce, and for our own callback', async () => {
    const { address, parameters, checks } = await parametersOf();
    expect(address).toBe(`${idp.issuer}/auth`);
    expect(parameters).toEqual({
      client_id: CLIENT_ID,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: createHash('sha256').update(checks.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
      ui_locales: 'de en',
    });
  });

  test.each<[string, Partial<SignInSettings>, boolean, object]>([
    ['scopes', { scopes: 'openid profile' }, false, { scope: 'openid profile' }],
    ['acr values', { acrValues: 'a b' }, false, { acr_values: 'a b' }],
    ['a greatest age', { maxAge: 0 }, false, { max_age: '0' }],
    ['credentials, when another customer may sign in', {}, true, { prompt: 'login' }],
    [
      'whatever the provider’s own needs are',
      {
        extraParams: [
          ['idp_hint', 'a b'],
          ['x', '1'],
        ],
      },
      false,
      { idp_hint: 'a b', x: '1' },
    ],
    [
      'credentials, also where the provider has a prompt of its own',
      { extraParams: [['prompt', 'consent']] },
      true,
      { prompt: 'login' },
    ],
  ])('asks for %s', async (_, settings, fresh, expected) => {
    const { parameters } = await parametersOf(settings, fresh);
    expect(parameters).toMatchObject(expected);
  });

  test('asks for each thing once, as RFC 6749 §3.1 has it', async () => {
    const extraParams = [['prompt', 'consent']] as const;
    const { url } = await partyAt(idp, { par: 'off', extraParams }).start({ fresh: true });
    const names = [...new URL(url).searchParams.keys()];
    expect(names).toEqual([...new Set(names)]);
  });

  test('may ask for one resource beside another (RFC 8707)', async () => {
    const extraParams = [
      ['resource', 'https://a.example'],
      ['resource', 'https://b.example'],
    ] as const;
    const { url } = await partyAt(idp, { par: 'off', extraParams }).start();
    expect(new URL(url).searchParams.getAll('resource')).toEqual(['https://a.example', 'https://b.example']);
  });

  test('draws every value anew', async () => {
    const party = partyAt(idp);
    const [one, other] = [(await party.start()).checks, (await party.start()).checks];
    expect(one.nonce).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(one.codeVerifier).toMatch(/^[A-Za-z0-9_-]{43,128}$/);
    expect([one.nonce, one.codeVerifier, one.state].some((value) => Object.values(other).includes(value))).toBe(false);
  });

  test('proves a configured age and context of the sign-in', async () => {
    const identity = await partyAt(idp, { maxAge: 300, acrValues: 'urn:example:loa:2' }).signIn();
    expect(identity.claims).toMatchObject({ acr: 'urn:example:loa:2' });
  });

  test('with fresh credentials is a sign-in like any other', async () => {
    expect((await partyAt(idp).signIn({ fresh: true })).subject).toBe(ACCOUNT.sub);
  });
});

describe('with an idp of its own', () => {
  let idp: Idp | null = null;
  const start = async (options: IdpOptions): Promise<Idp> => {
    idp = await startIdp(options);
    return idp;
  };
  afterEach(async () => {
    await idp?.close();
    idp = null;
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  interface Pair {
    publicKey: KeyObject;
    privateKey: KeyObject;
  }
  const registered = ({ publicKey }: Pair, alg: SigningAlgorithm): Partial<ClientMetadata> => ({
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: [{ ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'key-1', use: 'sig' }] },
  });
  const pem = ({ privateKey }: Pair): string => privateKey.export({ type: 'pkcs8', format: 'pem' });
  const jwk = ({ privateKey }: Pair, kid?: string): string =>
    JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid });

  describe('the client proves who it is', () => {
    test.each<[string, Partial<ClientMetadata>, SignInSettings['authentication']]>([
      ['client_secret_basic', {}, { method: 'client_secret_basic', secret: CLIENT_SECRET }],
      [
        'client_secret_post',
        { token_endpoint_auth_method: 'client_secret_post' },
        { method: 'client_secret_post', secret: CLIENT_SECRET },
      ],
      ['none', { token_endpoint_auth_method: 'none' }, { method: 'none' }],
      [
        'private_key_jwt with an RSA key in PEM',
        registered(rsa, 'RS256'),
        { method: 'private_key_jwt', key: pem(rsa) },
      ],
      [
        'private_key_jwt with an RSA key in the older PEM',
        registered(rsa, 'RS256'),
        { method: 'private_key_jwt', key: rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }) },
      ],
      [
        'private_key_jwt with an elliptic key in PEM',
        registered(ec, 'ES256'),
        { method: 'private_key_jwt', key: pem(ec) },
      ],
      [
        'private_key_jwt with an Edwards key in PEM',
        registered(ed, 'Ed25519'),
        { method: 'private_key_jwt', key: pem(ed) },
      ],
      ['private_key_jwt with a JWK', registered(rsa, 'RS256'), { method: 'private_key_jwt', key: jwk(rsa, 'key-1') }],
      [
        'private_key_jwt with a JWK without a name',
        registered(ec, 'ES256'),
        { method: 'private_key_jwt', key: jwk(ec) },
      ],
    ])('by %s, with PAR and without', async (_, client, authentication) => {
      const opened = await start({ client });
      expect((await partyAt(opened, { authentication }).signIn()).subject).toBe(ACCOUNT.sub);
      expect((await partyAt(opened, { authentication, par: 'off' }).signIn()).subject).toBe(ACCOUNT.sub);
    });

    test('by a JWK, whose name then goes into the assertion', async () => {
      const opened = await start({ client: registered(rsa, 'RS256') });
      const party = partyAt(opened, {
        authentication: { method: 'private_key_jwt', key: jwk(rsa, 'key-1') },
        par: 'off',
      });
      await party.signIn();
      const token = party.sent.find(({ url }) => new URL(url).pathname === '/token');
      const assertion = new URLSearchParams(token?.body).get('client_assertion') ?? '';
      expect(decode(assertion, 0)).toMatchObject({ alg: 'RS256', kid: 'key-1' });
      expect(decode(assertion, 1)).toMatchObject({ iss: CLIENT_ID, sub: CLIENT_ID, aud: opened.issuer });
    });

    test('and is refused with a wrong secret', async () => {
      const authentication = { method: 'client_secret_basic', secret: 'not the secret' } as const;
      const party = partyAt(await start({}), { authentication, par: 'off' });
      await expect(party.signIn()).rejects.toMatchObject({ code: 'sign_in_failed' });
    });
  });

  describe('ID tokens are signed', () => {
    test.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('with %s', async (alg) => {
      const opened = await start({ idTokenAlg: alg });
      expect((await partyAt(opened, { idTokenAlg: alg }).signIn()).subject).toBe(ACCOUNT.sub);
    });
  });

  describe('pushed authorization requests (RFC 9126)', () => {
    test.each([
      ['auto', 'offered', true],
      ['auto', 'absent', false],
      ['required', 'offered', true],
      ['off', 'offered', false],
      ['off', 'absent', false],
    ] as const)('%s, where they are %s: %s', async (par, offered, pushed) => {
      const party = partyAt(await start({ par: offered }), { par, extraParams: [['idp_hint', 'x']] });
      const { url, checks } = await party.start();
      const names = [...new URL(url).searchParams.keys()];
      if (pushed) expect(names.sort()).toEqual(['client_id', 'request_uri']);
      else expect(names).toContain('code_challenge');
      expect(party.asked('/request')).toBe(pushed ? 1 : 0);
      const request = new URLSearchParams(party.sent.find(({ url: to }) => new URL(to).pathname === '/request')?.body);
      expect(request.get('nonce')).toBe(pushed ? checks.nonce : null);
      expect((await party.provider.complete(await visit(url), checks)).subject).toBe(ACCOUNT.sub);
    });

    test('required, where they are not offered, is the provider’s fault', async () => {
      const party = partyAt(await start({ par: 'absent' }), { par: 'required' });
      await expect(party.start()).rejects.toMatchObject({
        code: 'identity_provider_unavailable',
        facts: { cause: 'par_not_offered' },
      });
    });
  });
});
