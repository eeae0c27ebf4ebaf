/** What an arriving browser brings in its query: one token, perhaps a return address, perhaps pairs that go back. */

export const TOKEN = /^[A-Za-z0-9_-]{8,128}$/;
const TOKEN_NAMES = ['connect_token', 'fp_cot'];

/** Names that mean something to OAuth or OpenID Connect never travel through us into somebody else's address. */
const PROTOCOL_NAMES = new Set([
  'access_token',
  'acr_values',
  'actor_token',
  'assertion',
  'audience',
  'authorization_details',
  'claims',
  'claims_locales',
  'client_assertion',
  'client_assertion_type',
  'client_id',
  'client_secret',
  'code',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'device_code',
  'display',
  'dpop_jkt',
  'error',
  'error_description',
  'error_uri',
  'expires_in',
  'grant_type',
  'id_token',
  'id_token_hint',
  'iss',
  'login_hint',
  'logout_hint',
  'logout_token',
  'max_age',
  'nonce',
  'password',
  'post_logout_redirect_uri',
  'prompt',
  'redirect_uri',
  'redirect_url',
  'refresh_token',
  'registration',
  'request',
  'request_uri',
  'resource',
  'response',
  'response_mode',
  'response_type',
  'scope',
  'session_state',
  'sid',
  'state',
  'sub',
  'subject_token',
  'token',
  'token_type',
  'ui_locales',
  'user_code',
  'username',
]);

const MOST_EXTRAS = 16;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 512;
const LONGEST_IN_ALL = 2048;

export type ExtraNames = 'all' | 'none' | readonly string[];

export interface EntryRules {
  extras: ExtraNames;
  /** Names the adapter writes into return addresses itself. */
  reserved: readonly string[];
}

export type Entry =
  | { ok: true; connectToken: string; redirectUri: string | null; extras: [string, string][] }
  | { ok: false; problem: 'token_missing' | 'token_invalid' | 'token_ambiguous' };

export function readEntry(query: URLSearchParams, rules: EntryRules): Entry {
  const given = TOKEN_NAMES.map((name) => query.getAll(name));
  const tokens = new Set(given.flat());
  if (tokens.size === 0) return { ok: false, problem: 'token_missing' };
  // Both names with one value are one token; one name twice is two, whatever the values.
  if (tokens.size > 1 || given.some((values) => values.length > 1)) return { ok: false, problem: 'token_ambiguous' };
  const [connectToken = ''] = tokens;
  if (!TOKEN.test(connectToken)) return { ok: false, problem: 'token_invalid' };
  const addresses = query.getAll('redirect_uri');
  return {
    ok: true,
    connectToken,
    redirectUri: addresses.length === 1 ? (addresses[0] ?? null) : null,
    extras: readExtras(query, rules),
  };
}

function readExtras(query: URLSearchParams, rules: EntryRules): [string, string][] {
  const extras: [string, string][] = [];
  let length = 0;
  for (const [name, value] of query) {
    if (!mayReturn(name, rules)) continue;
    if (name.length > LONGEST_NAME || value.length > LONGEST_VALUE) continue;
    length += name.length + value.length;
    if (extras.length >= MOST_EXTRAS || length > LONGEST_IN_ALL) break;
    extras.push([name, value]);
  }
  return extras;
}

function mayReturn(name: string, { extras, reserved }: EntryRules): boolean {
  const read = readAs(name);
  if (read === '' || PROTOCOL_NAMES.has(read) || [...TOKEN_NAMES, ...reserved.map(readAs)].includes(read)) return false;
  return extras === 'all' || (extras !== 'none' && extras.includes(name));
}

/** What the laxest of servers takes a name for: `code[]`, `code[x]`, ` CODE`, and in PHP `co de` and `co.de` for `co_de`. */
const readAs = (name: string): string => {
  const [plain = ''] = name.toLowerCase().split(/[[\0]/);
  return plain.trim().replace(/[ .]/g, '_');
};
