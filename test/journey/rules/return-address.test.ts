import { describe, expect, test } from '@jest/globals';
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
    ['one with letters of another age, as bytes', 'https://app.example/caf%E9'],
    ['one with percent signs', 'https://app.example/100%25/50%'],
    ['one with a line break in its query', 'https://app.example/back?note=a%0Ab'],
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

test('the corpus below is large, and says nothing twice', () => {
  const addresses = [...NEVER, ...NOT_LISTED].map(([, address]) => address);
  expect(new Set(addresses).size).toBe(addresses.length);
  expect(addresses.length).toBeGreaterThan(1000);
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
