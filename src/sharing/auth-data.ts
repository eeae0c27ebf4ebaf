import { Failure } from '../base/failure.ts';
import type { AuthData } from '../flatpeak/submission.ts';
import type { CustomerTokens } from '../identity/claims.ts';
import type { NewGrant } from './grants.ts';

/** The identity provider's own tokens are handed over, for the provider's own tariff API (AUTH_DATA_MODE=oauth). */
export interface HandOver {
  /** Where Flatpeak, with the client's credentials, gets new ones. */
  tokenEndpoint: () => Promise<string>;
}

const rfc3339 = (epochMs: number): string => new Date(epochMs).toISOString();

/** What Flatpeak reads the tariff with: a token of ours for `GET /tariff`. */
export const bearerAuthData = (grant: NewGrant, tariffUrl: URL): AuthData => ({
  type: 'bearer',
  access_token: grant.token,
  expires_at: rfc3339(grant.expiresAt),
  tariff_url: tariffUrl.href,
  grant_id: grant.id,
});

/** `expires_at` is the access token's; the grant's own end is kept by revoking. Throws `tokens_missing`. */
export async function oauthAuthData(
  grant: NewGrant,
  tariffUrl: URL,
  tokens: CustomerTokens | null | undefined,
  { tokenEndpoint }: HandOver,
): Promise<AuthData> {
  if (!tokens) throw new Failure('tokens_missing');
  return {
    type: 'oauth2',
    access_token: tokens.accessToken,
    ...(tokens.refreshToken === null ? {} : { refresh_token: tokens.refreshToken }),
    expires_at: rfc3339(tokens.accessExpiresAt),
    scope: tokens.scope,
    token_endpoint: await tokenEndpoint(),
    tariff_url: tariffUrl.href,
    grant_id: grant.id,
  };
}

/** Of tokens that are handed over, what it takes to end them; the adapter itself asks nobody with them. */
export const whatRevokes = (tokens: CustomerTokens): CustomerTokens =>
  tokens.refreshToken === null ? tokens : { ...tokens, accessToken: '' };
