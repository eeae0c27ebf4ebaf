import type { JWK } from 'oidc-provider';
import { randomToken } from '../../base/random.ts';
import { Provider } from '../oauth/library.ts';
import { memoryStorage } from '../oauth/storage.ts';

export interface ServiceClient {
  clientId: string;
  clientSecret: string;
}

/** The authorization server of the provider's own services: client credentials (RFC 6749 §4.4) and nothing else. */
export function serviceTokens(issuer: string, { clientId, clientSecret }: ServiceClient, key: JWK): Provider {
  return new Provider(issuer, {
    adapter: memoryStorage(),
    jwks: { keys: [key] },
    responseTypes: [],
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        // No ID token is ever signed here, but the client must name an algorithm the key can do.
        id_token_signed_response_alg: 'ES256',
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    cookies: { keys: [randomToken()] },
    clientBasedCORS: () => false,
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
    scopes: ['billing'],
    ttl: { ClientCredentials: 600 },
  });
}
