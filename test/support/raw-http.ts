import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** Requests that `fetch` would mend or refuse to send: any method, and an address exactly as it is written. */

export interface Asked {
  method?: string;
  /** Goes out as it is: not resolved, not encoded. */
  target: string;
  headers?: Record<string, string | string[]>;
  body?: string;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export const portOf = (url: string): number => Number(new URL(url).port);

export async function ask(port: number, { method = 'GET', target, headers = {}, body }: Asked): Promise<Answer> {
  const asked = request({ port, host: '127.0.0.1', method, path: target, headers, agent: false });
  return new Promise((resolve, reject) => {
    asked.once('error', reject);
    asked.once('response', (response) => {
      text(response).then(
        (read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read }),
        reject,
      );
    });
    asked.end(body);
  });
}

/** Sends bytes on a connection of their own, and gives all that comes back until the other side hangs up. */
export async function say(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  // A reset after the answer is an end like any other.
  socket.once('error', () => socket.destroy());
  socket.write(Buffer.from(bytes, 'latin1'));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}
