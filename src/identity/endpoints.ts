import type { ServerMetadata } from 'openid-client';
import { Failure } from '../base/failure.ts';
import { isLocal } from '../base/this-machine.ts';

const NEEDED = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;
const OPTIONAL = ['pushed_authorization_request_endpoint', 'revocation_endpoint', 'end_session_endpoint'] as const;

/**
 * Where browsers, codes and credentials will be sent: https, on whatever host (RFC 8414 §2); plain http only where the
 * issuer has it too, and only on this machine. Throws `…_refused` with the endpoint's name.
 */
export function checkEndpoints(metadata: ServerMetadata, issuer: URL): void {
  const present = OPTIONAL.filter((name) => metadata[name] !== undefined);
  for (const name of [...NEEDED, ...present]) {
    if (!isSafe(metadata[name], issuer)) throw new Failure(`${name}_refused`);
  }
}

function isSafe(address: unknown, issuer: URL): boolean {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  if (url === null || url.username + url.password + url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && issuer.protocol === 'http:' && isLocal(url));
}
