import type { Request } from 'express';
import { equalSecrets } from '../../base/random.ts';
import type { GrantLookup } from '../../sharing/grants.ts';
import type { ProblemName } from './problems.ts';

/** What the endpoint asks of the room that keeps grants. */
export interface PolledGrants {
  find(accessToken: string): Promise<GrantLookup>;
  /** The grant was read, at this moment (epoch ms). */
  touch(grantId: string, at: number): Promise<void>;
}

export type ActiveGrant = Extract<GrantLookup, { status: 'active' }>;

/** The grant a request may read, or the name of the problem with its credentials. */
export async function identify(
  req: Request,
  grants: PolledGrants,
  apiKeys: readonly string[],
): Promise<ActiveGrant | ProblemName> {
  if (!apiKeyAccepted(req.get('x-api-key') ?? '', apiKeys)) return 'api_key_invalid';
  const bearer = bearerOf(req.headersDistinct.authorization ?? []);
  if (bearer.problem !== null) return bearer.problem;
  const grant = await grants.find(bearer.token);
  if (grant.status === 'active') return grant;
  return grant.status === 'ended' ? `grant_${grant.reason}` : 'token_invalid';
}

/** From the header alone, which stands there once: in a query a token would end up in logs (RFC 6750 §5.3). */
function bearerOf([header = '', ...more]: string[]): { problem: ProblemName } | { problem: null; token: string } {
  const [scheme, token = '', ...rest] = header.trim().split(/ +/);
  if (scheme?.toLowerCase() !== 'bearer') return { problem: 'token_missing' };
  const plausible = more.length === 0 && rest.length === 0 && /^[A-Za-z0-9_-]{16,256}$/.test(token);
  return plausible ? { problem: null, token } : { problem: 'token_invalid' };
}

/** Every key is compared, in constant time, so that neither the answer's time nor its order tells which is near. */
function apiKeyAccepted(given: string, keys: readonly string[]): boolean {
  return keys.length === 0 || keys.map((key) => equalSecrets(key, given)).includes(true);
}
