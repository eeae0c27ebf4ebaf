import { afterEach, describe, expect, test } from '@jest/globals';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog } from '../../src/base/log.ts';
import { createHttpServer, PATIENCE } from '../../src/web/http-server.ts';
import { protection } from '../../src/web/security-headers.ts';
import { headOf, openWire, saidAndHeard } from './wire.ts';

/** What Node refuses before the application sees it is refused with the application's protection. */

const HTTPS = new URL('https://connect.provider.example');
const LOCAL = new URL('http://localhost:8080');
const H = 'Host: a\r\n';
const log = createLog('silent');

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});
const start = async (
  publicUrl = HTTPS,
  app: RequestListener = (_req, res) => void res.end('served'),
): Promise<number> => {
  server = createHttpServer(app, { publicUrl, log, patience: { ...PATIENCE, request: 150, look: 20 } });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

describe.each<[string, string, number]>([
  ['an address beyond all bounds', `GET /${'x'.repeat(16_400)} HTTP/1.1\r\n${H}\r\n`, 431],
  ['a header beyond all bounds', `GET / HTTP/1.1\r\n${H}X: ${'x'.repeat(16_400)}\r\n\r\n`, 431],
  ['more than a hundred headers', `GET / HTTP/1.1\r\n${H}${'a: b\r\n'.repeat(100)}\r\n`, 431],
  ['what is not HTTP', 'hello\r\n\r\n', 400],
  ['a version of HTTP that is not spoken here', `GET / HTTP/3.0\r\n${H}\r\n`, 400],
  ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two lengths', `POST / HTTP/1.1\r\n${H}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
  ['a length and chunks', `POST / HTTP/1.1\r\n${H}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
  ['headers that never end', `GET / HTTP/1.1\r\n${H}`, 408],
  ['a connection on which nothing is said', '', 408],
  ['an expectation nobody can meet', `GET / HTTP/1.1\r\n${H}Expect: miracles\r\n\r\n`, 417],
])('%s', (_, bytes, status) => {
  test(`is answered with ${status}, in a few words, and the connection closed`, async () => {
    const answer = await saidAndHeard(await start(), bytes);
    expect(headOf(answer)).toMatchObject({ status, headers: { connection: 'close', date: expect.any(String) } });
    expect(answer).toContain('Nothing was shared.');
  });

  test('carries every header that pages carry', async () => {
    expect(headOf(await saidAndHeard(await start(), bytes)).headers).toMatchObject(protection(HTTPS));
  });
});

test('where there is no https, none is promised', async () => {
  const { headers } = headOf(await saidAndHeard(await start(LOCAL), 'hello\r\n\r\n'));
  expect(headers).not.toHaveProperty('strict-transport-security');
});

test('CONNECT is no business of ours: the connection is closed without a byte', async () => {
  expect(await saidAndHeard(await start(), `CONNECT a:1 HTTP/1.1\r\n${H}\r\n`)).toBe('');
});

test('whoever would like another protocol is served in this one', async () => {
  const wire = openWire(
    await start(),
    `GET / HTTP/1.1\r\n${H}Connection: upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
  );
  await wire.closed;
  expect(wire.heard()).toMatch(/^HTTP\/1\.1 200 OK[^]*served/);
});

describe('an answer under way', () => {
  const BROKEN = 'hello\r\n\r\n';

  test('is not mixed with another: what follows it and cannot be read ends the connection', async () => {
    const begun = Promise.withResolvers<undefined>();
    const port = await start(HTTPS, (_req, res) => {
      res.writeHead(200).write('begun');
      begun.resolve(undefined);
    });
    const wire = openWire(port, `GET / HTTP/1.1\r\n${H}\r\n`);
    await begun.promise;
    wire.say(BROKEN);
    await wire.closed;
    expect(wire.heard()).not.toContain('400');
  });

  test('is not anticipated: a refusal would be taken for it', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const port = await start(HTTPS, () => arrived.resolve(undefined));
    const wire = openWire(port, `GET / HTTP/1.1\r\n${H}\r\n`);
    await arrived.promise;
    wire.say(BROKEN);
    await wire.closed;
    expect(wire.heard()).toBe('');
  });
});

test('whoever was refused and does not hang up does not keep the connection', async () => {
  const wire = openWire(await start(), 'hello\r\n\r\n');
  await wire.closed;
  const left = () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
  const gone = new Promise<void>((resolve) => wire.socket.once('close', () => resolve()));
  // The client's own half stays open: only a write, or the server, can end it.
  while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  wire.socket.destroy();
  await gone;
});
