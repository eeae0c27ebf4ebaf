import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Answers to what Node refuses before any middleware runs (over-long headers, broken requests, slow senders), with
 * the protection every other answer has.
 */
const STATUS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

const HEADERS = [
  'Connection: close',
  'Cache-Control: no-store',
  "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options: nosniff',
  'X-Frame-Options: DENY',
  'Referrer-Policy: same-origin',
  'Cross-Origin-Resource-Policy: same-origin',
  'Content-Type: text/plain; charset=utf-8',
];

export function guardServer(server: Server, publicUrl: URL): void {
  const hsts =
    publicUrl.protocol === 'https:' ? ['Strict-Transport-Security: max-age=63072000; includeSubDomains'] : [];
  server.headersTimeout = 15_000;
  server.requestTimeout = 15_000;
  server.keepAliveTimeout = 65_000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    const status = STATUS[error.code ?? ''] ?? '400 Bad Request';
    const body = 'This request could not be read. Nothing was shared. Please go back to the app and start again.\n';
    const head = [`HTTP/1.1 ${status}`, ...HEADERS, ...hsts, `Content-Length: ${Buffer.byteLength(body)}`];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}
