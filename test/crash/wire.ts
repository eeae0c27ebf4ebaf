import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import type { Moments } from './moments.ts';

/** One submission that arrived whole at Flatpeak's door. */
export interface Attempt {
  token: string;
  key: string;
  /** Byte for byte, as latin1. */
  body: string;
  /** When it was complete, and when its connection was done with. */
  from: number;
  until: number | null;
}

/** The line between the adapter and Flatpeak: writes down what passes, tells when, and is not a good line. */
export interface Wire {
  url: string;
  attempts: Attempt[];
  /** Submissions now on the line. */
  underWay(): number;
  /** From now on nothing goes wrong. */
  mend(): void;
  close(): Promise<void>;
}

/** What goes wrong with one submission. */
interface Trouble {
  before?: number;
  instead?: number;
  lost?: boolean;
  after?: number;
}

interface Answer {
  status: number;
  text: string;
}

/** Some take longer than the adapter waits for an answer. */
const SLOW_MS = 700;

/** Some tokens meet a Flatpeak that refuses them for good, or one that knows no idempotency key. */
export const isDoomed = (luck: Chance): boolean => luck.of('doomed').happens(0.04);
const isForgetful = (luck: Chance): boolean => luck.of('forgetful').happens(0.3);

function troubleOf(luck: Chance, nth: number, mended: boolean): Trouble {
  if (isDoomed(luck)) return { instead: 422 };
  if (mended) return {};
  const dice = luck.of(`attempt ${nth}`);
  const kind = dice.below(100);
  if (kind < 12) return { before: dice.below(SLOW_MS) };
  if (kind < 24) return { after: dice.below(SLOW_MS) };
  if (kind < 32) return { lost: true };
  if (kind < 42) return { instead: 503 };
  return {};
}

const KEPT_HEADERS = ['accept', 'authorization', 'content-type', 'idempotency-key'];
const headersOf = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );

export interface WireParts {
  flatpeakUrl: string;
  /** What is in store for a token. */
  luckOf: (token: string) => Chance;
  moments: Moments;
}

export async function startWire({ flatpeakUrl, luckOf, moments }: WireParts): Promise<Wire> {
  const attempts: Attempt[] = [];
  const accepted = new Set<string>();
  let mended = false;

  const pass = async (incoming: IncomingMessage, body?: Buffer): Promise<Answer> => {
    const answer = await fetch(`${flatpeakUrl}${incoming.url ?? ''}`, {
      method: incoming.method ?? 'GET',
      headers: headersOf(incoming.headers),
      ...(body ? { body: new Uint8Array(body) } : {}),
    });
    return { status: answer.status, text: await answer.text() };
  };

  const tell = async (outgoing: ServerResponse, { status, text }: Answer): Promise<void> => {
    outgoing.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    const half = Math.ceil(text.length / 2);
    outgoing.write(text.slice(0, half));
    moments.happen('answering');
    await new Promise((resolve) => setImmediate(resolve));
    outgoing.end(text.slice(half));
    moments.happen('answered');
  };

  const decide = async (token: string, trouble: Trouble, incoming: IncomingMessage, body: Buffer) => {
    if (trouble.before) await sleep(trouble.before);
    if (trouble.instead) return { status: trouble.instead, text: '{"message":"no"}' };
    if (accepted.has(token) && isForgetful(luckOf(token))) return { status: 409, text: '{"message":"used"}' };
    const answer = await pass(incoming, body);
    if (answer.status === 200) accepted.add(token);
    moments.happen('accepted');
    return answer;
  };

  const submission = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    moments.happen('arrived');
    const body = await buffer(incoming);
    // Where this process was busy, the end of the connection of before may have arrived and not been looked at yet.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const token = incoming.url?.split('/').at(-1) ?? '';
    const nth = attempts.filter((attempt) => attempt.token === token).length;
    const attempt: Attempt = {
      token,
      key: String(incoming.headers['idempotency-key']),
      body: body.toString('latin1'),
      from: performance.now(),
      until: null,
    };
    attempts.push(attempt);
    outgoing.once('close', () => (attempt.until = performance.now()));
    const trouble = troubleOf(luckOf(token), nth, mended);
    const answer = await decide(token, trouble, incoming, body);
    if (trouble.lost) return void incoming.socket.resetAndDestroy();
    if (trouble.after) await sleep(trouble.after);
    await tell(outgoing, answer);
  };

  const server = createServer((incoming, outgoing) => {
    const passed =
      incoming.method === 'POST' ? submission(incoming, outgoing) : pass(incoming).then((it) => tellAll(outgoing, it));
    // The adapter died over it.
    passed.catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    attempts,
    underWay: () => attempts.filter(({ until }) => until === null).length,
    mend: () => {
      mended = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function tellAll(outgoing: ServerResponse, { status, text }: Answer): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(text);
}
