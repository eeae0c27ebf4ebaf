import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'oidc-provider';
import { randomId } from '../../base/random.ts';

const generate = promisify(generateKeyPair);

/** A fresh signing key: RS256 as most identity providers have it, or ES256, which is made at once. */
export async function signingKey(alg: 'RS256' | 'ES256'): Promise<JWK> {
  const { privateKey } =
    alg === 'RS256' ? await generate('rsa', { modulusLength: 2048 }) : await generate('ec', { namedCurve: 'P-256' });
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), alg, use: 'sig', kid: randomId() };
}
