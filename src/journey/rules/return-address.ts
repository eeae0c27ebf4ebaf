import { isLocal } from '../../base/this-machine.ts';

/** Where a customer may be sent back to, and what is written into that address (DESIGN: "Return"). */

/** Schemes that a browser or a system gives meaning to. What is not here, and not http, is taken for an app's own. */
const MEANINGFUL_SCHEMES = new Set(
  `about acap admin afp android-app app app-prefs app-settings applescript applewebdata apt bitcoin bitcoincash blob
  brave cabal callto cap chrome chrome-devtools chrome-error chrome-extension chrome-native chrome-search
  chrome-untrusted cid coap coaps content cvs dat data dav devtools dict did dns dntp dpp dweb ed2k edge ethereum
  facetime facetime-audio fax feed fido file filesystem finger firefox fish ftp ftps geo git go gopher h323 hcp help
  hyper iax icap im imap imaps intent intents ipfs ipns ipp ipps irc irc6 ircs isbn its jabber jar jarfile javascript
  jnlp jnlps jscript ldap ldaps lightning litecoin livescript lpa macappstore magnet mailto maps market matrix message
  mid mk mms mmst mocha moz-extension moz-icon moz-safe-about msnim mumble netdoc news nfs nntp opaquelocktoken openid
  openid4vp openpgp4fpr opera otpauth otpauth-migration pack package payto pkcs11 pop prefs pres proxy res resource
  rlogin rmi rsync rtmp rtsp rtsps safari-extension safari-web-extension search search-ms secondlife sftp sgn shell
  shortcuts shttp sieve sip sips skype smb sms smsto snews snmp soap ssb ssh stun stuns svn tag tel telephone telnet
  telprompt tftp tip tn3270 turn turns tv udp unreal upi urn uuid vbs vbscript vemmi videotex view-source vivaldi vnc
  wais webcal webcals webkit wifi ws wss wtai wyciwyg x-apple.systempreferences x-javascript x-man-page x-web-search
  xcon xmlrpc xmpp z39.50 z39.50r z39.50s`.split(/\s+/),
);
/** `web+` and `ext+` belong to whichever website or extension has registered them (HTML Standard, safelisted schemes). */
const MEANINGFUL_PREFIXES =
  `about- android chrome- data- ext+ googlechrome itms javascript microsoft-edge ms- view- vnd.
  web+ x-apple x-safari`.split(/\s+/);

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
  const [, scheme, authority] = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?/i.exec(address.toLowerCase()) ?? [];
  const url = URL.parse(address);
  if (!scheme || url?.protocol !== `${scheme}:` || !isPlainAuthority(authority, url)) return null;
  if (scheme === 'https') return url;
  return (scheme === 'http' ? isLocal(url) : isPrivateUse(scheme)) ? url : null;
}

/**
 * Written as it is read: no `0x7f.1` for 127.0.0.1, no user information, no percent-encoded letters, no `:` without a
 * port and no `:0443`; and with https and http not left empty.
 */
function isPlainAuthority(authority: string | undefined, url: URL): boolean {
  const usualPort = { 'https:': ':443', 'http:': ':80' }[url.protocol];
  const host = url.host.toLowerCase();
  if (usualPort === undefined) return (authority ?? '') === host && !host.includes('%');
  return authority === host || authority === host + usualPort;
}

/** Bytes that are not UTF-8 but that some take for `.` or `/` (RFC 3629 §10), and control characters. */
const NO_PATH = /%(?:c[01]|e0%[89]|f0%8|u[\da-f]{4}|[01][\da-f]|7f)/i;
/** What stands between segments, for some server or other; `\u2044` and `\u2215` become `/` in old Windows code pages. */
const DOT_SEGMENT = /[/\\:\u2044\u2215]\s*\.{1,2}\s*(?:$|[/\\;?#\u2044\u2215])/;

/** True with `.` or `..` as a path segment, in any spelling some server takes for it: `%2e.`, `..;x`, `..%2f`, `%252e`. */
function climbs(path: string): boolean {
  let read = path;
  for (let round = 0; round < MOST_ENCODINGS; round += 1) {
    if (NO_PATH.test(read) || DOT_SEGMENT.test(read)) return true;
    // Full-width and other compatible forms are what NFKC makes of them.
    const decoded = read.replace(/(?:%[\da-f]{2})+/gi, textOf).normalize('NFKC');
    if (decoded === read) return false;
    read = decoded;
  }
  return true;
}

const textOf = (encoded: string): string => Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('utf8');

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
