import type { Config } from './config/config.ts';
import { needsCustomerToken } from './config/pack/customer-token.ts';
import type { FlatpeakSettings } from './flatpeak/client.ts';
import type { ClientAuthentication } from './identity/client-authentication.ts';
import type { SignInSettings } from './identity/identity-provider.ts';

/** Flatpeak's side of the configuration. */
export const flatpeakSettings = (config: Config): FlatpeakSettings => ({
  apiUrl: config.FLATPEAK_API_URL,
  accountId: config.FLATPEAK_ACCOUNT_ID,
  apiKey: config.FLATPEAK_API_KEY,
  auth: config.FLATPEAK_AUTH,
  profile: config.FLATPEAK_PROFILE,
  submitMethod: config.FLATPEAK_SUBMIT_METHOD,
  submitPath: config.FLATPEAK_SUBMIT_PATH ?? null,
  timeoutMs: config.FLATPEAK_TIMEOUT_MS,
});

/** The identity provider's side of the configuration. */
export const signInSettings = (config: Config): SignInSettings => ({
  issuer: config.OIDC_ISSUER,
  clientId: config.OIDC_CLIENT_ID,
  authentication: authentication(config),
  idTokenAlg: config.OIDC_ID_TOKEN_ALG,
  timeoutMs: 5000,
  redirectUri: new URL('/connect/callback', config.PUBLIC_URL),
  scopes: config.OIDC_SCOPES,
  par: config.OIDC_PAR,
  acrValues: config.OIDC_ACR_VALUES ?? null,
  maxAge: config.OIDC_MAX_AGE ?? null,
  extraParams: config.OIDC_EXTRA_PARAMS,
  tokens: tokensWanted(config),
});

/** For the overview of shares: only who it is counts, so nothing is asked for that would outlive the sign-in. */
export function overviewSignInSettings(config: Config): SignInSettings {
  const settings = signInSettings(config);
  const scopes = settings.scopes.split(' ').filter((scope) => scope !== 'offline_access');
  return { ...settings, scopes: scopes.join(' '), tokens: 'discard' };
}

/** Tokens that are handed over are Flatpeak's to renew; two who renew the same would lose them to each other. */
function tokensWanted(config: Config): SignInSettings['tokens'] {
  if (config.AUTH_DATA_MODE === 'oauth') return 'keep';
  return needsCustomerToken(config.pack) ? 'offline' : 'discard';
}

function authentication(config: Config): ClientAuthentication {
  const method = config.OIDC_CLIENT_AUTH;
  if (method === 'none') return { method };
  if (method === 'private_key_jwt') return { method, key: config.OIDC_PRIVATE_KEY_FILE ?? '' };
  return { method, secret: config.OIDC_CLIENT_SECRET ?? '' };
}
