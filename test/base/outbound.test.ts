import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, type Dispatcher } from 'undici';
import { outbound, type OutboundRequest } from '../../src/base/outbound.ts';
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

const drip: Step = (_request, response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write('x'), 5);
  response.on('close', () => clearInterval(timer));
};

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

test('a byte order mark in front of an answer is no part of it', async () => {
  peer.script(answer(200, '\ufeff{}'));
  expect((await outbound({ url: peer.origin, timeoutMs: PATIENT })).body).toBe('{}');
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
    ['it answers byte by byte, for ever', drip, 'outbound_timeout', HURRIED],
    ['it drops the connection', reset, 'outbound_network', PATIENT],
    ['it ends its answer too early', cutOff, 'outbound_network', PATIENT],
    ['it does not speak HTTP', gibberish, 'outbound_network', PATIENT],
    ['it answers with more than a million bytes', huge(1_000_001), 'outbound_too_large', PATIENT],
  ])('%s', async (_, step, code, timeoutMs) => {
    peer.script(step);
    await expect(outbound({ url: peer.origin, timeoutMs })).rejects.toMatchObject({ code });
  });

  test('it answers with more bytes than are wanted', async () => {
    peer.script(huge(11));
    const request = { url: peer.origin, timeoutMs: PATIENT, maxBytes: 10 };
    await expect(outbound(request)).rejects.toMatchObject({ code: 'outbound_too_large', facts: { max_bytes: 10 } });
  });

  test('it answers with few bytes that unpack to many', async () => {
    const headers = { 'content-encoding': 'gzip' };
    peer.script((_request, response) => void response.writeHead(200, headers).end(gzipSync(Buffer.alloc(50_000_000))));
    await expect(outbound({ url: peer.origin, timeoutMs: PATIENT })).rejects.toMatchObject({
      code: 'outbound_too_large',
    });
  });

  test('it answers with exactly as many bytes as are wanted', async () => {
    peer.script(huge(10));
    expect((await outbound({ url: peer.origin, timeoutMs: PATIENT, maxBytes: 10 })).body).toHaveLength(10);
  });
});

describe('where the status says it all, a body that fails comes back empty', () => {
  test.each<[string, Step, number]>([
    ['it is never ended', stall, HURRIED],
    ['it ends too early', cutOff, PATIENT],
    ['it is too large', huge(1_000_001), PATIENT],
  ])('%s', async (_, step, timeoutMs) => {
    peer.script(step);
    const request = { url: peer.origin, timeoutMs, statusOnly: true };
    expect(await outbound(request)).toMatchObject({ status: 200, body: '' });
  });

  test('but no status is a failure all the same', async () => {
    peer.script(reset);
    await expect(outbound({ url: peer.origin, timeoutMs: PATIENT, statusOnly: true })).rejects.toMatchObject({
      code: 'outbound_network',
    });
  });
});

describe('a failure of the network names the system’s own code', () => {
  const failing = (request: Partial<OutboundRequest>) =>
    outbound({ url: peer.origin, timeoutMs: PATIENT, ...request }).catch((error: unknown) => error);

  test('nobody listens', async () => {
    const gone = await startPeer();
    await gone.close();
    expect(await failing({ url: gone.origin })).toMatchObject({
      code: 'outbound_network',
      facts: { detail: 'ECONNREFUSED' },
    });
  });

  test('the name is not known', async () => {
    const nowhere = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    const dispatcher = new Agent({ connect: { lookup: (_name, _options, done) => done(nowhere, '', 4) } });
    expect(await failing({ url: 'http://flatpeak.example', dispatcher })).toMatchObject({
      code: 'outbound_network',
      facts: { detail: 'ENOTFOUND' },
    });
    await dispatcher.close();
  });

  test('the connection is dropped', async () => {
    peer.script(reset);
    expect(await failing({})).toMatchObject({ code: 'outbound_network', facts: { detail: 'ECONNRESET' } });
  });

  test.each([
    ['a header that cannot be sent', { headers: { authorization: 'Bearer a\r\nx: 1' } }],
    ['an address that is none', { url: 'not an address' }],
  ])('%s', async (_, request) => {
    expect(await failing(request)).toMatchObject({ code: 'outbound_network' });
    expect(peer.received).toEqual([]);
  });
});

describe('TLS', () => {
  const pem = (name: string) => readFileSync(path.resolve(import.meta.dirname, '../fixtures/tls', name));
  const received: unknown[] = [];
  let server: Server;

  const serve = async (options: object): Promise<string> => {
    const material = { key: pem('server-key.pem'), cert: pem('server.pem') };
    server = createServer({ ...material, ...options }, (request, response) => {
      received.push(request.headers);
      response.end('{}');
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const ask = (url: string, dispatcher?: Dispatcher) =>
    outbound({ url, headers: { authorization: 'Basic x' }, timeoutMs: PATIENT, ...(dispatcher ? { dispatcher } : {}) });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    received.length = 0;
  });

  test('a certificate that nobody we trust has signed is refused, and nothing is sent', async () => {
    await expect(ask(await serve({}))).rejects.toMatchObject({
      code: 'outbound_network',
      facts: { detail: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    });
    expect(received).toEqual([]);
  });

  test('one that is trusted is taken', async () => {
    const dispatcher = new Agent({ connect: { ca: pem('ca.pem') } });
    expect((await ask(await serve({}), dispatcher)).status).toBe(200);
    await dispatcher.close();
  });

  test('one for another name is refused', async () => {
    const lookup: LookupFunction = (_name, options, done) =>
      options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
    const dispatcher = new Agent({ connect: { ca: pem('ca.pem'), lookup } });
    const url = (await serve({})).replace('127.0.0.1', 'api.flatpeak.example');
    await expect(ask(url, dispatcher)).rejects.toMatchObject({
      code: 'outbound_network',
      facts: { detail: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    expect(received).toEqual([]);
    await dispatcher.close();
  });

  test('a protocol of the past is refused', async () => {
    const past = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    const dispatcher = new Agent({ connect: { ca: pem('ca.pem') } });
    await expect(ask(await serve(past), dispatcher)).rejects.toMatchObject({ code: 'outbound_network' });
    expect(received).toEqual([]);
    await dispatcher.close();
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
