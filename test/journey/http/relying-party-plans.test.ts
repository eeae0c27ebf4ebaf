import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JWK } from 'oidc-provider';
import { answer } from '../../support/http-peer.ts';
import { newKey, publicJwk } from '../../support/jwt.ts';
import { altered, changed, claiming, forged, unsigned } from '../../support/hostile-idp/faults.ts';
import type { Behaviour } from '../../support/hostile-idp/server.ts';
import {
  CLIENT,
  expectRefused,
  expectSignedIn,
  failed,
  startHostileWorld,
  STRAY,
  unavailable,
  type HostileWorld,
  type Refusal,
} from '../../support/hostile-idp/world.ts';

/**
 * The relying-party plans of the OpenID Foundation's conformance suite, module by module under its own name, played
 * against the whole adapter. Left out is what concerns something the adapter does not do, as told beside each plan.
 */

type Module = [name: string, behaviour: Behaviour];
type Rejecting = [...Module, Refusal];

const MISMATCH = failed('OAUTH_JWT_CLAIM_COMPARISON_FAILED');
const INVALID = failed('OAUTH_INVALID_RESPONSE');
const past = () => Math.floor(Date.now() / 1000) - 600;

describe('Basic: oidcc-client-basic-certification-test-plan', () => {
  let world: HostileWorld;
  beforeAll(async () => {
    world = await startHostileWorld({}, { OIDC_CLIENT_SECRET: CLIENT.secret, OIDC_SCOPES: 'openid profile' });
  });
  afterAll(() => world.close());

  const nameless = (...others: JWK[]): Behaviour => ({
    keys: (proper) =>
      answer(200, { keys: [...(proper.keys as JWK[]), ...others].map((key) => ({ ...key, kid: undefined })) }),
    token: forged({ header: { kid: undefined } }),
  });

  test.each<Module>([
    ['oidcc-client-test', {}],
    ['oidcc-client-test-idtoken-sig-rs256', {}],
    ['oidcc-client-test-kid-absent-single-jwks', nameless()],
  ])('%s: accepted', async (_, behaviour) => {
    await expectSignedIn(world, behaviour);
  });

  test.each<Rejecting>([
    ['oidcc-client-test-invalid-iss', { token: claiming({ iss: 'https://evil.example' }) }, MISMATCH],
    ['oidcc-client-test-missing-sub', { token: claiming({ sub: undefined }) }, INVALID],
    ['oidcc-client-test-invalid-aud', { token: claiming({ aud: 'somebody-else' }) }, MISMATCH],
    ['oidcc-client-test-missing-iat', { token: claiming({ iat: undefined }) }, INVALID],
    // A client may also try one key after the other; ours does not guess.
    [
      'oidcc-client-test-kid-absent-multiple-jwks',
      nameless(publicJwk(newKey('RS256'))),
      failed('OAUTH_KEY_SELECTION_FAILED'),
    ],
    // Only for clients that registered for it, and ours never does.
    ['oidcc-client-test-idtoken-sig-none', { token: unsigned }, INVALID],
    ['oidcc-client-test-invalid-sig-rs256', { token: altered }, INVALID],
    ['oidcc-client-test-nonce-invalid', { token: claiming({ nonce: 'x'.repeat(43) }) }, MISMATCH],
  ])('%s: rejected', async (_, behaviour, refusal) => {
    await expectRefused(world, behaviour, refusal);
  });

  test('oidcc-client-test-scope-userinfo-claims: asked for by scope, and read from the ID token', async () => {
    const { customer } = await expectSignedIn(world);
    const request = new URL(world.idp.asked('authorization').at(-1)?.url ?? '', world.idp.issuer);
    expect(request.searchParams.get('scope')).toBe('openid profile');
    expect(customer.page.html).toContain('A… Archer');
  });

  test('oidcc-client-test-client-secret-basic: in the header, and nowhere else', async () => {
    await expectSignedIn(world);
    const exchange = world.idp.asked('token').at(-1);
    expect(exchange?.headers.authorization).toMatch(/^Basic [A-Za-z0-9+/]+=*$/);
    const fields = [...new URLSearchParams(exchange?.body).keys()];
    expect(fields.sort()).toEqual(['code', 'code_verifier', 'grant_type', 'redirect_uri']);
  });

  test('oidcc-client-test-userinfo-invalid-sub: does not apply, as userinfo is never asked', async () => {
    await expectSignedIn(world);
    expect(world.idp.asked('discovery').length).toBeGreaterThan(0);
    expect(world.idp.asked('userinfo')).toEqual([]);
  });
});

describe('Config: oidcc-client-config-certification-test-plan', () => {
  let world: HostileWorld;
  beforeAll(async () => {
    world = await startHostileWorld();
  });
  afterAll(() => world.close());

  test('oidcc-client-test-discovery-openid-config: read before anything else is asked', async () => {
    await expectSignedIn(world);
    expect(world.idp.asked('discovery')[0]).toMatchObject({ method: 'GET', url: '/.well-known/openid-configuration' });
  });

  test('oidcc-client-test-discovery-jwks-uri-keys: keys are read where discovery says', async () => {
    await expectSignedIn(world, { discovery: changed({ jwks_uri: `${world.idp.issuer}/keys/elsewhere` }) });
    expect(world.idp.asked('keys').at(-1)?.url).toBe('/keys/elsewhere');
  });

  test.each<Rejecting>([
    [
      'oidcc-client-test-discovery-issuer-mismatch',
      { discovery: changed({ issuer: 'https://evil.example' }) },
      unavailable('OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'),
    ],
    ['oidcc-client-test-idtoken-sig-none', { token: unsigned }, INVALID],
  ])('%s: rejected', async (_, behaviour, refusal) => {
    await expectRefused(world, behaviour, refusal);
  });

  test('oidcc-client-test-signing-key-rotation-just-before-signing: accepted', async () => {
    await expectSignedIn(world, { rotatesBeforeSigning: true });
  });

  test('oidcc-client-test-signing-key-rotation: the second sign-in is accepted too', async () => {
    await expectSignedIn(world);
    world.idp.rotateKeys();
    const { customer } = await world.arrive();
    await customer.press('continue');
    expect(customer.page.step).toBe('consent');
  });
});

/**
 * With PAR, `private_key_jwt` and PS256. The adapter binds no tokens to a key, so the modules about DPoP and mutual TLS
 * do not apply; nor do those of JARM, grant management and the Brazilian profile.
 */
describe('FAPI 2.0: fapi2-security-profile-final-client-test-plan', () => {
  const MODULE = 'fapi2-security-profile-final-client-test';
  let world: HostileWorld;
  let folder: string;
  beforeAll(async () => {
    const key = newKey('ES256');
    folder = await mkdtemp(path.join(tmpdir(), 'client-key-'));
    const file = path.join(folder, 'key.json');
    await writeFile(file, JSON.stringify(key));
    world = await startHostileWorld(
      { client: { id: CLIENT.id, key: publicJwk(key) }, alg: 'PS256', par: true },
      {
        OIDC_CLIENT_AUTH: 'private_key_jwt',
        OIDC_PRIVATE_KEY_FILE: file,
        OIDC_ID_TOKEN_ALG: 'PS256',
        OIDC_PAR: 'required',
      },
    );
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  test.each<Module>([
    ['happy-path', {}],
    ['happy-path-no-mtls-endpoint-aliases', { discovery: changed({ mtls_endpoint_aliases: undefined }) }],
    ['valid-aud-as-array', { token: claiming({ aud: [CLIENT.id] }) }],
    ['token-endpoint-response-without-expires_in', { token: changed({ expires_in: undefined }) }],
    ['token-type-case-insensitivity', { token: changed({ token_type: 'bEARer' }) }],
  ])(`${MODULE}-%s: accepted`, async (_, behaviour) => {
    await expectSignedIn(world, behaviour);
  });

  test.each<Rejecting>([
    [
      'discovery-issuer-mismatch',
      { discovery: changed({ issuer: 'https://evil.example' }) },
      unavailable('OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'),
    ],
    ['invalid-iss', { token: claiming({ iss: 'https://evil.example' }) }, MISMATCH],
    ['invalid-aud', { token: claiming({ aud: 'somebody-else' }) }, MISMATCH],
    ['invalid-secondary-aud', { token: claiming({ aud: [CLIENT.id, 'somebody-else'] }) }, MISMATCH],
    ['invalid-null-alg', { token: unsigned }, INVALID],
    ['invalid-alternate-alg', { token: forged({ header: { alg: 'RS256' } }) }, INVALID],
    ['invalid-expired-exp', { token: claiming({ exp: past() }) }, failed('OAUTH_JWT_TIMESTAMP_CHECK_FAILED')],
    ['invalid-missing-exp', { token: claiming({ exp: undefined }) }, INVALID],
    ['invalid-missing-aud', { token: claiming({ aud: undefined }) }, INVALID],
    ['invalid-missing-iss', { token: claiming({ iss: undefined }) }, INVALID],
    ['invalid-nonce', { token: claiming({ nonce: 'x'.repeat(43) }) }, MISMATCH],
    ['invalid-missing-nonce', { token: claiming({ nonce: undefined }) }, INVALID],
    [
      'invalid-authorization-response-iss',
      { authorization: (query) => query.set('iss', 'https://evil.example') },
      INVALID,
    ],
    ['remove-authorization-response-iss', { authorization: (query) => query.delete('iss') }, INVALID],
    [
      'ensure-authorization-response-with-invalid-state-fails',
      { authorization: (query) => query.set('state', 'x'.repeat(43)) },
      STRAY,
    ],
    [
      'ensure-authorization-response-with-invalid-missing-state-fails',
      { authorization: (query) => query.delete('state') },
      STRAY,
    ],
  ])(`${MODULE}-%s: rejected`, async (_, behaviour, refusal) => {
    await expectRefused(world, behaviour, refusal);
  });
});
