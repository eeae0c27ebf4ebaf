import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog } from '../../src/base/log.ts';
import { createHttpServer, PATIENCE } from '../../src/web/http-server.ts';
import { openWire } from './wire.ts';

/** Nobody can keep a connection busy for long, whichever way they dawdle. The clocks run fifty times as fast here. */

const PUBLIC = new URL('https://connect.provider.example');
const FAST = { request: 300, answer: 600, idle: 400, look: 20 };
/** Clocks are looked at now and then, and this machine does other things too. */
const LATE = 400;

let lines: string[] = [];
const log = createLog(
  'info',
  new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(line.toString());
      done();
    },
  }),
);

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});
const start = async (app: RequestListener, patience = FAST): Promise<number> => {
  server = createHttpServer(app, { publicUrl: PUBLIC, log, patience });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
/** Reads the whole body, as the forms' parser does, then answers. */
const reading: RequestListener = (req, res) =>
  void text(req).then(
    (body) => res.end(`read ${body.length}`),
    () => undefined,
  );

const drip = (say: (bytes: string) => void, bytes: string): NodeJS.Timeout => setInterval(() => say(bytes), 50);

describe('a slow request', () => {
  test.each<[string, string, string]>([
    ['a connection on which nothing is ever said', '', ''],
    ['headers that come drop by drop', 'GET / HTTP/1.1\r\nHost: a\r\n', 'X: y\r\n'],
    ['a body that comes drop by drop', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n', 'x'],
    ['chunks that never end', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
    ['a body that stops', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\nx', ''],
    ['the second request of a connection', 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n', 'X: y\r\n'],
  ])('%s is cut with 408 when its time is over', async (_, first, then) => {
    const wire = openWire(await start(reading), first);
    const dripping = drip(wire.say, then);
    const lasted = await wire.closed;
    clearInterval(dripping);
    wire.socket.destroy();
    expect(wire.heard()).toContain('HTTP/1.1 408 Request Timeout\r\n');
    expect(lasted).toBeGreaterThan(FAST.request * 0.9);
    expect(lasted).toBeLessThan(FAST.request + LATE);
  });

  test('is served when it comes in time', async () => {
    const wire = openWire(
      await start(reading),
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\n',
    );
    for (const letter of 'abc') {
      await new Promise((resolve) => setTimeout(resolve, 50));
      wire.say(letter);
    }
    await wire.closed;
    expect(wire.heard()).toContain('read 3');
  });

  test('ends by itself when its answer was given before its body had come', async () => {
    const wire = openWire(
      await start((_req, res) => void res.end('no')),
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n',
    );
    expect(await wire.closed).toBeLessThan(FAST.request + LATE);
    expect(wire.heard()).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});

describe('an answer', () => {
  /** More than the system takes in for a client that does not read. */
  const LARGE = randomBytes(16_000_000);

  test('that nobody reads is given up', async () => {
    const given = Promise.withResolvers<boolean>();
    const port = await start((_req, res) => {
      res.once('close', () => given.resolve(res.writableFinished));
      res.end(LARGE);
    });
    const wire = openWire(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    wire.socket.pause();
    const begun = performance.now();
    expect(await given.promise).toBe(false);
    expect(performance.now() - begun).toBeLessThan(FAST.answer + LATE);
    wire.socket.destroy();
  });

  test('that is read drop by drop is given up', async () => {
    const given = Promise.withResolvers<boolean>();
    const port = await start((_req, res) => {
      res.once('close', () => given.resolve(res.writableFinished));
      res.end(LARGE);
    });
    const wire = openWire(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    wire.socket.pause();
    const dripping = setInterval(() => wire.socket.read(1000), 20);
    expect(await given.promise).toBe(false);
    clearInterval(dripping);
    wire.socket.destroy();
  });

  test('may be long in the making: the clock starts with its first byte', async () => {
    const port = await start((_req, res) => void setTimeout(() => res.end('at last'), FAST.answer * 1.5));
    const wire = openWire(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await wire.closed;
    expect(wire.heard()).toContain('at last');
  });

  test('is followed by a pause of limited length', async () => {
    const port = await start((_req, res) => void res.end('served'), { ...FAST, request: 60_000 });
    const wire = openWire(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const lasted = await wire.closed;
    // Node adds a second, so that a client which keeps to what it is told never meets a closed door.
    expect(lasted).toBeGreaterThan(FAST.idle);
    expect(lasted).toBeLessThan(FAST.idle + 1000 + LATE);
    expect(wire.heard()).toContain('served');
  });
});

test.each([
  ['a few requests sent at once are answered in turn', 16, 16],
  ['more than anybody needs end the connection, and the rest of them is not even looked at', 1000, 16],
])('%s', async (_, sent, seen) => {
  let asked = 0;
  const port = await start((_req, res) => {
    asked += 1;
    setTimeout(() => res.end('served'), 50);
  });
  const wire = openWire(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(sent));
  await wire.closed;
  expect(asked).toBe(seen);
  expect(wire.heard().match(/served/g)?.length ?? 0).toBe(sent === seen ? sent : 0);
});

test('the clocks of the public listener', async () => {
  await start(reading, PATIENCE);
  expect(server).toMatchObject({
    headersTimeout: 15_000,
    requestTimeout: 15_000,
    keepAliveTimeout: 65_000,
    maxConnections: 10_000,
    maxHeadersCount: 100,
  });
  expect(PATIENCE).toMatchObject({ answer: 30_000, look: 1000 });
});

test('connections beyond the cap are closed, which the log says once, and those that are there stay', async () => {
  const port = await start((_req, res) => void res.end('served'));
  server.maxConnections = 2;
  const first = openWire(port);
  const second = openWire(port);
  await Promise.all([first, second].map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
  lines = [];
  for (let more = 0; more < 3; more += 1) {
    const turnedAway = openWire(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await turnedAway.closed;
    expect(turnedAway.heard()).toBe('');
  }
  expect(lines).toEqual([expect.stringContaining('"event":"connections_full"')]);
  second.say('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await second.closed;
  expect(second.heard()).toContain('served');
});
