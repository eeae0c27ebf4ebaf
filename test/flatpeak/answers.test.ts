import { describe, expect, test } from '@jest/globals';
import { contextProblem, retryAfterMs, submissionVerdict } from '../../src/flatpeak/answers.ts';
import { NOON } from '../support/clock.ts';

describe('why there is no session context', () => {
  test.each([
    [400, {}, 'token_unknown'],
    [404, { message: 'Not Found' }, 'token_unknown'],
    [404, { code: 'connect_token_expired' }, 'token_expired'],
    [404, { code: 'connect_token_already_used' }, 'token_used'],
    [400, { code: 'session_complete' }, 'token_used'],
    [400, { code: 'token_claimed' }, 'token_used'],
    [422, {}, 'token_unknown'],
    [409, {}, 'token_used'],
    [410, {}, 'token_expired'],
    [401, {}, 'flatpeak_refused_us'],
    [403, { message: 'Bad credentials' }, 'flatpeak_refused_us'],
    [403, { code: 'token_expired' }, 'flatpeak_refused_us'],
    [408, {}, 'flatpeak_unavailable'],
    [425, {}, 'flatpeak_unavailable'],
    [429, {}, 'flatpeak_unavailable'],
    [500, {}, 'flatpeak_unavailable'],
    [503, { code: 'token_expired' }, 'flatpeak_unavailable'],
    [301, {}, 'flatpeak_malformed'],
    [204, {}, 'flatpeak_malformed'],
    [418, {}, 'flatpeak_malformed'],
  ])('%i %j → %s', (status, body, problem) => {
    expect(contextProblem(status, JSON.stringify(body))).toBe(problem);
  });

  test.each(['', 'not json', '[]', 'null', '{"code":7}', '<html>expired</html>'])('404 with the body %j', (body) => {
    expect(contextProblem(404, body)).toBe('token_unknown');
  });
});

describe('what an answer to a submission means', () => {
  const VERDICTS: Record<string, number[]> = {
    accepted: [200, 201, 202, 204, 299],
    refused: [400, 404, 410, 422],
    conflict: [409],
    unauthorized: [401, 403],
    again: [408, 425, 429, 500, 501, 502, 503, 504, 599],
    parked: [300, 301, 302, 304, 307, 308, 402, 405, 406, 411, 413, 415, 418, 423, 428, 431, 451],
  };
  const table = Object.entries(VERDICTS).flatMap(([verdict, all]) => all.map((status) => [status, verdict] as const));

  test.each(table)('%i is %s', (status, verdict) => {
    expect(submissionVerdict(status)).toBe(verdict);
  });
});

test.each([
  ['seconds', '120', 120_000],
  ['no time', '0', 0],
  ['a date', new Date(NOON + 90_000).toUTCString(), 90_000],
  ['a date gone by', new Date(NOON - 90_000).toUTCString(), 0],
  ['a fraction', '1.5', null],
  ['a negative number', '-1', null],
  ['words', 'soon', null],
  ['nothing', null, null],
])('Retry-After in %s', (_, value, expected) => {
  const headers = new Headers(value === null ? {} : { 'retry-after': value });
  expect(retryAfterMs(headers, NOON)).toBe(expected);
});
