import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FlatpeakSettings } from '../../src/flatpeak/client.ts';
import { answer, reset, silence, startPeer, type HttpPeer, type Step } from '../support/http-peer.ts';
import { BASIC, CONTEXT, flatpeakAt, TOKEN } from './support.ts';

/** "Who is asking?", over real HTTP; what an answer that is no context means is in hostile.test.ts. */

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

test('a silence is waited for once, and told by its cause', async () => {
  peer.script(silence);
  await expect(flatpeakAt(peer, { timeoutMs: 100 }).sessionContext(TOKEN)).rejects.toMatchObject({
    code: 'flatpeak_unavailable',
    facts: { cause: 'outbound_timeout', timeout_ms: 100 },
  });
  expect(peer.received).toHaveLength(1);
});

test.each<[string, Partial<FlatpeakSettings>, Step[], object]>([
  ['a broken connection', {}, [reset], { cause: 'outbound_network', detail: 'ECONNRESET' }],
  ['a status', {}, [answer(503)], { status: 503 }],
  ['the status of a login', { auth: 'bearer' }, [answer(500)], { cause: 'flatpeak_login_failed', status: 500 }],
  [
    'the broken connection of a login',
    { auth: 'bearer' },
    [reset],
    { cause: 'flatpeak_login_failed', detail: 'ECONNRESET' },
  ],
])('the log will say what it was: %s', async (_, settings, steps, facts) => {
  peer.script(...steps);
  await expect(flatpeakAt(peer, settings).sessionContext(TOKEN)).rejects.toMatchObject({
    code: 'flatpeak_unavailable',
    facts,
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
