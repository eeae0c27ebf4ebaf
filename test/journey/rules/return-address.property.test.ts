import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isReturnAddress, writeReturnAddress } from '../../../src/journey/rules/return-address.ts';
import { LISTED } from './hostile-addresses.ts';

/**
 * Whatever passes is judged by readers of its own: none of what follows is the adapter's. A failure is reported with
 * the seed that repeats it.
 */

const TOKEN = 'cot_68541c4c407600f62fd98a97';
const TOKEN_PARAMS = ['connect_token', 'fp_cot'];

const PIECES = [
  ...['https', 'http', 'HTTPS', 'myapp', 'MyApp', 'javascript', 'data', 'web+app', 'com.example.app', 'ws', 'intent'],
  ...[':', '://', ':/', ':///', '/', '//', '\\', '/\\', '@', '?', '#', ';', ',', '&', '=', '.', '..', '...', '+', '%'],
  ...['app.example', 'APP.example', 'evil.example', 'localhost', '127.0.0.1', '[::1]', 'oauth-callback', 'xn--a'],
  ...['evil@', 'evil:pw@', '%40', ':443', ':0443', ':80', ':3000', ':99', '0x7f.1', '2130706433', '[::ffff:7f00:1]'],
  ...[
    'flatpeak',
    'done',
    'evil',
    'a',
    '/../',
    '/./',
    '..;/',
    '%2e',
    '%2E%2e',
    '%2f',
    '%5c',
    '%3b',
    '%3f',
    '%23',
    '%25',
  ],
  ...['%00', '%0a', '%0d%0a', '%20', '%252e', '%c0%ae', '%e0%80%ae', '%c0%af', '%u002e', '%ef%bc%8e', '%ef%bc%8f'],
  ...['%e2%80%a5', '%ff', '\t', '\n', '\r', '\0', ' ', '\u00a0', '\u00ad', '\u3002', '\uff0f', '\uff0e', '\u202e', 'é'],
  ...['connect_token=x', 'fp_cot=x', 'connect%5ftoken=x', 'Intent;scheme=https;end', '"', "'", '<', '>', '\ud800'],
];
const piece = fc.constantFrom(...PIECES);
const assembled = fc.array(piece, { minLength: 1, maxLength: 10 }).map((pieces) => pieces.join(''));
/** A listed address with a few changes: most of what is generated this way is refused for one reason only. */
const changed = fc
  .tuple(
    fc.constantFrom(...LISTED.flatMap((entry) => [entry, `${entry}/`, `${entry}/a/b?x=1#y`])),
    fc.array(fc.tuple(fc.nat(40), fc.nat(2), piece), { maxLength: 3 }),
  )
  .map(([entry, changes]) =>
    changes.reduce((text, [at, cut, insert]) => text.slice(0, at) + insert + text.slice(at + cut), entry),
  );
const batches = fc.array(fc.oneof(assembled, changed, changed), { minLength: 100, maxLength: 100 });
const extras = fc.array(fc.tuple(assembled, fc.oneof(assembled, fc.string())), { maxLength: 2 });

/** RFC 3986, appendix B. */
const COMPONENTS = /^([^:/?#]+):(?:\/\/([^/?#]*))?([^?#]*)/;
/** Where an address leads, as text, as a browser reads it, and as somebody who mends what looks broken would. */
function readings(address: string): string[] {
  const plain = (text: string): string => {
    const [, scheme = '', authority = '', path = ''] = COMPONENTS.exec(text) ?? [];
    const port = { https: ':443', http: ':80' }[scheme.toLowerCase()] ?? '-';
    const isWeb = port !== '-';
    const host = isWeb ? authority.toLowerCase() : authority;
    return `${scheme.toLowerCase()}://${host.endsWith(port) ? host.slice(0, -port.length) : host}${path}`;
  };
  const url = new URL(address);
  const mended = address
    .replace(/[\s\p{C}]/gu, '')
    .normalize('NFKC')
    .replaceAll('\\', '/');
  return [plain(address), plain(mended), `${url.protocol}//${url.host}${url.pathname}`];
}

const isBelow = (address: string): boolean =>
  LISTED.some((entry) => address === entry || address.startsWith(`${entry}/`));

/** The laxest of decoders: overlong UTF-8 is letters like any other, `%uXXXX` too, and that again and again. */
function decodedInFull(path: string): string {
  const lax = (text: string): string =>
    text
      .replace(/%u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
      .replace(/(?:%[\da-f]{2})+/gi, (run) => {
        const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
        let read = '';
        for (let at = 0; at < bytes.length; at += 1) {
          const lead = bytes[at] ?? 0;
          const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
          let code = more === 0 ? lead : lead & (0x3f >> more);
          for (let next = 1; next <= more; next += 1) code = (code << 6) | ((bytes[at + next] ?? 0) & 0x3f);
          at += more;
          read += String.fromCodePoint(Math.min(code, 0x10ffff));
        }
        return read;
      })
      .normalize('NFKC');
  const next = lax(path);
  return next === path ? path : decodedInFull(next);
}

const climbs = (address: string): boolean =>
  decodedInFull(address.split(/[?#]/)[0] ?? '')
    .split(/[/\\]/)
    .some((segment) => /^\s*\.\.?\s*$/.test(segment.split(/[;?#\0]/)[0] ?? ''));

/** Extras come out of a query, so that they hold no half characters. */
const wellFormed = (pairs: [string, string][]): [string, string][] =>
  pairs.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]);

const OWN = 'https://connect.provider.example';

/** Everything that is wrong with where an address leads; tokens are written into it as a journey's end would. */
function complaintsOf(address: string, pairs: [string, string][]): string[] {
  const written = writeReturnAddress(address, {
    tokenParams: TOKEN_PARAMS,
    connectToken: TOKEN,
    extras: wellFormed(pairs),
    failure: ['failure', 'internal'],
  });
  const url = new URL(written);
  const wrong: Record<string, boolean> = {
    'it leads elsewhere': !readings(address).every(isBelow),
    'it leads elsewhere once the token is in it': !readings(written).every(isBelow),
    'it climbs': climbs(written),
    'it reads differently the second time': new URL(url.href).href !== url.href,
    'its fragment has changed': url.hash !== new URL(address).hash,
    'the token is not the last': TOKEN_PARAMS.some((name) => url.searchParams.getAll(name).at(-1) !== TOKEN),
  };
  return Object.keys(wrong).filter((complaint) => wrong[complaint]);
}

/** The same where nothing is listed: then any https address passes, and any scheme of an app's own. */
function complaintsOfUnlisted(address: string): string[] {
  const [, written = '', authority = ''] = COMPONENTS.exec(address) ?? [];
  const scheme = written.toLowerCase();
  const url = new URL(address);
  const isApp = scheme !== 'https' && scheme !== 'http';
  const host = isApp ? authority : authority.toLowerCase();
  const wrong: Record<string, boolean> = {
    'another scheme': url.protocol !== `${scheme}:`,
    'user information': url.username !== '' || url.password !== '' || authority.includes('@'),
    'plain http': scheme === 'http' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname),
    'no scheme of an app': ['javascript', 'data', 'web+app', 'ws', 'intent'].includes(scheme),
    'another host': ![url.host, `${url.host}:443`, `${url.host}:80`].includes(host),
    'it climbs': climbs(address),
  };
  return Object.keys(wrong).filter((complaint) => wrong[complaint]);
}

describe('of 100,000 generated addresses', () => {
  test('none escapes the list, before the token is written into it or after', () => {
    const rules = { ownOrigin: OWN, listed: LISTED };
    let accepted = 0;
    const property = fc.property(batches, extras, (batch, pairs) => {
      const passed = batch.filter((address) => isReturnAddress(address, rules));
      accepted += passed.length;
      const wrong = passed.map((address) => ({ address, complaints: complaintsOf(address, pairs) }));
      expect(wrong.filter(({ complaints }) => complaints.length > 0)).toEqual([]);
    });
    fc.assert(property, { numRuns: 1000 });
    expect(accepted).toBeGreaterThan(5000);
  });

  test('none that passes without a list is read in two ways', () => {
    const rules = { ownOrigin: OWN, listed: null };
    let accepted = 0;
    const property = fc.property(batches, (batch) => {
      const passed = batch.filter((address) => isReturnAddress(address, rules));
      accepted += passed.length;
      const wrong = passed.map((address) => ({ address, complaints: complaintsOfUnlisted(address) }));
      expect(wrong.filter(({ complaints }) => complaints.length > 0)).toEqual([]);
    });
    fc.assert(property, { numRuns: 1000 });
    expect(accepted).toBeGreaterThan(10_000);
  });
});
