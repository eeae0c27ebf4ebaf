import type { Response } from 'express';

/**
 * What `GET /tariff` answers when it does not answer with a tariff: RFC 9457 documents. The name is stable, appears as
 * `code` and as the end of `type`, and tells a poller what to do; `detail` is for a person.
 */
const PROBLEMS = {
  token_missing: [401, 'No access token', 'Send the access token of the grant as Authorization: Bearer.'],
  token_invalid: [401, 'Unknown access token', 'This token was never issued here, or was cut short on its way.'],
  api_key_invalid: [401, 'API key missing or wrong', 'Send the key agreed at onboarding as X-Api-Key.'],
  grant_withdrawn: [401, 'Withdrawn', 'The customer has stopped sharing. Do not poll this grant again.'],
  grant_expired: [401, 'Expired', 'The grant has reached its agreed end. Ask the customer to connect again.'],
  grant_supply_left: [401, 'Ended', 'The customer no longer has this supply. Do not poll this grant again.'],
  grant_access_ended: [401, 'Ended', 'The customer has ended our access at the provider. Ask them to connect again.'],
  grant_not_delivered: [401, 'Void', 'The decision behind this grant was never accepted. Do not poll it again.'],
  grant_replaced: [401, 'Replaced', 'The customer has connected again; use the newer grant.'],
  range_invalid: [400, 'Bad range', 'from and to are RFC 3339 date-times.'],
  method_not_allowed: [405, 'Method not allowed', 'Use GET or HEAD.'],
  too_many_polls: [429, 'Polled too often', 'Wait for the time Retry-After says.'],
  too_many_failures: [429, 'Too many unknown credentials', 'Wait for the time Retry-After says.'],
  tariff_unavailable: [503, 'No tariff now', 'The source of prices does not answer and no earlier answer still holds.'],
  tariff_invalid: [503, 'No valid tariff', 'What the source of prices says cannot be a tariff. The provider knows.'],
  tariff_not_supported: [503, 'Tariff not supported', 'A tariff of this kind cannot be expressed here.'],
  try_later: [503, 'Not now', 'The adapter cannot answer for the moment. Wait for the time Retry-After says.'],
  internal: [500, 'Internal error', 'This is our fault. Try again later.'],
} as const satisfies Record<string, readonly [status: number, title: string, detail: string]>;

export type ProblemName = keyof typeof PROBLEMS;

export const PROBLEM_NAMES = Object.keys(PROBLEMS) as ProblemName[];

/** A name, not an address: it identifies the kind of problem and promises no page. */
export const problemType = (name: ProblemName): string => `urn:provider-adapter:problem:${name}`;

/** How RFC 6750 §3 wants a 401 to begin. Without a token there is no `error` to speak of (§3.1). */
const challenge = (name: ProblemName, title: string): string => {
  const realm = 'Bearer realm="tariff"';
  if (name === 'token_missing' || name === 'api_key_invalid') return realm;
  return `${realm}, error="invalid_token", error_description="${title}"`;
};

export function sendProblem(res: Response, name: ProblemName, more: { detail?: string; retryAfterS?: number } = {}) {
  const [status, title, detail] = PROBLEMS[name];
  res.status(status).set('cache-control', 'no-store');
  if (status === 401) res.set('www-authenticate', challenge(name, title));
  if (more.retryAfterS !== undefined) res.set('retry-after', String(more.retryAfterS));
  const document = { type: problemType(name), title, status, detail: more.detail ?? detail, code: name };
  res.type('application/problem+json').send(JSON.stringify(document));
}
