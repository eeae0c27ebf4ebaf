import { createPrivateKey, type KeyObject } from 'node:crypto';
import { ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt, type ClientAuth } from 'openid-client';
import { z } from 'zod';
import { Failure } from '../base/failure.ts';

/** How the adapter proves to the identity provider which client it is (OpenID Connect Core §9). */
export type ClientAuthentication =
  | { method: 'client_secret_basic' | 'client_secret_post'; secret: string }
  | { method: 'private_key_jwt'; key: string }
  | { method: 'none' };

export function clientAuth(authentication: ClientAuthentication): ClientAuth {
  switch (authentication.method) {
    case 'client_secret_basic':
      return ClientSecretBasic(authentication.secret);
    case 'client_secret_post':
      return ClientSecretPost(authentication.secret);
    case 'private_key_jwt':
      return PrivateKeyJwt(signingKey(authentication.key));
    case 'none':
      return None();
  }
}

const jwkSchema = z.looseObject({ kty: z.string(), kid: z.string().optional() });

/** A private key in PEM, or as a JWK whose `kid` then goes into the assertion. Throws `private_key_unusable`. */
export function signingKey(text: string): Parameters<typeof PrivateKeyJwt>[0] {
  try {
    if (!text.trimStart().startsWith('{')) return toCryptoKey(createPrivateKey(text));
    const jwk = jwkSchema.parse(JSON.parse(text));
    const key = toCryptoKey(createPrivateKey({ key: jwk, format: 'jwk' }));
    return jwk.kid === undefined ? key : { key, kid: jwk.kid };
  } catch (error) {
    throw new Failure('private_key_unusable', {}, error);
  }
}

function toCryptoKey(key: KeyObject): CryptoKey {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.toCryptoKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign']);
    case 'ec':
      return key.toCryptoKey({ name: 'ECDSA', namedCurve: curveOf(key) }, false, ['sign']);
    case 'ed25519':
      return key.toCryptoKey({ name: 'Ed25519' }, false, ['sign']);
    default:
      throw new Failure('private_key_unusable');
  }
}

const CURVES: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

const curveOf = (key: KeyObject): string => CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'P-256';
