import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientMetadata, Configuration, InteractionResults, JWK } from 'oidc-provider';
import { randomToken } from '../../src/base/random.ts';
import { Provider } from '../../src/sandbox/oauth/library.ts';
import { memoryStorage } from '../../src/sandbox/oauth/storage.ts';
import { newKey, type Alg } from '../support/jwt.ts';

/** oidc-provider as a provider's identity provider, with a customer who never hesitates. */

export const CLIENT_ID = 'tariff-sharing';
export const CLIENT_SECRET = 'a secret with / and + and : in it';
export const REDIRECT_URI = 'https://connect.provider.example/connect/callback';

export const ACCOUNT = {
  sub: 'customer-1',
  name: 'Ada Example',
  email: 'ada@example.com',
  customer_number: 'C-1',
  vip: true,
};

export interface IdpOptions {
  client?: Partial<ClientMetadata>;
  idTokenAlg?: Alg;
  par?: 'offered' | 'absent';
}

export interface Idp {
  issuer: string;
  /** What the customer does when asked to sign in. */
  answer: InteractionResults;
  /** From now on, everything is signed with another key, and the former is not published any more. */
  rotateKeys(): void;
  /** The key that ID tokens are signed with now. */
  signingKey(): JWK;
  close(): Promise<void>;
}

const SIGNED_IN: InteractionResults = { login: { accountId: ACCOUNT.sub, acr: 'urn:example:loa:2' } };

export async function startIdp(options: IdpOptions = {}): Promise<Idp> {
  const { idTokenAlg = 'RS256', par = 'offered' } = options;
  let listener: RequestListener = () => undefined;
  let key = newKey(idTokenAlg);
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

  const open = (): void => {
    const provider = new Provider(
      issuer,
      configuration(key, par, { id_token_signed_response_alg: idTokenAlg, ...options.client }),
    );
    const callback = provider.callback() as RequestListener;
    listener = (request, response) => {
      if (request.url?.startsWith('/interaction/')) void provider.interactionFinished(request, response, idp.answer);
      else callback(request, response);
    };
  };
  const idp: Idp = {
    issuer,
    answer: SIGNED_IN,
    rotateKeys: () => {
      key = newKey(idTokenAlg);
      open();
    },
    signingKey: () => key,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  open();
  return idp;
}

function configuration(key: JWK, par: 'offered' | 'absent', client: Partial<ClientMetadata>): Configuration {
  const storage = memoryStorage();
  // A client from storage is taken as it is; one from the configuration is cloned, which the test runner's own
  // global objects do not survive.
  void storage('Client').upsert(
    CLIENT_ID,
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [REDIRECT_URI],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      ...client,
    },
    3600,
  );
  return {
    adapter: storage,
    jwks: { keys: [key] },
    cookies: { keys: [randomToken()] },
    renderError: (context, { error }) => {
      context.body = error;
    },
    acrValues: ['urn:example:loa:1', 'urn:example:loa:2'],
    claims: { openid: Object.keys(ACCOUNT) },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    features: { devInteractions: { enabled: false }, pushedAuthorizationRequests: { enabled: par === 'offered' } },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: () => ({ accountId: ACCOUNT.sub, claims: () => ACCOUNT }),
    loadExistingGrant: async (context) => {
      const { account, client: asking, requestParamScopes } = context.oidc;
      const grant = new context.oidc.provider.Grant({ accountId: account!.accountId, clientId: asking!.clientId });
      grant.addOIDCScope([...requestParamScopes].join(' '));
      await grant.save();
      return grant;
    },
  };
}

/** A browser that follows an authorization request as far as the callback; resolves to the callback's query. */
export async function visit(url: string): Promise<string> {
  const cookies = new Map<string, string>();
  let next = url;
  for (let hop = 0; hop < 20; hop += 1) {
    if (next.startsWith(REDIRECT_URI)) return new URL(next).search;
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const answer = await fetch(next, { headers: { cookie }, redirect: 'manual' });
    for (const header of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = header.split(';')[0]!.split('=');
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the identity provider stopped: ${answer.status} ${await answer.text()}`);
    next = new URL(location, next).href;
  }
  throw new Error('the identity provider goes round in circles');
}
