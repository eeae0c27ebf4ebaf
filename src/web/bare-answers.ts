import { STATUS_CODES, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { namesHost, readTarget } from './request-line.ts';
import { protection } from './security-headers.ts';

/** Everything else that cannot be read is a 400. */
const STATUS: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Whoever is refused may read why before the connection goes; who never hangs up does not keep it. */
const LINGER_MS = 1000;

/** Requests sent on one connection without waiting for the answers. Hardly anybody does that, but for mischief. */
const MOST_AT_ONCE = 16;

const TEXT = 'This request could not be read. Nothing was shared. Please go back to the app and start again.\n';

/**
 * Hands requests to the application, and answers those that Node refuses before any middleware runs, with the
 * protection every other answer has.
 */
export function answerBare(server: Server, app: RequestListener, publicUrl: URL): void {
  const protecting = protection(publicUrl);
  const headers = (): Record<string, string> => ({
    ...protecting,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(TEXT)),
    connection: 'close',
    date: new Date().toUTCString(),
  });
  const refuse = (res: ServerResponse, status: number): void => {
    res.writeHead(status, headers()).end(TEXT);
  };

  const underWay = new WeakMap<Duplex, Set<ServerResponse>>();
  server.on('request', (req, res) => {
    const { socket } = req;
    const answers = underWay.get(socket) ?? new Set();
    underWay.set(socket, answers.add(res));
    res.once('close', () => answers.delete(res));
    if (answers.size > MOST_AT_ONCE) socket.destroy();
    else if (namesHost(req) && readTarget(req)) app(req, res);
    else refuse(res, 400);
  });
  server.on('checkExpectation', (_req, res) => refuse(res, 417));

  /** Our bytes must not come between an answer's, nor be taken for the answer to an earlier request. */
  const isAnswering = (socket: Duplex): boolean =>
    [...(underWay.get(socket) ?? [])].some((res) => !res.writableFinished && (res.headersSent || res.req.complete));
  const refused = new WeakSet<Duplex>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (refused.has(socket)) return;
    if (!socket.writable || error.code === 'ECONNRESET' || isAnswering(socket)) {
      socket.destroy();
      return;
    }
    refused.add(socket);
    const status = STATUS[error.code ?? ''] ?? 400;
    const lines = Object.entries(headers()).map(([name, value]) => `${name}: ${value}`);
    socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', TEXT].join('\r\n'));
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}
