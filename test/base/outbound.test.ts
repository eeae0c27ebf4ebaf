import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { outbound } from '../../src/base/outbound.ts';
import { createWatch } from '../../src/base/watch.ts';
import {
  answer,
  cutOff,
  gibberish,
  held,
  huge,
  redirect,
  reset,
  silence,
  stall,
  startPeer,
  type HttpPeer,
  type Step,
} from '../support/http-peer.ts';

let peer: HttpPeer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());

/** Long enough for any answer, short enough for what never answers. */
const PATIENT = 5000;
const HURRIED = 150;

test('a request goes out as it was put, and its answer comes back', async () => {
  peer.script(answer(201, { made: true }, { 'x-kind': 'test' }));
  const headers = { 'content-type': 'application/json', 'x-mine': '1' };
  const url = `${peer.origin}/a/b?c=%2F`;
  const got = await outbound({ url, method: 'PUT', headers, body: '{"a":1}', timeoutMs: PATIENT });
  expect({ status: got.status, body: got.body, kind: got.headers.get('x-kind') }).toEqual({
    status: 201,
    body: '{"made":true}',
    kind: 'test',
  });
  expect(peer.received).toEqual([
    expect.objectContaining({
      method: 'PUT',
      url: '/a/b?c=%2F',
      body: '{"a":1}',
      headers: expect.objectContaining(headers),
    }),
  ]);
});

test('an answer without a body has an empty one', async () => {
  peer.script((_request, response) => void response.writeHead(204).end());
  expect(await outbound({ url: peer.origin, timeoutMs: PATIENT })).toMatchObject({ status: 204, body: '' });
});

test.each([301, 302, 303, 307, 308])('a redirect (%i) is an answer: nothing is carried elsewhere', async (status) => {
  const elsewhere = await startPeer();
  peer.script(redirect(status, `${elsewhere.origin}/stolen`));
  const headers = { authorization: 'Basic secret' };
  const got = await outbound({ url: peer.origin, method: 'POST', headers, body: 'x', timeoutMs: PATIENT });
  await elsewhere.close();
  expect({ status: got.status, received: elsewhere.received }).toEqual({ status, received: [] });
});

describe('what a failing system does becomes a failure', () => {
  test.each<[string, Step, string, number]>([
    ['it never answers', silence, 'outbound_timeout', HURRIED],
    ['it begins an answer and never ends it', stall, 'outbound_timeout', HURRIED],
    ['it drops the connection', reset, 'outbound_network', PATIENT],
    ['it ends its answer too early', cutOff, 'outbound_network', PATIENT],
    ['it does not speak HTTP', gibberish, 'outbound_network', PATIENT],
    ['it answers with more than a million bytes', huge(1_000_001), 'outbound_too_large', PATIENT],
  ])('%s', async (_, step, code, timeoutMs) => {
    peer.script(step);
    await expect(outbound({ url: peer.origin, timeoutMs })).rejects.toMatchObject({ code });
  });

  test('nobody listens', async () => {
    await peer.close();
    await expect(outbound({ url: peer.origin, timeoutMs: PATIENT })).rejects.toMatchObject({
      code: 'outbound_network',
    });
    peer = await startPeer();
  });

  test('it answers with more bytes than are wanted', async () => {
    peer.script(huge(11));
    const request = { url: peer.origin, timeoutMs: PATIENT, maxBytes: 10 };
    await expect(outbound(request)).rejects.toMatchObject({ code: 'outbound_too_large', facts: { max_bytes: 10 } });
  });

  test('it answers with exactly as many bytes as are wanted', async () => {
    peer.script(huge(10));
    expect((await outbound({ url: peer.origin, timeoutMs: PATIENT, maxBytes: 10 })).body).toHaveLength(10);
  });
});

test('whoever waits can give up', async () => {
  const waiting = held(answer(200));
  peer.script(waiting.step);
  const giveUp = new AbortController();
  const request = outbound({ url: peer.origin, timeoutMs: PATIENT, signal: giveUp.signal });
  const ended = expect(request).rejects.toMatchObject({ code: 'outbound_network' });
  await waiting.arrived;
  giveUp.abort();
  await ended;
  waiting.release();
});

test('a failure’s facts hold nothing of the request', async () => {
  peer.script(reset);
  const request = { url: `${peer.origin}/cot_canary`, headers: { authorization: 'Bearer canary' }, timeoutMs: PATIENT };
  const failure = await outbound(request).catch((error: unknown) => error as { facts: object; message: string });
  expect(JSON.stringify({ ...failure, cause: undefined })).not.toContain('canary');
});

describe('a watch remembers which systems failed when last asked', () => {
  test('a failure, then an answer, then a server error', async () => {
    const watch = createWatch();
    const flatpeak = watch.over('flatpeak', outbound);
    const idp = watch.over('identity_provider', outbound);
    const ask = (send: typeof outbound) => send({ url: peer.origin, timeoutMs: PATIENT }).catch(() => null);
    expect(watch.failing()).toEqual([]);
    peer.script(reset);
    await ask(idp);
    await ask(flatpeak);
    expect(watch.failing()).toEqual(['flatpeak', 'identity_provider']);
    peer.script(answer(404));
    await ask(flatpeak);
    expect(watch.failing()).toEqual(['identity_provider']);
    peer.script(answer(503));
    await ask(flatpeak);
    expect(watch.failing()).toEqual(['flatpeak', 'identity_provider']);
  });
});
