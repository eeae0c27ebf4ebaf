import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  answer,
  cutOff,
  gibberish,
  huge,
  redirect,
  reset,
  silence,
  startPeer,
  type HttpPeer,
  type Step,
} from '../support/http-peer.ts';
import { BASIC, CONTEXT, flatpeakAt, TOKEN } from './support.ts';

/** "Who is asking?", over real HTTP. */

let peer: HttpPeer;
beforeEach(async () => {
  peer = await startPeer(answer(200, CONTEXT));
});
afterEach(() => peer.close());

test.each([
  ['session', `/connect/session/${TOKEN}`, CONTEXT.connect_web_uri],
  ['account-info', `/connect/account-info/${TOKEN}`, CONTEXT.redirect_uri],
] as const)('the profile %s asks GET %s', async (profile, url, returnUri) => {
  const context = await flatpeakAt(peer, { profile }).sessionContext(TOKEN);
  expect(context).toMatchObject({ account: { name: 'Heat Maker' }, returnUri });
  expect(peer.received).toEqual([expect.objectContaining({ method: 'GET', url, body: '' })]);
  expect(peer.received[0]?.headers).toMatchObject({ authorization: BASIC, accept: 'application/json' });
});

test('a token cannot leave its place in the path', async () => {
  await flatpeakAt(peer).sessionContext('../../account?x=#y');
  expect(peer.received[0]?.url).toBe('/connect/session/..%2F..%2Faccount%3Fx%3D%23y');
});

describe('every answer that is no context is told apart', () => {
  test.each<[string, Step, string]>([
    ['400', answer(400), 'token_unknown'],
    ['404', answer(404, { message: 'Not Found' }), 'token_unknown'],
    ['422', answer(422), 'token_unknown'],
    ['410', answer(410), 'token_expired'],
    ['404 that says expired', answer(404, { object: 'error', code: 'connect_token_expired' }), 'token_expired'],
    ['409', answer(409), 'token_used'],
    ['401', answer(401), 'flatpeak_refused_us'],
    ['403', answer(403, { message: 'Bad credentials' }), 'flatpeak_refused_us'],
    ['429', answer(429), 'flatpeak_unavailable'],
    ['500', answer(500), 'flatpeak_unavailable'],
    ['503', answer(503), 'flatpeak_unavailable'],
    ['a reset', reset, 'flatpeak_unavailable'],
    ['an answer cut off', cutOff, 'flatpeak_unavailable'],
    ['something that is not HTTP', gibberish, 'flatpeak_unavailable'],
    ['an answer without end', huge(200_001), 'flatpeak_unavailable'],
    ['a redirect', redirect(302, 'https://evil.example'), 'flatpeak_malformed'],
    ['204', answer(204, ''), 'flatpeak_malformed'],
    ['200 and no JSON', answer(200, '<html>'), 'flatpeak_malformed'],
    ['200 and half a JSON', answer(200, '{"account":'), 'flatpeak_malformed'],
    ['200 and another shape', answer(200, { ok: true }), 'flatpeak_malformed'],
    ['201 and the right shape', answer(201, CONTEXT), 'flatpeak_malformed'],
  ])('%s', async (_, step, code) => {
    peer.script(step);
    await expect(flatpeakAt(peer).sessionContext(TOKEN)).rejects.toMatchObject({ code });
  });

  test('silence', async () => {
    peer.script(silence);
    await expect(flatpeakAt(peer, { timeoutMs: 100 }).sessionContext(TOKEN)).rejects.toMatchObject({
      code: 'flatpeak_unavailable',
      facts: { cause: 'outbound_timeout' },
    });
    expect(peer.received).toHaveLength(1);
  });
});

test('a broken connection is tried once more, because somebody waits', async () => {
  peer.script(reset, answer(200, CONTEXT));
  expect((await flatpeakAt(peer).sessionContext(TOKEN)).account.name).toBe('Heat Maker');
  expect(peer.received).toHaveLength(2);
});

test('and only once', async () => {
  peer.script(reset);
  await expect(flatpeakAt(peer).sessionContext(TOKEN)).rejects.toMatchObject({ code: 'flatpeak_unavailable' });
  expect(peer.received).toHaveLength(2);
});

test('a malformed answer is told by the path of its first fault, never by its contents', async () => {
  peer.script(answer(200, { account: 'canary', connect_web_uri: 'x' }));
  const failure = await flatpeakAt(peer)
    .sessionContext(TOKEN)
    .catch((error: unknown) => error as { facts: unknown });
  expect(failure).toMatchObject({ code: 'flatpeak_malformed', facts: { path: 'account' } });
});
