import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { NOON } from '../support/clock.ts';
import { answer, redirect, reset, silence, startPeer, type HttpPeer, type Step } from '../support/http-peer.ts';
import { BASIC, byPath, flatpeakAt, TOKEN } from './support.ts';

/** Telling Flatpeak, one attempt at a time, over real HTTP; whatever it may answer is in hostile.test.ts. */

let peer: HttpPeer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());

const PATH = `/connect/session/${TOKEN}`;
const MESSAGE = { path: PATH, body: '{"connect_token":"é","action":"ERROR"}', idempotencyKey: 'decision-1' };

describe('the address', () => {
  test.each([
    ['the session profile’s own', {}, PATH],
    ['the account-info profile’s own', { profile: 'account-info' }, `/connect/account-info/${TOKEN}`],
    ['a configured one', { submitPath: '/v2/{connect_token}/result' }, `/v2/${TOKEN}/result`],
    ['a configured one without the token', { submitPath: '/submissions' }, '/submissions'],
  ] as const)('%s', (_, settings, path) => {
    expect(flatpeakAt(peer, settings).submitPath(TOKEN)).toBe(path);
  });
});

test.each(['POST', 'PUT', 'PATCH'] as const)(
  'the message goes out by %s, byte for byte, with its key',
  async (method) => {
    const result = await flatpeakAt(peer, { submitMethod: method }).submit(MESSAGE);
    expect(result).toEqual({ verdict: 'accepted', code: 'http_200' });
    expect(peer.received).toEqual([expect.objectContaining({ method, url: PATH, body: MESSAGE.body })]);
    expect(peer.received[0]?.headers).toMatchObject({
      authorization: BASIC,
      'content-type': 'application/json',
      'idempotency-key': 'decision-1',
    });
  },
);

describe('the answer, told for the record', () => {
  test.each<[string, Step, object]>([
    ['204', answer(204, ''), { verdict: 'accepted', code: 'http_204' }],
    ['422', answer(422), { verdict: 'refused', code: 'http_422' }],
    ['409', answer(409), { verdict: 'conflict', code: 'http_409' }],
    ['401, twice', answer(401), { verdict: 'parked', code: 'http_401' }],
    ['307', redirect(307, 'https://elsewhere.example'), { verdict: 'parked', code: 'http_307' }],
    ['500', answer(500), { verdict: 'again', code: 'http_500', answered: true, retryAfterMs: null }],
    [
      '429 with Retry-After',
      answer(429, {}, { 'retry-after': '30' }),
      { verdict: 'again', code: 'http_429', answered: true, retryAfterMs: 30_000 },
    ],
    [
      '503 with a date in Retry-After',
      answer(503, {}, { 'retry-after': new Date(NOON + 60_000).toUTCString() }),
      { verdict: 'again', code: 'http_503', answered: true, retryAfterMs: 60_000 },
    ],
    [
      '504, which leaves open whether it has arrived',
      answer(504, {}, { 'retry-after': '30' }),
      { verdict: 'again', code: 'http_504', answered: false, retryAfterMs: 30_000 },
    ],
    ['none', silence, { verdict: 'again', code: 'outbound_timeout', answered: false, retryAfterMs: null }],
    ['a reset', reset, { verdict: 'again', code: 'outbound_network', answered: false, retryAfterMs: null }],
  ])('%s', async (_, step, result) => {
    peer.script(step);
    expect(await flatpeakAt(peer, { timeoutMs: step === silence ? 100 : 5000 }).submit(MESSAGE)).toEqual(result);
  });
});

test.each([401, 403])('a %i is met once with a new credential, the same key and the same body', async (status) => {
  peer.script(answer(status), answer(200));
  expect(await flatpeakAt(peer).submit(MESSAGE)).toMatchObject({ verdict: 'accepted' });
  expect(peer.received.map(({ body, headers }) => [body, headers['idempotency-key']])).toEqual([
    [MESSAGE.body, 'decision-1'],
    [MESSAGE.body, 'decision-1'],
  ]);
});

describe('with bearer credentials, when the login', () => {
  test.each<[string, Step, object]>([
    ['is refused, an operator has to mend it', answer(403), { verdict: 'parked', code: 'flatpeak_refused_us' }],
    [
      'answers with a fault, nothing of the message was sent',
      answer(500),
      { verdict: 'again', code: 'flatpeak_login_failed', answered: true, retryAfterMs: null },
    ],
    [
      'is not answered, nothing of the message was sent either',
      reset,
      { verdict: 'again', code: 'flatpeak_login_failed', answered: true, retryAfterMs: null },
    ],
  ])('%s', async (_, login, result) => {
    peer.script(byPath(login, answer(200)));
    expect(await flatpeakAt(peer, { auth: 'bearer' }).submit(MESSAGE)).toEqual(result);
    expect(peer.received.filter(({ url }) => url === PATH)).toEqual([]);
  });
});
