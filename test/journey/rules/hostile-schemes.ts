import type { Hostile } from './hostile-addresses.ts';

const GOOD = 'https://app.example/flatpeak';

/** Addresses that belong to a browser, to an operating system, or to whichever website has asked for them. */

/**
 * Schemes that a browser or an operating system answers to itself: those of the HTML Standard's safelist, which any
 * website may register for, and those that open settings, shops, shells, payments, passkeys, or another browser.
 */
const SCHEMES = `about acap afp android-app android.resource app-prefs apt bitcoin blob cabal callto chrome
  chrome-extension chrome-native cid coap content dat data devtools dict did dns dweb edge ed2k ethereum ext+anything
  facetime facetime-audio feed fido file filesystem firefox ftp ftps geo git googlechrome googlechromes
  googlechrome-x-callback gopher help hyper imap intent ipfs ipns ipp irc ircs itms itms-apps itms-services jar
  javascript jnlp ldap ldaps lightning livescript lpa macappstore magnet mailto market matrix microsoft-edge
  microsoft-edge-https mid mms mocha moz-extension ms-settings ms-msdt ms-word ms-appinstaller news nfs nntp openid4vp
  openpgp4fpr otpauth package pop prefs res resource rtmp rtsp search search-ms sftp shell shortcuts sip sips skype sms
  smsto smb ssb ssh stun svn tel telnet telprompt tftp turn upi urn vbs vbscript view-source vnc wais web+flatpeak webcal
  wifi ws wss wtai wyciwyg x-apple.systempreferences x-javascript x-man-page x-safari-https x-web-search xmpp
  applescript`.split(/\s+/);

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
  ['a good address inside microsoft-edge:', `microsoft-edge:${GOOD}`],
  ['a good address inside jar:', `jar:${GOOD}!/x`],
  ['a good address inside a website\u2019s own handler', `web+app:${GOOD}`],
];

export const SCHEME_TRICKS: Hostile[] = [...schemes, ...nested];
