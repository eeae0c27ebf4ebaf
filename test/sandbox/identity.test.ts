import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as client from 'openid-client';
import {
  startIdentityProvider,
  type IdentityOptions,
  type IdentityProvider,
} from '../../src/sandbox/identity/identity.ts';
import { signingKey } from '../../src/sandbox/oauth/keys.ts';
import { Trace } from '../../src/sandbox/trace/trace.ts';
import { Visitor, type Stop } from './visitor.ts';

const CALLBACK = 'http://localhost:4999/connect/callback';
const CLIENT_ID = 'tariff-adapter';
const SECRET = 'not-a-secret-for-anybody';

let idp: IdentityProvider;
let key: Awaited<ReturnType<typeof signingKey>>;

beforeAll(async () => {
  key = await signingKey('RS256');
});

afterEach(() => idp.close());

const start = async (options: Partial<IdentityOptions> = {}) => {
  idp = await startIdentityProvider({
    clientId: CLIENT_ID,
    clientSecret: SECRET,
    redirectUri: CALLBACK,
    signingKey: key,
    ...options,
  });
};

const discover = (auth?: client.ClientAuth) => {
  const metadata = { client_secret: SECRET, id_token_signed_response_alg: 'RS256' };
  // Deprecated only so that it is noticed: everything here is on this machine.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const options = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] };
  return client.discovery(new URL(idp.issuer), CLIENT_ID, metadata, auth ?? client.ClientSecretBasic(SECRET), options);
};

interface Request {
  config: client.Configuration;
  url: URL;
  checks: client.AuthorizationCodeGrantChecks;
}

/** An authorization request with everything a careful client sends. */
async function ask(extra: Record<string, string> = {}, config?: client.Configuration, par = false): Promise<Request> {
  const used = config ?? (await discover());
  const verifier = client.randomPKCECodeVerifier();
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const parameters = {
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...extra,
  };
  const url = par
    ? await client.buildAuthorizationUrlWithPAR(used, parameters)
    : client.buildAuthorizationUrl(used, parameters);
  return { config: used, url, checks };
}

const exchange = ({ config, checks }: Request, end: Stop) => client.authorizationCodeGrant(config, end.url, checks);

/** Opens the sign-in page and answers it. */
async function signIn(visitor: Visitor, url: URL, fields: Record<string, string>): Promise<Stop> {
  const page = await visitor.get(url);
  expect(page.text).toContain('data-step="sign-in"');
  return visitor.post(page.url, fields);
}

describe('signing in', () => {
  test('gives a signed ID token that names the customer, with scope openid alone', async () => {
    await start();
    const request = await ask();
    const end = await signIn(new Visitor(CALLBACK), request.url, { login: 'alice', password: 'x' });
    const tokens = await exchange(request, end);
    expect(tokens.claims()).toMatchObject({
      iss: idp.issuer,
      aud: CLIENT_ID,
      sub: 'example-energy|C-1001',
      name: 'Alice Archer',
      email: 'alice@example.com',
      customer_number: 'C-1001',
    });
  });

  test('says who answers (RFC 9207)', async () => {
    await start();
    const { url } = await ask();
    const end = await signIn(new Visitor(CALLBACK), url, { login: 'alice' });
    expect(end.url.searchParams.get('iss')).toBe(idp.issuer);
  });

  test('a customer nobody knows stays on the page and is told so', async () => {
    await start();
    const { url } = await ask();
    const page = await signIn(new Visitor(CALLBACK), url, { login: '<mallory>' });
    expect(page.status).toBe(422);
    expect(page.text).toContain('We do not know “&lt;mallory&gt;”');
  });

  test('cancelling is access_denied, with the state', async () => {
    await start();
    const { url, checks } = await ask();
    const end = await signIn(new Visitor(CALLBACK), url, { cancel: 'yes' });
    expect(end.url.searchParams.get('error')).toBe('access_denied');
    expect(end.url.searchParams.get('state')).toBe(checks.expectedState);
  });

  test('a request without PKCE is refused', async () => {
    await start();
    const { url } = await ask();
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    const end = await new Visitor(CALLBACK).get(url);
    expect(end.url.searchParams.get('error')).toBe('invalid_request');
  });

  test('a redirect address that is not registered gets a page, not a redirect', async () => {
    await start();
    const { url } = await ask({ redirect_uri: 'http://localhost:4999/elsewhere' });
    const end = await new Visitor('http://localhost:4999/').get(url);
    expect(end).toMatchObject({ status: 400, url: { origin: idp.issuer } });
    expect(end.text).toContain('invalid_redirect_uri');
  });

  test('a sign-in page that is opened again after it ended says so', async () => {
    await start();
    const { url } = await ask();
    const visitor = new Visitor(CALLBACK);
    const page = await visitor.get(url);
    await visitor.post(page.url, { login: 'alice' });
    expect(await visitor.get(page.url)).toMatchObject({ status: 400 });
  });
});

describe('a customer who is signed in already', () => {
  const again = async (extra: Record<string, string>) => {
    await start();
    const visitor = new Visitor(CALLBACK);
    const first = await ask();
    await signIn(visitor, first.url, { login: 'alice' });
    const second = await ask(extra);
    return { visitor, second, stop: await visitor.get(second.url) };
  };

  test('is not asked again', async () => {
    const { second, stop } = await again({});
    expect((await exchange(second, stop)).claims()?.sub).toBe('example-energy|C-1001');
  });

  test('is asked with prompt=login, and may be somebody else then, without a script', async () => {
    const { visitor, second, stop } = await again({ prompt: 'login' });
    expect(stop.text).toContain('data-step="sign-in"');
    const end = await visitor.post(stop.url, { login: 'bob' });
    expect((await exchange(second, end)).claims()?.sub).toBe('example-energy|C-1002');
  });
});

describe('options', () => {
  test('autoLogin answers at once, without a page', async () => {
    await start({ behaviour: { autoLogin: 'bob' } });
    const request = await ask();
    const end = await new Visitor(CALLBACK).get(request.url);
    expect((await exchange(request, end)).claims()?.customer_number).toBe('C-1002');
  });

  test('federateTo shows the page on another host and comes back', async () => {
    await start();
    idp.behaviour.federateTo = `http://127.0.0.1:${idp.port}`;
    const request = await ask();
    const visitor = new Visitor(CALLBACK);
    const end = await signIn(visitor, request.url, { login: 'alice' });
    expect((await exchange(request, end)).claims()?.sub).toBe('example-energy|C-1001');
    const hosts = visitor.visited.map((url) => new URL(url).hostname);
    expect(hosts.filter((host, index) => host !== hosts[index - 1])).toEqual(['localhost', '127.0.0.1', 'localhost']);
  });

  test('federateTo hands cancelling on', async () => {
    await start();
    idp.behaviour.federateTo = `http://127.0.0.1:${idp.port}`;
    const { url } = await ask();
    const end = await signIn(new Visitor(CALLBACK), url, { cancel: 'yes' });
    expect(end.url.searchParams.get('error')).toBe('access_denied');
  });

  test('a federated answer nobody gave is refused', async () => {
    await start();
    idp.behaviour.federateTo = `http://127.0.0.1:${idp.port}`;
    const visitor = new Visitor(CALLBACK);
    const { url } = await ask();
    const page = await visitor.get(url);
    const uid = page.url.pathname.split('/').at(-1) ?? '';
    const stop = await visitor.get(`${idp.issuer}/interaction/${uid}/federated?ticket=invented`);
    expect(stop.status).toBe(400);
  });

  test('the authentication context asked for is the one in the token', async () => {
    await start();
    const request = await ask({ acr_values: 'urn:example:loa:2' });
    const end = await signIn(new Visitor(CALLBACK), request.url, { login: 'alice' });
    expect((await exchange(request, end)).claims()?.acr).toBe('urn:example:loa:2');
  });

  test('offline_access with prompt=consent gives a refresh token', async () => {
    await start({ behaviour: { autoLogin: 'alice' } });
    const request = await ask({ scope: 'openid offline_access', prompt: 'consent' });
    const tokens = await exchange(request, await new Visitor(CALLBACK).get(request.url));
    expect(tokens.refresh_token).toEqual(expect.any(String));
    const renewed = await client.refreshTokenGrant(request.config, tokens.refresh_token ?? '');
    expect(renewed.claims()?.sub).toBe('example-energy|C-1001');
  });

  test('a revoked token is no longer active', async () => {
    await start({ behaviour: { autoLogin: 'alice' } });
    const request = await ask();
    const { access_token } = await exchange(request, await new Visitor(CALLBACK).get(request.url));
    expect((await client.tokenIntrospection(request.config, access_token)).active).toBe(true);
    await client.tokenRevocation(request.config, access_token);
    expect((await client.tokenIntrospection(request.config, access_token)).active).toBe(false);
  });
});

describe('pushed authorization requests', () => {
  test.each(['optional', 'required'] as const)('%s: a pushed request is taken', async (par) => {
    await start({ par, behaviour: { autoLogin: 'alice' } });
    const request = await ask({}, undefined, true);
    const tokens = await exchange(request, await new Visitor(CALLBACK).get(request.url));
    expect(tokens.claims()?.sub).toBe('example-energy|C-1001');
  });

  test('required: any other is refused', async () => {
    await start({ par: 'required', behaviour: { autoLogin: 'alice' } });
    const { url } = await ask();
    const end = await new Visitor(CALLBACK).get(url);
    expect(end.url.searchParams.get('error') ?? end.text).toContain('invalid_request');
  });

  test('off: not offered', async () => {
    await start({ par: 'off' });
    const { pushed_authorization_request_endpoint } = (await discover()).serverMetadata();
    expect(pushed_authorization_request_endpoint).toBeUndefined();
  });
});

describe('client authentication', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const jwk = privateKey.export({ format: 'jwk' });
  const signingKey = () => crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
  const clientJwk = { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'adapter', use: 'sig' };

  test.each<[NonNullable<IdentityOptions['clientAuth']>, () => Promise<client.ClientAuth>]>([
    ['client_secret_basic', () => Promise.resolve(client.ClientSecretBasic(SECRET))],
    ['client_secret_post', () => Promise.resolve(client.ClientSecretPost(SECRET))],
    ['private_key_jwt', async () => client.PrivateKeyJwt({ key: await signingKey(), kid: 'adapter' })],
    ['none', () => Promise.resolve(client.None())],
  ])('%s', async (clientAuth, method) => {
    const keyed = clientAuth.startsWith('client_secret') ? {} : { clientSecret: undefined };
    await start({
      clientAuth,
      ...keyed,
      ...(clientAuth === 'private_key_jwt' ? { clientJwk } : {}),
      behaviour: { autoLogin: 'alice' },
    });
    const request = await ask({}, await discover(await method()));
    const tokens = await exchange(request, await new Visitor(CALLBACK).get(request.url));
    expect(tokens.claims()?.sub).toBe('example-energy|C-1001');
  });

  test('a wrong secret is refused', async () => {
    await start({ behaviour: { autoLogin: 'alice' } });
    const request = await ask({}, await discover(client.ClientSecretBasic('something-else')));
    const end = await new Visitor(CALLBACK).get(request.url);
    await expect(exchange(request, end)).rejects.toMatchObject({ status: 401 });
  });
});

describe('signing out', () => {
  test('is asked on a page and leads back to where it was registered', async () => {
    const back = 'http://localhost:4999/signed-out';
    await start({ postLogoutRedirectUri: back });
    const visitor = new Visitor('http://localhost:4999/');
    const request = await ask();
    const tokens = await exchange(request, await signIn(visitor, request.url, { login: 'alice' }));
    const url = client.buildEndSessionUrl(request.config, {
      post_logout_redirect_uri: back,
      id_token_hint: tokens.id_token ?? '',
    });
    const page = await visitor.get(url);
    const xsrf = /name="xsrf" value="(\w+)"/.exec(page.text)?.[1] ?? '';
    const end = await visitor.post(`${idp.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    expect(end.url.href).toBe(back);
    expect((await visitor.get((await ask()).url)).text).toContain('data-step="sign-in"');
  });
});

test('the trace tells who said what, and no secret', async () => {
  const trace = new Trace(() => 0);
  await start({ behaviour: { autoLogin: 'alice' }, trace });
  const request = await ask();
  const end = await new Visitor(CALLBACK).get(request.url);
  const tokens = await exchange(request, end);
  const told = trace.list();
  expect(told.map(({ from, method, url }) => `${from} ${method} ${url.split(/[?]/)[0] ?? ''}`)).toEqual([
    'adapter GET /.well-known/openid-configuration',
    'browser GET /auth',
    expect.stringMatching(/^browser GET \/auth\/.{6}…$/),
    'adapter POST /token',
    'adapter GET /jwks',
  ]);
  expect(told[0]?.answer).toMatchObject({ issuer: idp.issuer });
  const secrets = [tokens.access_token, tokens.id_token ?? '', end.url.searchParams.get('code') ?? '', SECRET];
  expect(secrets.filter((secret) => JSON.stringify(told).includes(secret))).toEqual([]);
});

describe('faults', () => {
  test.each(['discovery', 'jwks', 'token'] as const)('%s can be out of order', async (endpoint) => {
    await start({ behaviour: { autoLogin: 'alice' } });
    const whole = async () => {
      const request = await ask();
      return exchange(request, await new Visitor(CALLBACK).get(request.url));
    };
    idp.faults.set({ [endpoint]: { status: 503 } });
    await expect(whole()).rejects.toThrow();
    idp.faults.clear();
    expect((await whole()).claims()?.sub).toBe('example-energy|C-1001');
  });
});
