import { gzipSync } from 'node:zlib';
import type { ContextProblem } from '../../src/flatpeak/answers.ts';
import { answer, cutOff, gibberish, huge, redirect, reset, silence, stall, type Step } from '../support/http-peer.ts';
import { CONTEXT } from './support.ts';

/** Everything a hostile or broken Flatpeak may do with one request, and what it has to come to. */
export interface Misdeed {
  /** In the middle of a sentence: "when Flatpeak …". */
  name: string;
  step: Step;
  /** Asked who is asking. */
  context: ContextProblem;
  /** Told of a decision: `unanswered` may have arrived, `again` has not. */
  submission: 'accepted' | 'refused' | 'conflict' | 'parked' | 'again' | 'unanswered';
  /** It would not end by itself. */
  endless: boolean;
}

/** A second system, to which nothing must ever be carried: set by the test, before the first request. */
export const elsewhere = { origin: 'http://127.0.0.1:9' };

const to =
  (status: number): Step =>
  (...request) =>
    redirect(status, `${elsewhere.origin}/stolen?connect_token=x`)(...request);

/** Bytes as they are, in place of an answer. */
const bytes =
  (text: string): Step =>
  (_request, _response, raw) =>
    void raw.socket.end(text);

/** The same words over and over, until the other side has had enough. */
const everyMillisecond =
  (say: (nth: number) => string): Step =>
  (_request, _response, { socket }) => {
    let nth = 0;
    const timer = setInterval(() => socket.write(say(nth++)), 1);
    socket.on('error', () => undefined).on('close', () => clearInterval(timer));
  };

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** A good answer, one byte at a time: it would take seconds. */
const dripping = everyMillisecond((nth) => {
  const whole = JSON.stringify(CONTEXT).padEnd(20_000);
  return nth === 0 ? `${HEAD}content-length: ${whole.length}\r\n\r\n` : (whole[nth - 1] ?? '');
});

const drippingHeaders = everyMillisecond((nth) => `${HEAD}x-long: ${'x'.repeat(10_000)}`[nth] ?? '');

const resetMidway: Step = (_request, response, raw) => {
  response.writeHead(200).write('{"account":');
  setImmediate(() => raw.socket.resetAndDestroy());
};

/** Small on the wire, two hundred million bytes when unpacked. */
const BOMB = gzipSync(Buffer.alloc(200_000_000));
const bomb: Step = (_request, response) => {
  response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(BOMB);
};

/** As much as anybody takes; what was really taken is for `raw.socket.bytesWritten` to say. */
export const flood =
  (status = 200): Step =>
  (_request, response) => {
    response.writeHead(status);
    const block = Buffer.alloc(64 * 1024, 'x');
    const pour = () => {
      while (!response.destroyed && response.write(block));
    };
    response.on('drain', pour);
    pour();
  };

const utf16: Step = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from(JSON.stringify(CONTEXT), 'utf16le'));
};

const later = (seconds: string) => answer(429, {}, { 'retry-after': seconds });

type Row = [name: string, step: Step, context: ContextProblem, submission: Misdeed['submission']];

/** A status says everything about a submission, and with a good body everything about a context. */
const STATUSES: Row[] = [
  ['answers 301 to another origin', to(301), 'flatpeak_malformed', 'parked'],
  ['answers 302 to another origin', to(302), 'flatpeak_malformed', 'parked'],
  ['answers 303 to another origin', to(303), 'flatpeak_malformed', 'parked'],
  ['answers 307 to another origin', to(307), 'flatpeak_malformed', 'parked'],
  ['answers 308 to another origin', to(308), 'flatpeak_malformed', 'parked'],
  ['answers 304', bytes('HTTP/1.1 304 Not Modified\r\n\r\n'), 'flatpeak_malformed', 'parked'],
  ['answers 400', answer(400), 'token_unknown', 'refused'],
  ['answers 401', answer(401), 'flatpeak_refused_us', 'parked'],
  ['answers 402', answer(402), 'flatpeak_malformed', 'parked'],
  ['answers 403', answer(403, { message: 'Bad credentials' }), 'flatpeak_refused_us', 'parked'],
  ['answers 404', answer(404, { message: 'Not Found' }), 'token_unknown', 'refused'],
  ['answers 405', answer(405), 'flatpeak_malformed', 'parked'],
  ['answers 408', answer(408), 'flatpeak_unavailable', 'again'],
  ['answers 409', answer(409), 'token_used', 'conflict'],
  ['answers 410', answer(410), 'token_expired', 'refused'],
  ['answers 418', answer(418), 'flatpeak_malformed', 'parked'],
  ['answers 422', answer(422), 'token_unknown', 'refused'],
  ['answers 422 with a page', answer(422, '<h1>expired</h1>'), 'token_unknown', 'refused'],
  ['answers 425', answer(425), 'flatpeak_unavailable', 'again'],
  ['answers 429', answer(429), 'flatpeak_unavailable', 'again'],
  ['answers 429, come again in two minutes', later('120'), 'flatpeak_unavailable', 'again'],
  ['answers 429, come again on a day gone by', later('Sun, 06 Nov 1994 08:49:37 GMT'), 'flatpeak_unavailable', 'again'],
  ['answers 429, come again in the year 9999', later('Fri, 31 Dec 9999 23:59:59 GMT'), 'flatpeak_unavailable', 'again'],
  ['answers 429, come again in ages', later('9'.repeat(300)), 'flatpeak_unavailable', 'again'],
  ['answers 429, come again before now', later('-5'), 'flatpeak_unavailable', 'again'],
  ['answers 429, come again whenever', later('1e3, soon; \t"later"'), 'flatpeak_unavailable', 'again'],
  ['answers 500', answer(500), 'flatpeak_unavailable', 'again'],
  ['answers 500 that says the token was used', answer(500, { code: 'token_used' }), 'flatpeak_unavailable', 'again'],
  ['answers 503', answer(503), 'flatpeak_unavailable', 'again'],
  ['answers 502, a gateway in its place', answer(502, '<html>'), 'flatpeak_unavailable', 'unanswered'],
  ['answers 504, a gateway in its place', answer(504, '<html>'), 'flatpeak_unavailable', 'unanswered'],
  ['answers 999', bytes('HTTP/1.1 999 Odd\r\ncontent-length: 2\r\n\r\n{}'), 'flatpeak_unavailable', 'again'],
];

/** Good status, good transport, and nothing to go on. */
const BODIES: Row[] = [
  ['answers 201 with a context', answer(201, CONTEXT), 'flatpeak_malformed', 'accepted'],
  ['answers 204', answer(204, ''), 'flatpeak_malformed', 'accepted'],
  ['answers nothing in 200', answer(200, ''), 'flatpeak_malformed', 'accepted'],
  ['answers half a JSON', answer(200, '{"account":{"display_na'), 'flatpeak_malformed', 'accepted'],
  ['answers two JSONs', answer(200, `${JSON.stringify(CONTEXT)}{}`), 'flatpeak_malformed', 'accepted'],
  ['answers null', answer(200, null), 'flatpeak_malformed', 'accepted'],
  ['answers a list', answer(200, [CONTEXT]), 'flatpeak_malformed', 'accepted'],
  ['answers a text', answer(200, '"ok"'), 'flatpeak_malformed', 'accepted'],
  ['answers a number', answer(200, '1e999'), 'flatpeak_malformed', 'accepted'],
  ['answers another shape', answer(200, { ok: true }), 'flatpeak_malformed', 'accepted'],
  ['answers wrong types', answer(200, { account: 'x', connect_web_uri: 7 }), 'flatpeak_malformed', 'accepted'],
  [
    'answers a way back of a wrong type',
    answer(200, { account: {}, connect_web_uri: {}, redirect_uri: [] }),
    'flatpeak_malformed',
    'accepted',
  ],
  [
    'answers a context below __proto__',
    answer(200, `{"__proto__":${JSON.stringify(CONTEXT)}}`),
    'flatpeak_malformed',
    'accepted',
  ],
  ['answers sixty thousand open brackets', answer(200, '['.repeat(60_000)), 'flatpeak_malformed', 'accepted'],
  ['answers a page', answer(200, '<html>', { 'content-type': 'text/html' }), 'flatpeak_malformed', 'accepted'],
  ['answers in UTF-16', utf16, 'flatpeak_malformed', 'accepted'],
];

/** A good status whose body never comes to an end, or not to a good one. */
const BROKEN_BODIES: Row[] = [
  ['answers beyond the cap', huge(200_001), 'flatpeak_unavailable', 'accepted'],
  ['answers without end', flood(), 'flatpeak_unavailable', 'accepted'],
  ['answers a bomb of gzip', bomb, 'flatpeak_unavailable', 'accepted'],
  [
    'answers what is not the gzip it says',
    answer(200, CONTEXT, { 'content-encoding': 'gzip' }),
    'flatpeak_unavailable',
    'accepted',
  ],
  ['breaks off within its answer', cutOff, 'flatpeak_unavailable', 'accepted'],
  ['resets within its answer', resetMidway, 'flatpeak_unavailable', 'accepted'],
  [
    'sends a chunk of no length',
    bytes(`${HEAD}transfer-encoding: chunked\r\n\r\nZZ\r\n{}\r\n`),
    'flatpeak_unavailable',
    'accepted',
  ],
  ['answers 404 without end', flood(404), 'flatpeak_unavailable', 'refused'],
  ['answers 503 without end', flood(503), 'flatpeak_unavailable', 'again'],
];

/** No answer at all. */
const WIRE: Row[] = [
  ['resets the connection', reset, 'flatpeak_unavailable', 'unanswered'],
  ['closes the connection', bytes(''), 'flatpeak_unavailable', 'unanswered'],
  ['speaks no HTTP', gibberish, 'flatpeak_unavailable', 'unanswered'],
  ['answers JSON without HTTP', bytes(JSON.stringify(CONTEXT)), 'flatpeak_unavailable', 'unanswered'],
  ['speaks HTTP/2', bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'flatpeak_unavailable', 'unanswered'],
  [
    'changes the protocol',
    bytes('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    'flatpeak_unavailable',
    'unanswered',
  ],
  [
    'has a status of 000',
    bytes('HTTP/1.1 000 None\r\ncontent-length: 0\r\n\r\n'),
    'flatpeak_unavailable',
    'unanswered',
  ],
  ['sends endless headers', bytes(`${HEAD}x: ${'y'.repeat(70_000)}\r\n\r\n`), 'flatpeak_unavailable', 'unanswered'],
  [
    'says two lengths',
    bytes(`${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{} `),
    'flatpeak_unavailable',
    'unanswered',
  ],
  [
    'says a length and chunks',
    bytes(`${HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
    'flatpeak_unavailable',
    'unanswered',
  ],
];

/** What only our own patience ends. */
const ENDLESS: Row[] = [
  ['hangs', silence, 'flatpeak_unavailable', 'unanswered'],
  ['drips its headers', drippingHeaders, 'flatpeak_unavailable', 'unanswered'],
  [
    'gives early hints for ever',
    everyMillisecond(() => 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'),
    'flatpeak_unavailable',
    'unanswered',
  ],
  ['begins an answer and hangs', stall, 'flatpeak_unavailable', 'accepted'],
  ['drips its answer byte by byte', dripping, 'flatpeak_unavailable', 'accepted'],
];

const named =
  (endless: boolean) =>
  ([name, step, context, submission]: Row): Misdeed => ({ name, step, context, submission, endless });

export const MISDEEDS: Misdeed[] = [
  ...[...STATUSES, ...BODIES, ...BROKEN_BODIES, ...WIRE].map(named(false)),
  ...ENDLESS.map(named(true)),
];

/** For an answer that should come, and for one that never does. */
export const patienceFor = ({ endless }: Misdeed): number => (endless ? 1000 : 5000);
