import {
  refreshTokenGrant,
  ResponseBodyError,
  tokenRevocation,
  type Configuration,
  type TokenEndpointResponse,
} from 'openid-client';
import type { Clock } from '../base/clock.ts';
import { codeOf, Failure } from '../base/failure.ts';
import type { CustomerTokens } from './claims.ts';

/** Where the answer does not say (RFC 6749 §5.1 recommends that it does). */
const DEFAULT_LIFE_S = 300;

export function tokensOf(answer: TokenEndpointResponse, askedScope: string, clock: Clock): CustomerTokens {
  return {
    accessToken: answer.access_token,
    accessExpiresAt: clock() + (answer.expires_in ?? DEFAULT_LIFE_S) * 1000,
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
  if (error instanceof ResponseBodyError) {
    const code = error.error === 'invalid_grant' ? 'refresh_refused' : 'refresh_failed';
    return new Failure(code, { cause: 'oauth_error', status: error.status }, error);
  }
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    const failed = inner instanceof Failure && inner.code.startsWith('outbound_');
    const status = (inner as { cause?: { status?: unknown } }).cause?.status ?? (inner as { status?: unknown }).status;
    if (failed || (typeof status === 'number' && (status >= 500 || status === 429))) {
      return new Failure('identity_provider_unavailable', { cause: codeOf(inner) }, error);
    }
  }
  return new Failure('refresh_failed', { cause: codeOf(error) }, error);
}

/** Ends a token at the provider (RFC 7009), and with a refresh token what came of it. Nothing where it cannot be done. */
export async function revokeToken(config: Configuration, token: string): Promise<void> {
  if (config.serverMetadata().revocation_endpoint === undefined) return;
  await tokenRevocation(config, token);
}
