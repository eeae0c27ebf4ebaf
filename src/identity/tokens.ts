import { refreshTokenGrant, tokenRevocation, type Configuration, type TokenEndpointResponse } from 'openid-client';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { CustomerTokens } from './claims.ts';
import { isOutage, troubleOf } from './trouble.ts';

/** Where the answer does not say (RFC 6749 §5.1 recommends that it does). */
const DEFAULT_LIFE_S = 300;
/** Whoever says that a token lives longer may be right, but need not be asked sooner. */
const LONGEST_LIFE_S = 365 * 86_400;

/** Throws `token_type` for tokens that are no bearer tokens (RFC 6749 §7.1): we could not use them. */
export function tokensOf(answer: TokenEndpointResponse, askedScope: string, clock: Clock): CustomerTokens {
  if (answer.token_type !== 'bearer') throw new Failure('token_type');
  const life = Math.min(Math.trunc(answer.expires_in ?? DEFAULT_LIFE_S), LONGEST_LIFE_S);
  return {
    accessToken: answer.access_token,
    accessExpiresAt: clock() + life * 1000,
    refreshToken: answer.refresh_token ?? null,
    scope: answer.scope ?? askedScope,
  };
}

/**
 * New tokens for a customer who is not present (RFC 6749 §6). `refreshToken` of the result is the one to use from now
 * on: a new one where the provider rotates them, else the same. Throws
 * - `refresh_refused`: this refresh token is good for nothing any more (`invalid_grant`);
 * - `refresh_failed`: the answer is no use, which is not the customer's doing;
 * - `identity_provider_unavailable`: no answer, or a passing one.
 */
export async function refreshTokens(
  config: Configuration,
  current: { refreshToken: string; subject: string; scope: string },
  clock: Clock,
): Promise<CustomerTokens> {
  try {
    const answer = await refreshTokenGrant(config, current.refreshToken);
    // OpenID Connect Core §12.2: an ID token that comes along is about the same customer.
    const subject = answer.claims()?.sub ?? current.subject;
    if (subject !== current.subject) throw new Failure('id_token_sub');
    const tokens = tokensOf(answer, current.scope, clock);
    return { ...tokens, refreshToken: tokens.refreshToken ?? current.refreshToken };
  } catch (error) {
    throw refreshFailure(error);
  }
}

function refreshFailure(error: unknown): Failure {
  const cause = troubleOf(error);
  if (isOutage(cause)) return new Failure('identity_provider_unavailable', { cause }, error);
  return new Failure(cause === 'invalid_grant' ? 'refresh_refused' : 'refresh_failed', { cause }, error);
}

/** Ends a token at the provider (RFC 7009), and with a refresh token what came of it. Nothing where it cannot be done. */
export async function revokeToken(config: Configuration, token: string): Promise<void> {
  if (config.serverMetadata().revocation_endpoint === undefined) return;
  await tokenRevocation(config, token);
}
