import { describe, expect, test } from '@jest/globals';
import { equalSecrets, hashToken, randomId, randomReference, randomToken } from '../../src/base/random.ts';

describe('what is drawn', () => {
  test.each([
    ['a token: 256 bits in URL-safe characters', randomToken, /^[A-Za-z0-9_-]{43}$/],
    ['an identifier: 128 bits in URL-safe characters', randomId, /^[A-Za-z0-9_-]{22}$/],
    ['a reference: letters and digits nobody confuses', randomReference, /^[A-HJ-NP-Z2-9]{8}$/],
  ])('%s', (_, draw, shape) => {
    const drawn = Array.from({ length: 500 }, draw);
    expect(drawn.filter((one) => !shape.test(one))).toEqual([]);
    expect(new Set(drawn).size).toBe(drawn.length);
  });
});

test('a token’s hash is always the same, and neither the token nor that of another', () => {
  expect(hashToken('a')).toBe(hashToken('a'));
  expect(hashToken('a')).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(hashToken('a')).not.toBe(hashToken('b'));
});

test.each([
  ['equal', 'secret', 'secret', true],
  ['both empty', '', '', true],
  ['different', 'secret', 'secreT', false],
  ['of different length', 'secret', 'secrets', false],
  ['one empty', '', 'secret', false],
])('two secrets, %s', (_, left, right, same) => {
  expect(equalSecrets(left, right)).toBe(same);
});
