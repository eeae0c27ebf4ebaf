import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createScanner } from '../support/secrecy-scanner.ts';

/** The search itself: what it finds, what it says of it, and what it does not take for a find. */

const VALUE = 'Zoë "Ada" O’Hara <a&b> 1';
const scan = createScanner([{ name: 'the name', value: VALUE }]);
const json = JSON.stringify({ name: VALUE });

describe('a value is found', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  test.each([
    ['as it is', `before ${VALUE} after`],
    ['in JSON', json],
    ['in JSON of ASCII', json.replaceAll('ë', '\\u00eb').replaceAll('’', '\\u2019')],
    ['in JSON in JSON', JSON.stringify({ body: json })],
    ['in a page', '<p>Zoë &#34;Ada&#34; O’Hara &lt;a&amp;b&gt; 1</p>'],
    ['in a page written otherwise', '<p>Zoë &quot;Ada&quot; O’Hara &lt;a&amp;b&gt; 1</p>'],
    ['in an address', `/search?q=${encodeURIComponent(VALUE)}&x`],
    ['in an address in an address', `/login?to=${encodeURIComponent(`/?q=${encodeURIComponent(VALUE)}`)}`],
    ['in a form', new URLSearchParams({ name: VALUE }).toString()],
    ['in base64', base64(VALUE)],
    ['in base64, one byte on', base64(`x${VALUE}x`)],
    ['in base64, two bytes on', base64(`xx${VALUE}xx`)],
    ['in the payload of a token', `eyJh.${Buffer.from(json.replaceAll('\\"', '"')).toString('base64url')}.c2ln`],
    ['in hex', Buffer.from(VALUE).toString('hex')],
    ['between bytes of other kinds', Buffer.concat([Buffer.alloc(9, 255), Buffer.from(VALUE), Buffer.alloc(9)])],
  ])('%s', (_, haystack) => {
    expect(scan(haystack).map(({ name }) => name)).toContain('the name');
  });

  test('wherever it stands among others, by its name', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9_-]{12,43}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(token, { minLength: 1, maxLength: 50 }),
        fc.nat(),
        fc.string(),
        (tokens, at, around) => {
          const value = tokens[at % tokens.length] ?? '';
          const canaries = tokens.map((one, index) => ({ name: `token ${index}`, value: one }));
          const names = createScanner(canaries)(`${around}${value}${around}`).map(({ name }) => name);
          expect(names).toContain(`token ${at % tokens.length}`);
        },
      ),
    );
  });
});

describe('a find', () => {
  test('names the value and shows where it was, but never the value itself, nor another', () => {
    const both = createScanner([
      { name: 'the name', value: VALUE },
      { name: 'a token', value: 'gX3zQ81vB0y4n2Kp7RtW5c' },
    ]);
    const found = both(`{"event":"x","detail":"${VALUE}","token":"gX3zQ81vB0y4n2Kp7RtW5c"}`);
    expect(found.map(({ name }) => name)).toEqual(['the name', 'a token']);
    for (const { excerpt } of found) {
      expect(excerpt).toContain('"event":"x","detail":"****');
      expect(both(excerpt)).toEqual([]);
    }
  });
});

describe('no find is', () => {
  const number = createScanner([{ name: 'customer number', value: 'C-1001' }]);
  test.each([
    ['a short value inside a random identifier', 'grt_xC-1001b_9Zk'],
    ['a value’s beginning', 'customer C-100'],
    ['what has been packed', gzipSync('C-1001')],
  ])('%s', (_, haystack) => {
    expect(number(haystack)).toEqual([]);
  });

  test('while the same as a word of its own is one', () => {
    expect(number('customer C-1001.')).toHaveLength(1);
  });
});
