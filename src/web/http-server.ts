import { createServer, type RequestListener, type Server } from 'node:http';
import type { Log } from '../base/log.ts';
import { answerBare } from './bare-answers.ts';
import { cutSlowReaders } from './slow-readers.ts';

/** How long others may keep a connection busy, in milliseconds. docs/limits-and-headers.md has the reasons. */
export interface Patience {
  /** For a request, headers and body, from its first byte; and for the first byte of a new connection. */
  request: number;
  /** For taking an answer, from the moment it begins. */
  answer: number;
  /** For the next request. Longer than proxies keep idle connections, so that they close them and never race with us. */
  idle: number;
  /** How often the clocks above are looked at: nothing is cut later than this. */
  look: number;
}

export const PATIENCE: Patience = { request: 15_000, answer: 30_000, idle: 65_000, look: 1000 };

/** Of one instance. A flood of connections must leave file descriptors for database, Flatpeak and the rest. */
const MOST_CONNECTIONS = 10_000;

/** Headers: their bytes, together with the address, and their number. What is beyond is refused, never left out. */
const MOST_HEADER_BYTES = 16_384;
const MOST_HEADERS = 100;

export interface ListenerParts {
  publicUrl: URL;
  log: Log;
  patience?: Patience;
}

/** The public listener: no more patient, and no more generous with memory, than it has to be. */
export function createHttpServer(app: RequestListener, { publicUrl, log, patience = PATIENCE }: ListenerParts): Server {
  const server = createServer({
    headersTimeout: patience.request,
    requestTimeout: patience.request,
    keepAliveTimeout: patience.idle,
    // Node looks every 30 s unless told: what may take 15 s would be cut after 45.
    connectionsCheckingInterval: patience.look,
    maxHeaderSize: MOST_HEADER_BYTES,
    requireHostHeader: false,
  });
  capConnections(server, log);
  server.maxHeadersCount = MOST_HEADERS;
  cutSlowReaders(server, patience.answer, patience.look);
  answerBare(server, app, publicUrl);
  return server;
}

/** Those beyond are closed at once; said no more than once a minute. */
function capConnections(server: Server, log: Log): void {
  let said = -Infinity;
  server.maxConnections = MOST_CONNECTIONS;
  server.on('drop', () => {
    const now = performance.now();
    if (now - said < 60_000) return;
    said = now;
    log.warn({ event: 'connections_full', count: MOST_CONNECTIONS });
  });
}
