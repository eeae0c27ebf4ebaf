import {
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  buildAuthorizationUrlWithPAR,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  type Configuration,
  type TokenEndpointResponse,
} from 'openid-client';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Outbound } from '../base/outbound.ts';
import { createDiscovery, type ClientSettings } from './discovery.ts';
import { checkClaims, identityOf, type CustomerTokens, type Identity } from './claims.ts';
import { refreshTokens, revokeToken, tokensOf } from './tokens.ts';
import { isOutage, troubleOf } from './trouble.ts';

export interface SignInSettings extends ClientSettings {
  /** Always `${PUBLIC_URL}/connect/callback`; never made from a request's headers. */
  redirectUri: URL;
  scopes: string;
  par: 'auto' | 'required' | 'off';
  acrValues: string | null;
  maxAge: number | null;
  extraParams: readonly (readonly [string, string])[];
  /**
   * What becomes of the customer's tokens. `discard`: forgotten at once. `keep`: handed on as they are. `offline`: asked
   * for so that they work without the customer (`offline_access`, OpenID Connect Core §11); a sign-in without fails.
   */
  tokens: 'discard' | 'keep' | 'offline';
}

/** What the callback must match; kept per attempt and read once. */
export interface SignInChecks {
  state: string;
  nonce: string;
  codeVerifier: string;
}

export interface SignInStart {
  /** The authorization request, to be opened by the browser. */
  url: string;
  checks: SignInChecks;
}

/**
 * The provider's own identity provider. Failures: `sign_in_cancelled` (the customer pressed cancel there),
 * `sign_in_failed` (anything else about this attempt) and `identity_provider_unavailable`.
 */
export interface IdentityProvider {
  /** `fresh`: credentials are asked for even where a session exists, so that another customer can sign in. */
  start(options: { state: string; fresh: boolean; uiLocales: string }): Promise<SignInStart>;
  /** `query` is the callback's, as received; everything else of the address comes from configuration. */
  complete(query: string, checks: SignInChecks): Promise<Identity>;
  /** New tokens, without the customer; see `refreshTokens` for its failures. */
  refresh(current: { refreshToken: string; subject: string; scope: string }): Promise<CustomerTokens>;
  /** Ends a token at the provider, where that is possible. */
  revoke(token: string): Promise<void>;
  /** Where a customer ends their session there (OpenID Connect RP-Initiated Logout 1.0); null where it is not offered. */
  endSessionUrl(options: { uiLocales: string }): Promise<string | null>;
  /** Where tokens are to be had; Flatpeak is told where they are handed over. */
  tokenEndpoint(): Promise<string>;
}

export function createIdentityProvider(settings: SignInSettings, outbound: Outbound, clock: Clock): IdentityProvider {
  const discovery = createDiscovery(settings, outbound, clock);

  const unavailable = (error: unknown): Failure =>
    new Failure('identity_provider_unavailable', { cause: troubleOf(error) }, error);

  const configuration = async (): Promise<Configuration> => {
    try {
      return await discovery.get();
    } catch (error) {
      throw unavailable(error);
    }
  };

  const usesPar = (config: Configuration): boolean => {
    const offered = config.serverMetadata().pushed_authorization_request_endpoint !== undefined;
    if (settings.par === 'required' && !offered) {
      throw new Failure('identity_provider_unavailable', { cause: 'par_not_offered' });
    }
    return offered && settings.par !== 'off';
  };

  const asked = settings.scopes.split(' ');
  const scope = [...asked, ...(settings.tokens === 'offline' && !asked.includes(OFFLINE) ? [OFFLINE] : [])].join(' ');
  const needsConsent = scope.split(' ').includes(OFFLINE);

  const keptTokens = (answer: TokenEndpointResponse): CustomerTokens | null => {
    const tokens = tokensOf(answer, scope, clock);
    if (settings.tokens === 'discard') return null;
    if (settings.tokens === 'offline' && tokens.refreshToken === null) throw new Failure('refresh_token_missing');
    return tokens;
  };

  return {
    async start({ state, fresh, uiLocales }) {
      const config = await configuration();
      const checks = { state, nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier() };
      const parameters = new URLSearchParams({
        redirect_uri: settings.redirectUri.href,
        scope,
        response_type: 'code',
        state,
        nonce: checks.nonce,
        code_challenge: await calculatePKCECodeChallenge(checks.codeVerifier),
        code_challenge_method: 'S256',
      });
      if (uiLocales !== '') parameters.set('ui_locales', uiLocales);
      if (settings.acrValues !== null) parameters.set('acr_values', settings.acrValues);
      if (settings.maxAge !== null) parameters.set('max_age', String(settings.maxAge));
      for (const [name, value] of settings.extraParams) parameters.append(name, value);
      // Last, over a prompt of the provider's own: one that is there twice would be no request (RFC 6749 §3.1).
      // Offline access is given only where the customer is asked for it (OpenID Connect Core §11).
      const prompt = [...(fresh ? ['login'] : []), ...(needsConsent ? ['consent'] : [])].join(' ');
      if (prompt !== '') parameters.set('prompt', prompt);
      if (!usesPar(config)) return { url: buildAuthorizationUrl(config, parameters).href, checks };
      try {
        return { url: (await buildAuthorizationUrlWithPAR(config, parameters)).href, checks };
      } catch (error) {
        throw unavailable(error);
      }
    },

    async complete(query, checks) {
      const config = await configuration();
      const currentUrl = new URL(settings.redirectUri);
      currentUrl.search = query;
      try {
        const tokens = await authorizationCodeGrant(config, currentUrl, {
          expectedState: checks.state,
          expectedNonce: checks.nonce,
          pkceCodeVerifier: checks.codeVerifier,
          idTokenExpected: true,
          ...(settings.maxAge === null ? {} : { maxAge: settings.maxAge }),
        });
        const claims = tokens.claims();
        if (!claims) throw new Failure('id_token_missing');
        discovery.learn(config);
        checkClaims(claims, { clientId: settings.clientId, acrValues: settings.acrValues, now: clock() });
        return identityOf(claims, keptTokens(tokens));
      } catch (error) {
        if (error instanceof AuthorizationResponseError && error.error === 'access_denied') {
          throw new Failure('sign_in_cancelled', {}, error);
        }
        const cause = troubleOf(error);
        if (isOutage(cause)) throw unavailable(error);
        // Endpoints move, and keys are replaced under the same name: the customer's next try starts from what is true now.
        if (cause.startsWith('OAUTH_')) discovery.reset();
        throw new Failure('sign_in_failed', { cause }, error);
      }
    },

    async refresh(current) {
      const config = await configuration();
      const tokens = await refreshTokens(config, current, clock);
      discovery.learn(config);
      return tokens;
    },

    revoke: async (token) => revokeToken(await configuration(), token),

    async endSessionUrl({ uiLocales }) {
      const config = await configuration();
      if (config.serverMetadata().end_session_endpoint === undefined) return null;
      // Without `id_token_hint`: an ID token tells too much about a customer to stand in an address.
      return buildEndSessionUrl(config, uiLocales === '' ? {} : { ui_locales: uiLocales }).href;
    },

    tokenEndpoint: async () => (await configuration()).serverMetadata().token_endpoint ?? '',
  };
}

const OFFLINE = 'offline_access';
