import type { ClientMetadata, Configuration, JWK } from 'oidc-provider';
import { randomToken } from '../../base/random.ts';
import { customerBySubject, subjectOf } from '../customers.ts';
import { errorPage, logoutPage, signedOutPage } from './pages.ts';
import { signingKey } from '../oauth/keys.ts';
import { memoryStorage } from '../oauth/storage.ts';

export interface ClientOptions {
  clientId: string;
  /** Needed for the two `client_secret_…` methods. */
  clientSecret?: string | undefined;
  clientAuth?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none' | undefined;
  /** The public key of `private_key_jwt`. */
  clientJwk?: JWK | undefined;
  redirectUri: string;
  /** A private RS256 key; made at start when left out. */
  signingKey?: JWK | undefined;
  postLogoutRedirectUri?: string | undefined;
  /** Pushed authorization requests (RFC 9126). */
  par?: 'off' | 'optional' | 'required' | undefined;
}

/** Authentication contexts a client may ask for; sign-ins carry the one asked for, else the first. */
export const ACR_VALUES = ['urn:example:loa:1', 'urn:example:loa:2'];

const NAMED = ['name', 'email', 'email_verified', 'customer_number'];

function client(options: ClientOptions): ClientMetadata {
  return {
    client_id: options.clientId,
    client_name: 'Tariff sharing',
    redirect_uris: [options.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    id_token_signed_response_alg: 'RS256',
    token_endpoint_auth_method: options.clientAuth ?? 'client_secret_basic',
    ...(options.clientSecret === undefined ? {} : { client_secret: options.clientSecret }),
    ...(options.clientJwk === undefined ? {} : { jwks: { keys: [options.clientJwk] } }),
    post_logout_redirect_uris: options.postLogoutRedirectUri === undefined ? [] : [options.postLogoutRedirectUri],
  };
}

/** A client may look at and end the tokens that were issued to it, and no others. */
const ownTokens = (
  _context: unknown,
  asking: { clientId: string },
  token: { clientId?: string | undefined },
): boolean => token.clientId === asking.clientId;

/** A provider's ordinary identity provider: code flow with PKCE, signed ID tokens, everything else on request. */
export async function configuration(options: ClientOptions): Promise<Configuration> {
  const par = options.par ?? 'optional';
  const adapter = memoryStorage();
  // Stored rather than configured: configured ones are cloned, and in Jest's realm a clone is no plain object.
  await adapter('Client').upsert(options.clientId, client(options));
  return {
    adapter,
    jwks: { keys: [options.signingKey ?? (await signingKey('RS256'))] },
    cookies: { keys: [randomToken()] },
    responseTypes: ['code'],
    acrValues: ACR_VALUES,
    // Many providers' customers are known by a claim of the provider's own, on the ID token and without asking.
    claims: { openid: ['sub', ...NAMED], profile: ['name'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: par !== 'off', requirePushedAuthorizationRequests: par === 'required' },
      revocation: { enabled: true, allowedPolicy: ownTokens },
      introspection: { enabled: true, allowedPolicy: ownTokens },
      rpInitiatedLogout: { enabled: true, logoutSource: logoutPage, postLogoutSuccessSource: signedOutPage },
    },
    renderError: errorPage,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      Grant: 365 * 86_400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 365 * 86_400,
      Session: 14 * 86_400,
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, subject) => {
      const customer = customerBySubject(subject);
      if (!customer) return undefined;
      const claims = {
        sub: subjectOf(customer),
        name: customer.name,
        email: customer.email,
        email_verified: true,
        customer_number: customer.customerNumber,
      };
      return { accountId: subject, claims: () => claims };
    },
    // What is shared is asked on the adapter's consent page; the provider's own client needs no second one.
    loadExistingGrant: async (context) => {
      const { account, client: asking, requestParamScopes } = context.oidc;
      if (!account || !asking) return undefined;
      const grant = new context.oidc.provider.Grant({ accountId: account.accountId, clientId: asking.clientId });
      grant.addOIDCScope([...requestParamScopes].join(' '));
      await grant.save();
      return grant;
    },
  };
}
