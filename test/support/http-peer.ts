import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Another system on the network, doing what its script says: one step a request, the last one for all that follow. */
export interface HttpPeer {
  origin: string;
  /** Every request so far, in order of arrival. */
  received: Received[];
  /** From now on, this is what happens. */
  script(...steps: Step[]): void;
  close(): Promise<void>;
}

export interface Received {
  method: string;
  /** Path and query as sent. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Step = (request: Received, response: ServerResponse, raw: IncomingMessage) => void | Promise<void>;

export async function startPeer(...steps: Step[]): Promise<HttpPeer> {
  const received: Received[] = [];
  let scripted = steps;
  const take = (): Step => (scripted.length > 1 ? scripted.shift() : scripted[0]) ?? answer(200);
  const server = createServer((raw, response) => {
    const step = take();
    void text(raw).then(async (body) => {
      const request = { method: raw.method ?? '', url: raw.url ?? '', headers: raw.headers, body };
      received.push(request);
      await step(request, response, raw);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    script: (...next) => {
      scripted = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An ordinary answer; anything but a text is sent as JSON. */
export const answer =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Step =>
  (_request, response) => {
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
    response.end(isText ? body : JSON.stringify(body));
  };

export const redirect = (status: number, location: string): Step => answer(status, '', { location });

/** Takes the request and never answers. */
export const silence: Step = () => undefined;

/** Takes the request and drops the connection. */
export const reset: Step = (_request, _response, raw) => void raw.socket.resetAndDestroy();

/** Begins an answer and never ends it. */
export const stall: Step = (_request, response) => void response.writeHead(200).write('{"begun":');

/** Promises more than it sends. */
export const cutOff: Step = (_request, response, raw) => {
  response.writeHead(200, { 'content-length': '1000' }).write('{"account":');
  setImmediate(() => raw.socket.destroy());
};

/** An answer of so many bytes. */
export const huge = (bytes: number): Step => answer(200, 'x'.repeat(bytes));

/** What is not HTTP at all. */
export const gibberish: Step = (_request, _response, raw) => void raw.socket.end('hello? this is no HTTP\r\n\r\n');

/** Answers when told to: lets a test look while a request is on its way. */
export function held(then: Step): { step: Step; arrived: Promise<void>; release: () => void } {
  const arrived = Promise.withResolvers<undefined>();
  const released = Promise.withResolvers<undefined>();
  return {
    step: async (request, response, raw) => {
      arrived.resolve(undefined);
      await released.promise;
      await then(request, response, raw);
    },
    arrived: arrived.promise,
    release: () => released.resolve(undefined),
  };
}
