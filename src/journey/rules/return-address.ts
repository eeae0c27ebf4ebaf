import { isLocal } from '../../base/this-machine.ts';

/** Where a customer may be sent back to, and what is written into that address (DESIGN: "Return"). */

/** Schemes that a browser or a system gives meaning to. What is not here, and not http, is taken for an app's own. */
const MEANINGFUL_SCHEMES = new Set(
  `about acap admin afp android-app app app-prefs app-settings applescript apt blob callto cap chrome
  chrome-devtools chrome-error chrome-extension chrome-native chrome-search chrome-untrusted cid coap coaps
  content cvs data dav devtools dict dns dntp ed2k edge facetime facetime-audio fax feed file filesystem finger
  firefox fish ftp ftps geo git go googlechrome googlechromes gopher h323 hcp help iax icap im imap imaps intent
  intents ipp ipps irc irc6 ircs isbn jabber jar jarfile javascript jscript ldap ldaps livescript macappstore
  mailto maps market message microsoft-edge mid mk mms mmst mocha moz-extension moz-icon moz-safe-about msnim
  mumble netdoc news nfs nntp opaquelocktoken opera pack package payto pkcs11 pop prefs pres proxy res resource
  rlogin rmi rsync rtmp rtsp rtsps safari-extension safari-web-extension search search-ms secondlife sftp sgn
  shell shortcuts shttp sieve sip sips skype smb sms smsto snews snmp soap ssh stun stuns svn tag tel telephone
  telnet telprompt tftp tip tn3270 turn turns tv udp unreal urn uuid vbs vbscript vemmi videotex view-source vnc
  wais webcal webcals webkit ws wss wtai wyciwyg x-apple.systempreferences x-javascript x-man-page x-web-search
  xcon xmlrpc xmpp z39.50 z39.50r z39.50s`.split(/\s+/),
);
const MEANINGFUL_PREFIXES = 'about- android chrome- data- itms javascript ms- view- vnd. x-apple x-safari'.split(' ');

const LONGEST = 4000;
/** Nobody encodes a path more often than this in good faith. */
const MOST_ENCODINGS = 5;

export interface ReturnRules {
  /** RETURN_URLS; null when any address of Flatpeak's authenticated context may be used. */
  listed: readonly string[] | null;
  /** The adapter's own origin: sending customers back to ourselves would be a circle. */
  ownOrigin: string;
}

/** True when customers may be sent to this address: scheme and form first, then the list, when there is one. */
export function isReturnAddress(address: string, rules: ReturnRules): boolean {
  const url = parseStrictly(address);
  if (url === null || url.origin === rules.ownOrigin) return false;
  return rules.listed === null || rules.listed.some((entry) => isBelow(url, entry));
}

/** Refuses whatever two parsers might read differently, before asking what it means. */
function parseStrictly(address: string): URL | null {
  // Visible ASCII without backslash, quotes and angle brackets: no control characters, no look-alikes.
  if (address.length > LONGEST || !/^[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/.test(address))
    return null;
  if (climbs(address.split(/[?#]/, 1)[0] ?? '')) return null;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  const url = URL.parse(address);
  if (!scheme || url?.protocol !== `${scheme}:` || url.username || url.password) return null;
  if (scheme === 'https' || scheme === 'http') {
    // Written as it is read: no `0x7f.1` for 127.0.0.1, no percent-encoded letters, no empty authority.
    const authority = /^https?:\/\/([^/?#]+)/i.exec(address)?.[1]?.toLowerCase();
    const usualPort = scheme === 'https' ? ':443' : ':80';
    if (authority !== url.host && authority !== url.host + usualPort) return null;
    return scheme === 'https' || isLocal(url) ? url : null;
  }
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(address)?.[1] ?? '';
  return isPrivateUse(scheme) && !authority.includes('@') ? url : null;
}

/** True with `.` or `..` as a path segment, in any spelling some server takes for it: `%2e.`, `..;x`, `..%2f`, `%252e`. */
function climbs(path: string): boolean {
  let read = path;
  for (let round = 0; round < MOST_ENCODINGS; round += 1) {
    if (/[/\\:]\.{1,2}(?:$|[/\\;?#])/.test(read)) return true;
    const decoded = read.replace(/%([2-7][\da-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
    if (decoded === read) return false;
    read = decoded;
  }
  return true;
}

/** RFC 8252 §7.1, read generously: apps in the field use short names such as `myapp:` as well as reversed domains. */
function isPrivateUse(scheme: string): boolean {
  return (
    scheme.length >= 3 &&
    !MEANINGFUL_SCHEMES.has(scheme) &&
    !MEANINGFUL_PREFIXES.some((prefix) => scheme.startsWith(prefix))
  );
}

/** Exact scheme, host and port; the path by prefix, ending where a segment ends. */
function isBelow(url: URL, entry: string): boolean {
  const listed = URL.parse(entry);
  if (listed?.protocol !== url.protocol || listed.host !== url.host) return false;
  const prefix = listed.pathname.replace(/\/$/, '');
  return url.pathname === prefix || url.pathname.startsWith(`${prefix}/`);
}

export interface ReturnPairs {
  /** RETURN_TOKEN_PARAMS: names that carry the token back. */
  tokenParams: readonly string[];
  /** Null leaves the address without any token. */
  connectToken: string | null;
  extras: readonly (readonly [string, string])[];
  /** RETURN_FAILURE_PARAM with the outcome's code. */
  failure: readonly [string, string] | null;
}

/**
 * Writes the token into an address, as text: pairs that stood there stay byte for byte, except such as carry the
 * token's names; then the entry's extras, then the token, all before the fragment.
 */
export function writeReturnAddress(address: string, pairs: ReturnPairs): string {
  const { connectToken } = pairs;
  const [beforeFragment = '', ...fragment] = address.split('#');
  const [path = '', ...query] = beforeFragment.split('?');
  const kept = query
    .join('?')
    .split('&')
    .filter((pair) => !pairs.tokenParams.includes(nameOf(pair)))
    .join('&');
  const added = [
    ...pairs.extras,
    ...(connectToken === null ? [] : pairs.tokenParams.map((name) => [name, connectToken] as const)),
    ...(pairs.failure ? [pairs.failure] : []),
  ].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const separator = kept === '' || kept.endsWith('&') || added.length === 0 ? '' : '&';
  const pairsBack = `${kept}${separator}${added.join('&')}`;
  return `${path}${pairsBack === '' ? '' : `?${pairsBack}`}${fragment.length > 0 ? `#${fragment.join('#')}` : ''}`;
}

// The parser drops one leading question mark; a second one belongs to the name.
const nameOf = (pair: string): string => [...new URLSearchParams(`?${pair}`).keys()][0] ?? '';
