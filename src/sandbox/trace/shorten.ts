/** What travels under these names is a secret, whatever it looks like. */
const SECRET_NAMES = new Set([
  'access_token',
  'assertion',
  'authorization',
  'bearer_token',
  'client_assertion',
  'client_secret',
  'code_verifier',
  'connect_token',
  'cookie',
  'fp_cot',
  'id_token',
  'id_token_hint',
  'password',
  'refresh_token',
  'request_uri',
  'set-cookie',
  'token',
  'x-api-key',
]);

/** Secrets in OAuth, plain words elsewhere: an error's `code`, an address's `state`. */
const SOMETIMES_SECRET = new Set(['code', 'login', 'nonce', 'state']);
const PLAIN_WORD = /^([a-z]+(_[a-z]+)*|[A-Z]{2,3})$/;

/** Long unbroken runs with digits or of mixed case: tokens, keys, digests, whatever their name. */
const LOOKS_SECRET = /^((?=.*\d)[A-Za-z0-9_~+/=.-]{20,}|(?=.*[a-z])(?=.*[A-Z])[A-Za-z_~+=-]{20,})$/;

/** Enough to tell two secrets apart, far too little to use one. */
function cut(text: string): string {
  return text.length <= 12 ? '…' : `${text.slice(0, 6)}…`;
}

/** A list is shown by its beginning: a day of prices is not read price by price. */
const SHOWN_ITEMS = 4;

function isSecret(name: string, text: string): boolean {
  if (SECRET_NAMES.has(name) || LOOKS_SECRET.test(text)) return true;
  return SOMETIMES_SECRET.has(name) && !PLAIN_WORD.test(text);
}

function shortenText(name: string, text: string): string {
  if (isSecret(name.toLowerCase(), text)) {
    const [, scheme, rest] = /^(Basic|Bearer) (.+)$/is.exec(text) ?? [];
    return scheme !== undefined && rest !== undefined ? `${scheme} ${cut(rest)}` : cut(text);
  }
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? shortenUrl(text) : text;
}

/** An address or a path with query; the text stays as it is but for the secrets in it. */
export function shortenUrl(url: string): string {
  const mark = url.search(/[?#]/);
  const path = mark < 0 ? url : url.slice(0, mark);
  const rest = mark < 0 ? '' : url.slice(mark);
  const segments = path
    .split('/')
    .map((segment) => (LOOKS_SECRET.test(segment) && !segment.includes('.') ? cut(segment) : segment));
  const query = rest.replace(/([?&#])([^=&#]+)=([^&#]*)/g, (_, mark: string, name: string, value: string) => {
    return `${mark}${name}=${shortenText(name, value)}`;
  });
  return segments.join('/') + query;
}

/** A copy of any JSON value in which every secret is cut to its first six characters. */
export function shorten(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return shortenText(name, value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, SHOWN_ITEMS).map((item) => shorten(item, name));
    return value.length > SHOWN_ITEMS ? [...shown, `… and ${value.length - SHOWN_ITEMS} more`] : shown;
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shorten(item, key)]));
  }
  return value;
}
