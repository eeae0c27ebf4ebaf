/**
 * Addresses that nobody may be sent to, built from the tricks known against redirect checks (RFC 9700 §4.1 and §4.11,
 * OWASP "Unvalidated Redirects"): each with the reason it is on the list.
 */

export type Hostile = [why: string, address: string];

const GOOD = 'https://app.example/flatpeak';

/** Schemes that a browser or an operating system answers to itself. */
const SCHEMES = `about acap afp android-app app-prefs app-settings apt blob callto chrome chrome-extension chrome-native
  cid coap content data devtools dict dns edge ed2k facetime facetime-audio feed file filesystem firefox ftp ftps geo
  git googlechrome googlechromes gopher help imap intent ipp irc itms itms-apps itms-services jar javascript ldap ldaps
  livescript macappstore mailto market microsoft-edge mid mms mocha moz-extension ms-settings ms-msdt ms-word
  ms-appinstaller news nfs nntp package pop prefs res resource rtmp rtsp search search-ms sftp shell shortcuts sip sips
  skype sms smsto smb ssh stun svn tel telnet telprompt tftp turn urn vbs vbscript view-source vnc wais webcal ws wss
  wyciwyg x-apple.systempreferences x-javascript x-man-page x-safari-https x-web-search xmpp applescript`.split(/\s+/);

const schemes: Hostile[] = SCHEMES.flatMap((scheme) => [
  [`the scheme ${scheme}`, `${scheme}:alert(1)`],
  [`the scheme ${scheme} with a good host`, `${scheme}://app.example/flatpeak`],
  [`the scheme ${scheme} in capitals`, `${scheme.toUpperCase()}:alert(1)//app.example/flatpeak`],
]);

const nested: Hostile[] = [
  ['a script behind a good address in a comment', 'javascript://app.example/flatpeak%0Aalert(1)'],
  ['a page in the address itself', 'data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='],
  ['a good address inside blob:', `blob:${GOOD}`],
  ['a good address inside view-source:', `view-source:${GOOD}`],
  ['a good address inside filesystem:', `filesystem:${GOOD}`],
  ['a good address inside an intent', 'intent://app.example/flatpeak#Intent;scheme=https;package=com.evil;end'],
  ['a good address inside googlechrome:', 'googlechrome://navigate?url=https://app.example/flatpeak'],
];

/** Every place a character can be slipped in, and every character that parsers drop, split at or read differently. */
const CHARACTERS: [string, string][] = [
  ...Array.from({ length: 33 }, (_, code): [string, string] => [
    `U+${code.toString(16).padStart(4, '0')}`,
    String.fromCharCode(code),
  ]),
  ['DEL', '\u007f'],
  ['U+0085', '\u0085'],
  ['a no-break space', '\u00a0'],
  ['a soft hyphen', '\u00ad'],
  ['a zero-width space', '\u200b'],
  ['a zero-width joiner', '\u200d'],
  ['a right-to-left override', '\u202e'],
  ['a line separator', '\u2028'],
  ['a byte order mark', '\ufeff'],
  ['a backslash', '\\'],
  ['a quotation mark', '"'],
  ['an apostrophe', "'"],
  ['an angle bracket', '<'],
  ['a closing angle bracket', '>'],
  ['a grave accent', '`'],
  ['a caret', '^'],
  ['a bar', '|'],
  ['a brace', '{'],
  ['a full-width solidus', '\uff0f'],
  ['a division slash', '\u2215'],
  ['a fraction slash', '\u2044'],
  ['a full-width full stop', '\uff0e'],
  ['an ideographic full stop', '\u3002'],
  ['a full-width colon', '\uff1a'],
  ['a full-width commercial at', '\uff20'],
  ['a full-width number sign', '\uff03'],
  ['a full-width question mark', '\uff1f'],
  ['a care-of sign', '\u2105'],
  ['a lone surrogate', '\ud800'],
];
const slipped: Hostile[] = CHARACTERS.flatMap(([name, character]) => [
  [`${name} at the start`, `${character}${GOOD}`],
  [`${name} in the scheme`, `htt${character}ps://app.example/flatpeak`],
  [`${name} before the host`, `https://${character}app.example/flatpeak`],
  [`${name} in the host`, `https://app${character}.example/flatpeak`],
  [`${name} after the host`, `https://app.example${character}.evil.example/flatpeak`],
  [`${name} in the path`, `https://app.example/flatpeak/${character}evil`],
  [`${name} at the end`, `${GOOD}${character}`],
  [`${name} in an app's address`, `myapp://oauth-callback${character}`],
]);

const userinfo: Hostile[] = [
  'https://user@app.example/flatpeak',
  'https://user:password@app.example/flatpeak',
  'https://:@app.example/flatpeak',
  'https://@app.example/flatpeak',
  'https://app.example@evil.example/flatpeak',
  'https://app.example:443@evil.example/flatpeak',
  'https://app.example%2f@evil.example/flatpeak',
  'https://app.example%23@evil.example/flatpeak',
  'https://app.example%00@evil.example/flatpeak',
  'https://evil.example@app.example@evil.example/flatpeak',
  'https://app.example;@evil.example/flatpeak',
  'https://app.example&@evil.example/flatpeak',
  'http://user@localhost:3000/done',
  'http://localhost:3000@evil.example/done',
  'myapp://user@oauth-callback',
  'myapp://user:password@oauth-callback',
  'myapp://@oauth-callback',
].map((address) => ['user information', address]);

const malformed: Hostile[] = [
  ['nothing', ''],
  ['a path', '/flatpeak'],
  ['an address without a scheme', '//app.example/flatpeak'],
  ['three slashes without a scheme', '///app.example/flatpeak'],
  ['a host without a scheme', 'app.example/flatpeak'],
  ['a query', '?https://app.example/flatpeak'],
  ['a fragment', '#https://app.example/flatpeak'],
  ['a scheme alone', 'https:'],
  ['a scheme and slashes alone', 'https://'],
  ['no slashes', 'https:app.example/flatpeak'],
  ['one slash', 'https:/app.example/flatpeak'],
  ['three slashes', 'https:///app.example/flatpeak'],
  ['four slashes', 'https:////app.example/flatpeak'],
  ['a colon before the scheme', '://app.example/flatpeak'],
  ['a scheme that begins with a digit', '1https://app.example/flatpeak'],
  ['a scheme of one letter, as drives have', 'c:/flatpeak'],
  ['a scheme of two letters', 'ab://oauth-callback'],
  ['a port that is no number', 'https://app.example:https/flatpeak'],
  ['a port beyond all ports', 'https://app.example:65536/flatpeak'],
  ['a negative port', 'https://app.example:-1/flatpeak'],
  ['two ports', 'https://app.example:443:443/flatpeak'],
  ['half a bracket', 'https://[::1/flatpeak'],
  ['a bracket around a name', 'https://[app.example]/flatpeak'],
  ['a percent sign in the host', 'https://app%2eexample/flatpeak'],
  ['a percent-encoded letter in the host', 'https://%61pp.example/flatpeak'],
  ['a percent-encoded solidus in the host', 'https://app.example%2fflatpeak'],
  ['a percent-encoded zero in the host', 'https://app.example%00.evil.example/flatpeak'],
  ['a percent-encoded backslash in the host', 'https://evil.example%5c.app.example/flatpeak'],
  ['a path encoded again and again', `${GOOD}/%252525252525252565`],
  ['more than 4000 characters', `${GOOD}?${'x'.repeat(4000)}`],
];

/** One host, written so that some read another. */
const disguisedHosts: Hostile[] = [
  'http://2130706433/done',
  'http://0x7f000001/done',
  'http://0x7f.1/done',
  'http://0177.0.0.1/done',
  'http://017700000001/done',
  'http://127.1/done',
  'http://127.0.0.1./done',
  'http://[0:0:0:0:0:0:0:1]/done',
  'https://2130706433/flatpeak',
  'https://0x7f.1/flatpeak',
  'https://0251.0376.0251.0376/latest/meta-data',
].map((address) => ['a number for a host', address]);

const notSecure: Hostile[] = [
  'http://app.example/flatpeak',
  'http://app.example:443/flatpeak',
  'http://localhost.evil.example/done',
  'http://evil.example/localhost',
  'http://127.0.0.1.evil.example/done',
  'http://localhost.:3000/done',
  'http://0.0.0.0:3000/done',
  'http://[::ffff:127.0.0.1]/done',
  'http://192.168.0.1/done',
  'http://169.254.169.254/latest/meta-data',
].map((address) => ['plain http beyond this machine', address]);

/** Climbs out of a path, in every spelling some server takes for it. */
const DOTS = [
  '..',
  '.%2e',
  '%2e.',
  '%2E%2e',
  '%252e%252e',
  '%25252e.',
  '%25%32%65%25%32%65',
  '%2%65.',
  '..;',
  '..;x=1',
  '%2e%2e;',
  '%2e%2e%3b',
  '.',
  '%2e',
  '.;',
];
const climbing: Hostile[] = DOTS.flatMap((dots) => [
  [`dot segment ${dots}`, `https://app.example/flatpeak/${dots}/evil`],
  [`dot segment ${dots} at the end`, `https://app.example/flatpeak/${dots}`],
  [`dot segment ${dots} there and back`, `https://app.example/evil/${dots}/flatpeak`],
  [`dot segment ${dots} with an encoded solidus`, `https://app.example/flatpeak/${dots}%2fevil`],
  [`dot segment ${dots} with an encoded solidus in capitals`, `https://app.example/flatpeak%2F${dots}%2Fevil`],
  [`dot segment ${dots} with an encoded backslash`, `https://app.example/flatpeak/${dots}%5cevil`],
  [`dot segment ${dots} in an app's address`, `myapp://oauth-callback/x/${dots}/evil`],
]);

/** Refused whatever RETURN_URLS says, and when it says nothing. */
export const NEVER: Hostile[] = [
  ...schemes,
  ...nested,
  ...slipped,
  ...userinfo,
  ...malformed,
  ...disguisedHosts,
  ...notSecure,
  ...climbing,
];

/** What the addresses below pretend to be. */
export const LISTED = [GOOD, 'myapp://oauth-callback', 'http://localhost:3000/done'];

/** Good addresses in themselves, but not below one of those listed. */
export const NOT_LISTED: Hostile[] = [
  ['another host', 'https://evil.example/flatpeak'],
  ['a host that ends alike', 'https://evilapp.example/flatpeak'],
  ['a host that ends alike after a hyphen', 'https://evil-app.example/flatpeak'],
  ['a host that begins alike', 'https://app.example.evil.example/flatpeak'],
  ['a host that begins alike without a dot', 'https://app.examplex/flatpeak'],
  ['a host below', 'https://www.app.example/flatpeak'],
  ['a host above', 'https://example/flatpeak'],
  ['a letter for the dot', 'https://appxexample/flatpeak'],
  ['a hyphen for the dot', 'https://app-example/flatpeak'],
  ['a dot at the end of the host', 'https://app.example./flatpeak'],
  ['a look-alike host in Punycode', 'https://xn--pp-6kc.example/flatpeak'],
  ['the host as a path', 'https://evil.example/app.example/flatpeak'],
  ['the address as a path', 'https://evil.example/https://app.example/flatpeak'],
  ['the address as a query', 'https://evil.example?https://app.example/flatpeak'],
  ['the host behind a question mark', 'https://evil.example?.app.example/flatpeak'],
  ['the host behind a number sign', 'https://evil.example#.app.example/flatpeak'],
  ['the host behind a number sign and an at', 'https://evil.example#@app.example/flatpeak'],
  ['the host behind a solidus and an at', 'https://evil.example/@app.example/flatpeak'],
  ['an address of the host', 'https://93.184.216.34/flatpeak'],
  ['another port', 'https://app.example:8443/flatpeak'],
  ['the port of http', 'https://app.example:80/flatpeak'],
  ['no path', 'https://app.example'],
  ['the root', 'https://app.example/'],
  ['a path above', 'https://app.example/flat'],
  ['another path', 'https://app.example/evil'],
  ['the path as a name begun alike', 'https://app.example/flatpeakevil'],
  ['the path with a hyphen after it', 'https://app.example/flatpeak-evil'],
  ['the path with a dot after it', 'https://app.example/flatpeak.evil'],
  ['the path with a semicolon after it', 'https://app.example/flatpeak;evil'],
  ['the path with an encoded solidus after it', 'https://app.example/flatpeak%2fevil'],
  ['the path with an encoded question mark after it', 'https://app.example/flatpeak%3fevil'],
  ['the path in capitals', 'https://app.example/FLATPEAK'],
  ['the path encoded', 'https://app.example/%66latpeak'],
  ['the path behind another', 'https://app.example/evil/flatpeak'],
  ['the path behind an empty segment', 'https://app.example//flatpeak'],
  ['the path in the query', 'https://app.example?/flatpeak'],
  ['the path in the fragment', 'https://app.example#/flatpeak'],
  ["another app's scheme", 'otherapp://oauth-callback'],
  ["an app's scheme that begins alike", 'myapps://oauth-callback'],
  ["an app's scheme that ends alike", 'notmyapp://oauth-callback'],
  ["the app's scheme with another host", 'myapp://evil'],
  ["the app's scheme with a host that begins alike", 'myapp://oauth-callback.evil'],
  ["the app's scheme with a port", 'myapp://oauth-callback:99'],
  ["the app's scheme with no host", 'myapp:///oauth-callback'],
  ["the app's scheme with one solidus", 'myapp:/oauth-callback'],
  ["the app's scheme with none", 'myapp:oauth-callback'],
  ["the app's scheme alone", 'myapp:'],
  ["the app's host under https", 'https://oauth-callback'],
  ['this machine on another port', 'http://localhost:3001/done'],
  ['this machine without the port', 'http://localhost/done'],
  ['this machine by number', 'http://127.0.0.1:3000/done'],
  ['this machine by its IPv6 address', 'http://[::1]:3000/done'],
  ['this machine under https', 'https://localhost:3000/done'],
  ['this machine on another path', 'http://localhost:3000/evil'],
];
