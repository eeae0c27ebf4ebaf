import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

/** What stands before several instances: hands every request to the next one in turn, and changes nothing. */
export interface Front {
  close(): Promise<void>;
}

/** About one connection, not about the message. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive']);

export async function startFront(port: number, instances: () => readonly number[]): Promise<Front> {
  // What an instance would refuse is for the instance to refuse.
  const server = createServer({ maxHeaderSize: 1_000_000, requestTimeout: 0, headersTimeout: 0 });
  let turn = 0;
  server.on('request', (asked, answer) => {
    const ports = instances();
    pass(asked, answer, ports[turn++ % ports.length] ?? 0);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Every request on a connection of its own, so that none is lost to one that has just been closed. */
const agent = new Agent({ keepAlive: false });

function pass(asked: IncomingMessage, answer: ServerResponse, port: number): void {
  const { method, url, rawHeaders } = asked;
  const onward = request({ port, host: '127.0.0.1', method, path: url, agent, headers: kept(rawHeaders) });
  // Whoever goes away on either side is gone on the other.
  answer.once('close', () => onward.destroy());
  onward.once('error', () => asked.socket.destroy());
  onward.once('response', (back) => {
    answer.writeHead(back.statusCode ?? 502, back.statusMessage, kept(back.rawHeaders));
    back.once('error', () => asked.socket.destroy());
    back.pipe(answer);
  });
  asked.pipe(onward);
}

function kept(rawHeaders: string[]): string[] {
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, index) => rawHeaders.slice(2 * index, 2 * index + 2));
  return pairs.filter(([name = '']) => !OF_THE_CONNECTION.has(name.toLowerCase())).flat();
}
