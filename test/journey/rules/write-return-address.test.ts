import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { writeReturnAddress, type ReturnPairs } from '../../../src/journey/rules/return-address.ts';

const TOKEN = 'cot_68541c4c407600f62fd98a97';
const pairs: ReturnPairs = { tokenParams: ['connect_token', 'fp_cot'], connectToken: TOKEN, extras: [], failure: null };
const BOTH = `connect_token=${TOKEN}&fp_cot=${TOKEN}`;

describe('the token goes into the address, and nothing else of it changes by a byte', () => {
  test.each([
    ['no query', 'https://app.example/back', `https://app.example/back?${BOTH}`],
    ['no path', 'https://app.example', `https://app.example?${BOTH}`],
    ['an empty query', 'https://app.example/back?', `https://app.example/back?${BOTH}`],
    ['a query', 'https://app.example/back?a=1', `https://app.example/back?a=1&${BOTH}`],
    ['a fragment', 'https://app.example/back#part', `https://app.example/back?${BOTH}#part`],
    ['an empty fragment', 'https://app.example/back#', `https://app.example/back?${BOTH}#`],
    ['both', 'https://app.example/back?a=1#part', `https://app.example/back?a=1&${BOTH}#part`],
    ['a question mark in the fragment', 'https://a.example/#/x?y=1', `https://a.example/?${BOTH}#/x?y=1`],
    ['a token in the fragment', 'https://a.example/#connect_token=x', `https://a.example/?${BOTH}#connect_token=x`],
    ['a second number sign', 'https://a.example/?a=1#b#c', `https://a.example/?a=1&${BOTH}#b#c`],
    ['a question mark in the query', 'https://a.example/?a=1?b=2', `https://a.example/?a=1?b=2&${BOTH}`],
    ["an app's scheme", 'myapp://oauth-callback', `myapp://oauth-callback?${BOTH}`],
    ["an app's scheme and nothing else", 'myapp:', `myapp:?${BOTH}`],
    ['percent-encodings as they were written', '/?a=%7e%2F%2f+%20', `/?a=%7e%2F%2f+%20&${BOTH}`],
    ['characters that need not be encoded', "/?a=(1)!*'~:/@,;[]", `/?a=(1)!*'~:/@,;[]&${BOTH}`],
    ['names without values', '/?flag&other=', `/?flag&other=&${BOTH}`],
    ['repeated names', '/?a=2&a=1&a=2', `/?a=2&a=1&a=2&${BOTH}`],
    ['empty pairs', '/?&a=1&&b=2', `/?&a=1&&b=2&${BOTH}`],
    ['an ampersand at the end', '/?a=1&', `/?a=1&${BOTH}`],
    ['an address in the query', '/?to=https://x.example/?y=1', `/?to=https://x.example/?y=1&${BOTH}`],
    ['broken percent-encodings', '/?a=%&b=%zz&c=%E0%A4%A', `/?a=%&b=%zz&c=%E0%A4%A&${BOTH}`],
    ['a capital in the path and host', 'HTTPS://App.Example/Back', `HTTPS://App.Example/Back?${BOTH}`],
  ])('%s', (_, address, expected) => {
    expect(writeReturnAddress(address, pairs)).toBe(expected);
  });
});

describe('pairs that carry the token already are dropped', () => {
  test.each([
    ['one', '/?connect_token=old', `/?${BOTH}`],
    ['the alias', '/?fp_cot=old', `/?${BOTH}`],
    ['between others', '/?a=1&connect_token=old&b=2', `/?a=1&b=2&${BOTH}`],
    ['both, and repeated', '/?fp_cot=1&a=1&connect_token=2&fp_cot=3', `/?a=1&${BOTH}`],
    ['with an encoded name', '/?%63onnect_token=old&a=1', `/?a=1&${BOTH}`],
    ['with an encoded underscore', '/?connect%5Ftoken=old&fp%5fcot=old', `/?${BOTH}`],
    ['without a value', '/?connect_token&a=1', `/?a=1&${BOTH}`],
    ['with an equals sign in the value', '/?connect_token=a=b', `/?${BOTH}`],
  ])('%s', (_, address, expected) => {
    expect(writeReturnAddress(address, pairs)).toBe(expected);
  });

  test.each([
    ['another case', '/?Connect_Token=x', `/?Connect_Token=x&${BOTH}`],
    ['a longer name', '/?connect_token2=x&my_fp_cot=y', `/?connect_token2=x&my_fp_cot=y&${BOTH}`],
    ['a name with brackets', '/?connect_token[]=x', `/?connect_token[]=x&${BOTH}`],
    ['a name that begins with a question mark', '/??connect_token=x', `/??connect_token=x&${BOTH}`],
    ['a name with a space', '/?+connect_token=x', `/?+connect_token=x&${BOTH}`],
    ['the token as a value', '/?a=connect_token', `/?a=connect_token&${BOTH}`],
  ])('but not %s', (_, address, expected) => {
    expect(writeReturnAddress(address, pairs)).toBe(expected);
  });
});

describe('without a token, for a browser that never had the link', () => {
  test.each([
    ['an address without a query stays as it is', 'https://app.example/back', 'https://app.example/back'],
    ['a query stays as it is', '/?a=1&&b=%2f#part', '/?a=1&&b=%2f#part'],
    ['pairs that carry another token are dropped all the same', '/?connect_token=old&a=1', '/?a=1'],
    ['nothing is left of a query that held only those', '/?connect_token=old&fp_cot=old#part', '/#part'],
  ])('%s', (_, address, expected) => {
    expect(writeReturnAddress(address, { ...pairs, connectToken: null })).toBe(expected);
  });
});

describe('what is added, and in which order', () => {
  test('first what stood there, then the extras, then the token as its parameters are listed, then the failure', () => {
    const address = writeReturnAddress('/?a=1#part', {
      tokenParams: ['fp_cot', 'connect_token', 'ref'],
      connectToken: TOKEN,
      extras: [
        ['z', '1'],
        ['y', '2'],
      ],
      failure: ['outcome', 'consent_denied'],
    });
    expect(address).toBe(
      `/?a=1&z=1&y=2&fp_cot=${TOKEN}&connect_token=${TOKEN}&ref=${TOKEN}&outcome=consent_denied#part`,
    );
  });

  test.each([
    ['a space', 'a b', 'a%20b'],
    ['an ampersand', 'a&b=c', 'a%26b%3Dc'],
    ['a number sign', 'a#b', 'a%23b'],
    ['a plus sign', 'a+b', 'a%2Bb'],
    ['a percent sign', '100%', '100%25'],
    ['a line break', 'a\r\nb', 'a%0D%0Ab'],
    ['letters outside ASCII', 'grüß', 'gr%C3%BC%C3%9F'],
    ['a quotation mark and angle brackets', '"><', '%22%3E%3C'],
  ])('an extra with %s is encoded, in name and value', (_, text, encoded) => {
    const extras: [string, string][] = [[text, text]];
    expect(writeReturnAddress('/', { ...pairs, extras })).toBe(`/?${encoded}=${encoded}&${BOTH}`);
  });

  test('whatever the extras, whoever reads the address finds one token and each extra as it came', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((one) => !/[\ud800-\udfff]/u.test(one));
    const extra = fc.tuple(text, text).filter(([name]) => !pairs.tokenParams.includes(name));
    fc.assert(
      fc.property(fc.array(extra, { maxLength: 5 }), (extras) => {
        const { searchParams } = new URL(writeReturnAddress('https://app.example/back?a=1', { ...pairs, extras }));
        expect([...searchParams]).toEqual([['a', '1'], ...extras, ['connect_token', TOKEN], ['fp_cot', TOKEN]]);
      }),
    );
  });
});
