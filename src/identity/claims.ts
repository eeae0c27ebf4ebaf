import type { IDToken } from 'openid-client';
import { Failure } from '../base/failure.ts';

/** Who signed in at the provider's identity provider. */
export interface Identity {
  subject: string;
  /** Claims with plain values only, for source addresses and for naming the customer. */
  claims: Record<string, string | number | boolean>;
  /** What the provider's systems can be asked with in the customer's name; null where nobody asks so. */
  tokens: CustomerTokens | null;
}

/** What an identity provider handed out for a customer (RFC 6749 §5.1). */
export interface CustomerTokens {
  accessToken: string;
  /** Epoch ms. */
  accessExpiresAt: number;
  refreshToken: string | null;
  /** As granted, or as asked for where the answer does not say. */
  scope: string;
}

const CLOCK_TOLERANCE_S = 60;

/**
 * What the library leaves open (OpenID Connect Core §3.1.3.7, items 5, 10 and 12): `azp` must be us, `iat` must not
 * lie in the future, and `acr` must be one of those asked for; and a subject must be somebody. Throws
 * `id_token_sub`, `id_token_azp`, `id_token_iat`, `id_token_acr`.
 */
export function checkClaims(
  claims: IDToken,
  expected: { clientId: string; acrValues: string | null; now: number },
): void {
  if (claims.sub === '') throw new Failure('id_token_sub');
  if (claims.azp !== undefined && claims.azp !== expected.clientId) throw new Failure('id_token_azp');
  if (claims.iat > expected.now / 1000 + CLOCK_TOLERANCE_S) throw new Failure('id_token_iat');
  const acr = typeof claims.acr === 'string' ? claims.acr : '';
  if (expected.acrValues !== null && !expected.acrValues.split(' ').includes(acr)) throw new Failure('id_token_acr');
}

const PROTOCOL_CLAIMS = new Set([
  'iss',
  'aud',
  'exp',
  'iat',
  'nbf',
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'azp',
  'auth_time',
  'sid',
  'jti',
]);
const MOST_CHARACTERS = 1000;

export function identityOf(claims: IDToken, tokens: CustomerTokens | null): Identity {
  const plain: Identity['claims'] = {};
  for (const [name, value] of Object.entries(claims)) {
    if (PROTOCOL_CLAIMS.has(name)) continue;
    if (typeof value === 'number' || typeof value === 'boolean') plain[name] = value;
    if (typeof value === 'string' && value.length <= MOST_CHARACTERS) plain[name] = value;
  }
  return { subject: claims.sub, claims: plain, tokens };
}

/** Enough for the customer to recognise whose account this is, too little for a passer-by: "A… Example", "a…@example.com". */
export function maskedName(identity: Identity): string | null {
  const { name, email, preferred_username: userName } = identity.claims;
  if (typeof name === 'string' && name.trim() !== '') {
    const words = name.trim().split(/\s+/);
    const last = words.at(-1) ?? '';
    return words.length === 1 ? `${first(last)}…` : `${first(words[0] ?? '')}… ${last}`;
  }
  for (const text of [email, userName]) {
    if (typeof text !== 'string' || text === '') continue;
    const at = text.lastIndexOf('@');
    return at > 0 ? `${first(text)}…${text.slice(at)}` : `${first(text)}…`;
  }
  return null;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const first = (text: string): string => graphemes.segment(text).containing(0)?.segment ?? '';
