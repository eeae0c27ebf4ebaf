import { createHash } from 'node:crypto';
import type { JWK } from 'oidc-provider';
import { randomToken } from '../../../src/base/random.ts';
import { CUSTOMERS, subjectOf } from '../../../src/sandbox/customers.ts';
import { answer, startPeer, type Received, type Step } from '../http-peer.ts';
import { newKey, publicJwk, signJwt, type Alg, type Json } from '../jwt.ts';
import { authenticates, type Client } from './client.ts';
import type { Fault } from './faults.ts';

/**
 * An identity provider that speaks OpenID Connect properly, with a customer who never hesitates, and misbehaves where
 * it is told to. It is strict with its client: whatever that does wrong is a complaint.
 */
export interface HostileIdp {
  issuer: string;
  /** What it does wrong from now on. */
  behaviour: Behaviour;
  /** What the client did wrong. */
  complaints: string[];
  /** What was asked at an end, in order of arrival. */
  asked(end: End): Received[];
  /** All that only the client, the browser and this provider may know. */
  secrets: Set<string>;
  signingKey(): JWK;
  /** Everything is signed with another key, and the former is not published any more. */
  rotateKeys(name?: string): void;
  close(): Promise<void>;
}

export interface Behaviour {
  discovery?: Fault;
  keys?: Fault;
  par?: Fault;
  token?: Fault;
  /** Changes what the browser takes back to the client. */
  authorization?: (answer: URLSearchParams, idp: HostileIdp) => void;
  /** The browser is shown the way back instead of being sent there. */
  holdsBack?: boolean;
  rotatesBeforeSigning?: boolean;
  /** Whoever waits for this provider need not do so as long as in earnest. */
  impatiently?: boolean;
}

export interface HostileIdpOptions {
  client: Client;
  alg?: Alg;
  par?: boolean;
}

const PATHS = {
  discovery: '/.well-known/openid-configuration',
  keys: '/keys',
  par: '/par',
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
} as const;

export type End = keyof typeof PATHS;

/** What is kept of an authorization request until its code is exchanged. */
interface Attempt {
  nonce: string;
  challenge: string;
  redirectUri: string;
}

const ALICE = CUSTOMERS[0]!;

export async function startHostileIdp({ client, alg = 'RS256', par = false }: HostileIdpOptions): Promise<HostileIdp> {
  let key = newKey(alg);
  const pushed = new Map<string, URLSearchParams>();
  const attempts = new Map<string, Attempt>();

  const complain = (about: string, status = 400): Step => {
    idp.complaints.push(about);
    return answer(status, { error: status === 401 ? 'invalid_client' : 'invalid_request' });
  };
  const secret = (value: string): string => {
    if (value !== '') idp.secrets.add(value);
    return value;
  };
  /** The proper answer, or what has been made of it. */
  const answering = (end: 'discovery' | 'keys' | 'par' | 'token', proper: Json, status = 200): Step =>
    idp.behaviour[end]?.(proper, idp) ?? answer(status, proper);

  const metadata = (): Json => ({
    issuer: idp.issuer,
    authorization_endpoint: `${idp.issuer}${PATHS.authorization}`,
    token_endpoint: `${idp.issuer}${PATHS.token}`,
    userinfo_endpoint: `${idp.issuer}${PATHS.userinfo}`,
    jwks_uri: `${idp.issuer}${PATHS.keys}`,
    ...(par ? { pushed_authorization_request_endpoint: `${idp.issuer}${PATHS.par}` } : {}),
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    // Temptations: the client has agreed to one algorithm, whatever else is on offer.
    id_token_signing_alg_values_supported: [alg, 'RS256', 'HS256', 'none'],
    code_challenge_methods_supported: ['S256', 'plain'],
    authorization_response_iss_parameter_supported: true,
  });

  const push = (form: URLSearchParams): Step => {
    const uri = secret(`urn:ietf:params:oauth:request_uri:${randomToken()}`);
    pushed.set(uri, form);
    for (const name of ['state', 'nonce']) secret(form.get(name) ?? '');
    return answering('par', { request_uri: uri, expires_in: 60 }, 201);
  };

  const authorize = (query: URLSearchParams): Step => {
    const request = par ? pushed.get(query.get('request_uri') ?? '') : query;
    if (!request) return complain('an authorization request that was not pushed');
    if (par && query.size !== 2) return complain('parameters beside a pushed request');
    const get = (name: string) => {
      const values = request.getAll(name);
      return values.length === 1 ? (values[0] ?? '') : '';
    };
    const fixed = { client_id: client.id, response_type: 'code', code_challenge_method: 'S256' };
    for (const [name, value] of Object.entries(fixed))
      if (get(name) !== value) return complain(`${name}: ${get(name)}`);
    for (const name of ['state', 'nonce', 'code_challenge'])
      if (get(name).length < 43) return complain(`a poor ${name}`);
    if (!get('scope').split(' ').includes('openid')) return complain('no openid among the scopes');
    const redirectUri = get('redirect_uri');
    const code = secret(randomToken());
    attempts.set(code, { nonce: secret(get('nonce')), challenge: get('code_challenge'), redirectUri });
    const back = new URLSearchParams({ code, state: secret(get('state')), iss: idp.issuer });
    idp.behaviour.authorization?.(back, idp);
    const location = `${redirectUri}?${back.toString()}`;
    if (!idp.behaviour.holdsBack) return answer(302, '', { location });
    return answer(200, `<main><a href="${location.replaceAll('&', '&amp;')}">back</a></main>`, {
      'content-type': 'text/html',
    });
  };

  const exchange = (form: URLSearchParams): Step => {
    const code = form.get('code') ?? '';
    const attempt = attempts.get(code);
    attempts.delete(code);
    const verifier = secret(form.get('code_verifier') ?? '');
    if (form.get('grant_type') !== 'authorization_code') return complain(`grant ${form.get('grant_type') ?? ''}`);
    if (!attempt) return complain('a code that is good for nothing');
    if (form.get('redirect_uri') !== attempt.redirectUri) return complain('another redirect URI');
    if (createHash('sha256').update(verifier).digest('base64url') !== attempt.challenge) return complain('no verifier');
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: idp.issuer,
      sub: subjectOf(ALICE),
      aud: client.id,
      exp: now + 300,
      iat: now,
      nonce: attempt.nonce,
      name: ALICE.name,
      customer_number: ALICE.customerNumber,
    };
    if (idp.behaviour.rotatesBeforeSigning) idp.rotateKeys();
    return answering('token', {
      access_token: secret(randomToken()),
      token_type: 'Bearer',
      expires_in: 300,
      id_token: secret(signJwt({ alg, typ: 'JWT', kid: key.kid }, claims, key)),
    });
  };

  const handle = (request: Received): Step => {
    const { pathname, searchParams } = new URL(request.url, idp.issuer);
    const form = new URLSearchParams(request.body);
    const authenticated = () => {
      secret(form.get('client_assertion') ?? '');
      return authenticates(client, request, form, idp.issuer);
    };
    switch (pathname) {
      case PATHS.discovery:
        return answering('discovery', metadata());
      case PATHS.par:
        return authenticated() ? push(form) : complain('a client that is not itself', 401);
      case PATHS.authorization:
        return authorize(searchParams);
      case PATHS.token:
        return authenticated() ? exchange(form) : complain('a client that is not itself', 401);
      case PATHS.userinfo:
        return answer(200, { sub: 'somebody-else' });
      default:
        return pathname.startsWith(PATHS.keys) ? answering('keys', { keys: [publicJwk(key)] }) : answer(404);
    }
  };

  const peer = await startPeer((request, response, raw) => handle(request)(request, response, raw));
  const idp: HostileIdp = {
    issuer: peer.origin,
    behaviour: {},
    complaints: [],
    secrets: new Set(),
    asked: (end) => peer.received.filter(({ url }) => url.startsWith(PATHS[end])),
    signingKey: () => key,
    rotateKeys: (name) => {
      key = { ...newKey(alg), ...(name === undefined ? {} : { kid: name }) };
    },
    close: () => peer.close(),
  };
  return idp;
}
