import { verify } from 'node:crypto';
import type { JWK } from 'oidc-provider';
import type { Received } from '../http-peer.ts';
import { decode, publicKeyOf } from '../jwt.ts';

/** The client as registered: with a secret, or with the public half of a P-256 key. */
export interface Client {
  id: string;
  secret?: string;
  key?: JWK;
}

/** True when a request comes from the client, proved as registered and in no other way (OpenID Connect Core §9). */
export function authenticates(client: Client, request: Received, form: URLSearchParams, issuer: string): boolean {
  if (form.has('client_secret')) return false;
  const { authorization } = request.headers;
  if (client.key) return authorization === undefined && isAssertion(form, client, issuer);
  const [scheme, credentials = ''] = (authorization ?? '').split(' ');
  const [id = '', secret = ''] = Buffer.from(credentials, 'base64').toString().split(':').map(formDecoded);
  return scheme === 'Basic' && id === client.id && secret === client.secret && !form.has('client_assertion');
}

/** FAPI 2.0 Security Profile §5.3.3: the audience is the issuer, as a text. */
function isAssertion(form: URLSearchParams, client: Client, issuer: string): boolean {
  if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') return false;
  const assertion = form.get('client_assertion') ?? '';
  const [header = '', payload = '', signature = ''] = assertion.split('.');
  const { iss, sub, aud, exp, jti } = decode(assertion, 1);
  const key = { key: publicKeyOf(client.key ?? {}), dsaEncoding: 'ieee-p1363' as const };
  const signed = verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
  const fresh = typeof exp === 'number' && exp > Date.now() / 1000 && typeof jti === 'string';
  return signed && fresh && iss === client.id && sub === client.id && aud === issuer;
}

/** RFC 6749 §2.3.1: id and secret are encoded as in a form before they are joined. */
const formDecoded = (text: string): string => new URLSearchParams(`x=${text}`).get('x') ?? '';
