import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { outbound } from '../../../src/base/outbound.ts';
import { createHttpSource, type HttpSource } from '../../../src/tariff/sources/http.ts';
import type { DocumentSource } from '../../../src/tariff/sources/source.ts';
import { HEAD, NO_TARIFF, packOf, removePackFolders } from '../support.ts';

const tlsFile = (name: string) => path.resolve(import.meta.dirname, '../../fixtures/tls', name);
const pem = (name: string) => readFileSync(tlsFile(name), 'utf8');
const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listen = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const context = { sub: 'sub-1', claims: {} };
const sources: DocumentSource[] = [];
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
});

function sourceOf(url: string, fields = '', env: Record<string, string> = {}): DocumentSource {
  const pack = packOf(`${HEAD}supplies: { source: http, url: "${url}"${fields} }\n${NO_TARIFF}`, {
    'ca.pem': pem('ca.pem'),
    'client.pem': pem('client.pem'),
    'client-key.pem': pem('client-key.pem'),
  });
  const source = createHttpSource(pack.supplies as HttpSource, {
    send: outbound,
    env,
    clock: systemClock,
    retryAfterMs: 1,
  });
  sources.push(source);
  return source;
}

/** Asks for a certificate of its own authority, and says whose it got. */
const billing = createHttpsServer(
  {
    key: pem('server-key.pem'),
    cert: pem('server.pem'),
    ca: pem('ca.pem'),
    requestCert: true,
    rejectUnauthorized: false,
  },
  (req, res) => {
    const socket = req.socket as unknown as TLSSocket;
    res.end(JSON.stringify({ client: socket.authorized ? socket.getPeerCertificate().subject.CN : 'nobody' }));
  },
);

const proxied: string[] = [];
const proxy = createHttpServer((req, res) => {
  proxied.push(req.url ?? '');
  res.end(JSON.stringify({ by: 'the proxy' }));
});
proxy.on('connect', (req, socket) => {
  proxied.push(`CONNECT ${req.url ?? ''}`);
  const target = connect(portOf(billing), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    target.pipe(socket).pipe(target);
  });
});

beforeAll(async () => {
  await Promise.all([listen(billing), listen(proxy)]);
});
afterAll(() => {
  removePackFolders();
  for (const server of [billing, proxy]) {
    server.closeAllConnections();
    server.close();
  }
});

describe('TLS', () => {
  const url = () => `https://localhost:${portOf(billing)}/s`;

  test('an authority nobody knows is not trusted', async () => {
    await expect(sourceOf(url()).read(context)).rejects.toMatchObject({ code: 'source_unavailable' });
  });

  test('a private authority is trusted when the pack names it', async () => {
    const { document } = await sourceOf(url(), ', tls: { ca_file: ca.pem }').read(context);
    expect(document).toEqual({ client: 'nobody' });
  });

  test('a client certificate is shown when the pack names one', async () => {
    const tls = ', tls: { ca_file: ca.pem, cert_file: client.pem, key_file: client-key.pem }';
    expect((await sourceOf(url(), tls).read(context)).document).toEqual({ client: 'Test client' });
  });

  test('its files may lie outside the pack, where secrets are mounted', async () => {
    const tls = `, tls: { ca_file: "${tlsFile('ca.pem')}" }`;
    expect((await sourceOf(url(), tls).read(context)).document).toEqual({ client: 'nobody' });
  });
});

describe('a proxy', () => {
  const variables = () => `http://127.0.0.1:${portOf(proxy)}`;

  test.each(['HTTP_PROXY', 'http_proxy'])('named by %s is asked for http addresses', async (name) => {
    proxied.length = 0;
    const source = sourceOf('http://billing.internal/s', '', { [name]: variables() });
    expect((await source.read(context)).document).toEqual({ by: 'the proxy' });
    expect(proxied).toEqual(['http://billing.internal/s']);
  });

  test('named by HTTPS_PROXY is tunnelled through, certificates and all', async () => {
    proxied.length = 0;
    const tls = ', tls: { ca_file: ca.pem, cert_file: client.pem, key_file: client-key.pem }';
    const source = sourceOf('https://localhost:8443/s', tls, { HTTPS_PROXY: variables() });
    expect((await source.read(context)).document).toEqual({ client: 'Test client' });
    expect(proxied).toEqual(['CONNECT localhost:8443']);
  });

  test('is passed by for the hosts NO_PROXY names', async () => {
    proxied.length = 0;
    const env = { HTTPS_PROXY: variables(), NO_PROXY: 'localhost' };
    const source = sourceOf(`https://localhost:${portOf(billing)}/s`, ', tls: { ca_file: ca.pem }', env);
    expect((await source.read(context)).document).toEqual({ client: 'nobody' });
    expect(proxied).toEqual([]);
  });
});
