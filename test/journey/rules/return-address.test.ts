import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isReturnAddress } from '../../../src/journey/rules/return-address.ts';
import { LISTED, NEVER, NOT_LISTED } from './hostile-addresses.ts';

const OWN = 'https://connect.provider.example';
const open = { listed: null, ownOrigin: OWN };
const listed = { listed: LISTED, ownOrigin: OWN };

describe('without RETURN_URLS, customers may be sent to', () => {
  test.each([
    ['an https address', 'https://app.example/flatpeak'],
    ['one with a port, a query and a fragment', 'https://app.example:8443/a/b?x=1&y=%2F#part'],
    ['one without a path', 'https://app.example'],
    ['one with an address in its query', 'https://app.example/back?to=https://other.example/@x'],
    ['one with empty segments', 'https://app.example/a//b/'],
    ['one with dots that are no dot segments', 'https://app.example/v1..2/.well-known/...?x=../..'],
    ['one with percent-encoded text', 'https://app.example/caf%C3%A9/a%20b'],
    ['a host in capitals', 'https://App.Example/flatpeak'],
    ['a host in Punycode', 'https://xn--bcher-kva.example/flatpeak'],
    ['the port that https has anyway', 'https://app.example:443/flatpeak'],
    ["an app's own scheme", 'myapp://oauth-callback'],
    ["an app's own scheme without a host", 'myapp:/oauth-callback'],
    ["an app's own scheme and nothing else", 'myapp:'],
    ["an app's reversed domain (RFC 8252 §7.1)", 'com.example.app:/oauth2redirect'],
    ["an app's scheme with digits and signs", 'app2+x-y.z://cb?a=1#b'],
    ['this machine, for the sandbox', 'http://localhost:3000/done'],
    ['this machine by number', 'http://127.0.0.1/done'],
    ['this machine by its IPv6 address', 'http://[::1]:3000/done'],
  ])('%s', (_, address) => {
    expect(isReturnAddress(address, open)).toBe(true);
  });
});

describe('with RETURN_URLS, customers may be sent to', () => {
  test.each([
    ['what is listed', 'https://app.example/flatpeak'],
    ['with a solidus', 'https://app.example/flatpeak/'],
    ['what is below it', 'https://app.example/flatpeak/a/b'],
    ['with a query', 'https://app.example/flatpeak?x=1'],
    ['with a fragment', 'https://app.example/flatpeak#part'],
    ['the scheme and host in capitals', 'HTTPS://APP.EXAMPLE/flatpeak'],
    ['the port that https has anyway', 'https://app.example:443/flatpeak'],
    ["an app's address", 'myapp://oauth-callback'],
    ["an app's address with a path and query", 'myapp://oauth-callback/x?y=1'],
    ['this machine', 'http://localhost:3000/done?x=1'],
  ])('%s', (_, address) => {
    expect(isReturnAddress(address, listed)).toBe(true);
  });

  test.each([
    ['https://app.example', 'https://app.example/anything'],
    ['https://app.example/', 'https://app.example/anything'],
    ['https://app.example/a/', 'https://app.example/a'],
    ['https://app.example/a/', 'https://app.example/a/b'],
    ['https://app.example/a?x=1#y', 'https://app.example/a?z=2'],
    ['com.example.app:/back', 'com.example.app:/back/x'],
    ['myapp:', 'myapp:/anything'],
  ])('listed as %s: %s', (entry, address) => {
    expect(isReturnAddress(address, { listed: [entry], ownOrigin: OWN })).toBe(true);
  });
});

describe('never, listed or not:', () => {
  test.each(NEVER.map(([why, address]) => [why, JSON.stringify(address), address]))(
    '%s: %s',
    (_why, _shown, address) => {
      expect(isReturnAddress(address, open)).toBe(false);
      expect(isReturnAddress(address, listed)).toBe(false);
      expect(isReturnAddress(address, { listed: [address], ownOrigin: OWN })).toBe(false);
    },
  );
});

describe('good in itself, but not listed:', () => {
  test.each(NOT_LISTED)('%s: %s', (_why, address) => {
    expect(isReturnAddress(address, listed)).toBe(false);
    expect(isReturnAddress(address, open)).toBe(true);
  });
});

describe('never back to the adapter itself', () => {
  test.each(['', '/', '/connect?connect_token=cot_12345678', ':443/connect/callback'])('%s', (rest) => {
    expect(isReturnAddress(OWN + rest, open)).toBe(false);
    expect(isReturnAddress(OWN + rest, { listed: [OWN], ownOrigin: OWN })).toBe(false);
  });
});

describe('of 100,000 generated addresses none escapes the list', () => {
  const PIECES = [
    ...['https', 'http', 'HTTPS', 'myapp', 'javascript', 'data', 'com.example.app', 'ws'],
    ...[':', '://', ':/', ':///', '/', '//', '\\', '/\\', '@', '?', '#', ';', ',', '&', '=', '.', '..', '...'],
    ...['app.example', 'APP.example', 'evil.example', 'localhost', '127.0.0.1', '[::1]', 'oauth-callback', 'xn--a'],
    ...[':443', ':80', ':3000', ':', 'flatpeak', 'done', 'evil', 'a', '%2e', '%2E', '%2f', '%5c', '%00', '%0a'],
    ...['%25', '%252e', '%', '\t', '\n', '\r', '\0', ' ', '\u00ad', '\u3002', '\uff0f', '\u202e', 'é'],
  ];
  const piece = fc.constantFrom(...PIECES);
  const assembled = fc.array(piece, { minLength: 1, maxLength: 10 }).map((pieces) => pieces.join(''));
  /** A listed address with a few changes: most of what is generated this way is refused for one reason only. */
  const changed = fc
    .tuple(
      fc.constantFrom(...LISTED.map((entry) => `${entry}/`)),
      fc.array(fc.tuple(fc.nat(40), fc.nat(2), piece), { maxLength: 3 }),
    )
    .map(([entry, changes]) =>
      changes.reduce((text, [at, cut, insert]) => text.slice(0, at) + insert + text.slice(at + cut), entry),
    );
  const addresses = fc.array(fc.oneof(assembled, changed), { minLength: 50, maxLength: 50 });

  /** RFC 3986, appendix B: another reading than the one the adapter uses. */
  const COMPONENTS = /^([^:/?#]+):(?:\/\/([^/?#]*))?([^?#]*)/;
  /** Where an address leads, as the strictest and the laxest of readers would say. */
  const readings = (address: string) => {
    const [, scheme = '', authority = '', path = ''] = COMPONENTS.exec(address) ?? [];
    const port = { https: ':443', http: ':80' }[scheme.toLowerCase()] ?? ':';
    const host = authority.toLowerCase();
    const plain = `${scheme.toLowerCase()}://${host.endsWith(port) ? host.slice(0, -port.length) : host}${path}`;
    const url = new URL(address);
    return [plain, `${url.protocol}//${url.host}${url.pathname}`];
  };
  const isBelow = (address: string) => LISTED.some((entry) => address === entry || address.startsWith(`${entry}/`));
  /** Dot segments as they stand when everything is decoded, again and again, and path parameters are gone. */
  const climbs = (address: string): boolean => {
    let path = address.split(/[?#]/)[0]!;
    while (/%(25|2e|2f|32|35|36|65|66|5c|3b)/i.test(path)) {
      path = path.replace(/%(25|2e|2f|32|35|36|65|66|5c|3b)/gi, decodeURIComponent);
    }
    return path.split(/[/\\]/).some((segment) => /^\.\.?$/.test(segment.split(';')[0]!));
  };

  test('as a browser and as RFC 3986 read them', () => {
    let accepted = 0;
    fc.assert(
      fc.property(addresses, (batch) => {
        for (const address of batch.filter((one) => isReturnAddress(one, listed))) {
          accepted += 1;
          const escaped = readings(address).filter((reading) => !isBelow(reading));
          if (escaped.length > 0 || climbs(address)) throw new Error(JSON.stringify({ address, escaped }));
        }
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(1000);
  });
});
