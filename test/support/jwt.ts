import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { webcrypto } from 'node:crypto';
import type { JWK } from 'oidc-provider';
import { randomId } from '../../src/base/random.ts';

/** Tokens signed for real, and bent as a test wants them. */

export type Json = Record<string, unknown>;

const PAIRS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} satisfies Record<string, () => { privateKey: KeyObject }>;

export type Alg = keyof typeof PAIRS;

/** A private key with a name of its own. */
export const newKey = (alg: Alg): JWK => ({
  ...(PAIRS[alg]().privateKey.export({ format: 'jwk' }) as JWK),
  alg,
  use: 'sig',
  kid: randomId(),
});

const privateKeyOf = (jwk: JWK) => createPrivateKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });

export const publicKeyOf = (jwk: JWK): KeyObject =>
  createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });

/** What may be published of a key. */
export const publicJwk = (jwk: JWK): JWK => {
  const { alg, use, kid } = jwk;
  return { ...(publicKeyOf(jwk).export({ format: 'jwk' }) as JWK), ...{ alg, use, kid } };
};

export const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const decode = (jwt: string, part: 0 | 1): Json =>
  JSON.parse(Buffer.from(jwt.split('.')[part]!, 'base64url').toString()) as Json;

/** Signs as RSA or an elliptic key does; a PS algorithm in the header asks for its padding. */
export function signJwt(header: Json, claims: Json, key: JWK): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  const pss = String(header.alg).startsWith('PS');
  const signature = sign(key.kty === 'OKP' ? null : 'sha256', Buffer.from(signed), {
    key: privateKeyOf(key),
    ...(key.kty === 'EC' ? { dsaEncoding: 'ieee-p1363' as const } : {}),
    ...(pss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {}),
  });
  return `${signed}.${signature.toString('base64url')}`;
}

export interface Forgery {
  header?: Json;
  claims?: Json;
  key?: JWK;
}

/** A token signed anew after changes; `undefined` removes a member. */
export const resign = (jwt: string, { header, claims, key }: Forgery & { key: JWK }): string =>
  signJwt({ ...decode(jwt, 0), ...header }, { ...decode(jwt, 1), ...claims }, key);
