import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { codeOf, Failure } from '../../src/base/failure.ts';

const caught = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

test.each([
  ['a failure of ours', new Failure('journey_changed'), 'journey_changed'],
  ['one of the system', caught(() => readFileSync('/nowhere/at/all')), 'ENOENT'],
  ['one of a library', Object.assign(new Error('x'), { code: 'OAUTH_TIMEOUT' }), 'OAUTH_TIMEOUT'],
  ['one without a code', new TypeError('secret in the message'), 'TypeError'],
  ['one with a number for a code', Object.assign(new Error('x'), { code: 404 }), 'Error'],
  ['one with a sentence for a code', Object.assign(new Error('x'), { code: 'token cot_1 is bad' }), 'Error'],
  ['one with an endless code', Object.assign(new Error('x'), { code: 'x'.repeat(81) }), 'Error'],
  ['a text', 'secret', 'unknown'],
  ['nothing', undefined, 'unknown'],
])('the code of %s', (_, error, code) => {
  expect(codeOf(error)).toBe(code);
});

test('a failure keeps its cause inside, and its facts beside its code', () => {
  const cause = new Error('inner');
  const failure = new Failure('outbound_timeout', { timeout_ms: 5 }, cause);
  expect({ code: failure.code, facts: failure.facts, cause: failure.cause, message: failure.message }).toEqual({
    code: 'outbound_timeout',
    facts: { timeout_ms: 5 },
    cause,
    message: 'outbound_timeout',
  });
});
