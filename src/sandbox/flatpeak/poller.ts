import { parseJson } from '../../base/json.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import { codeOf } from '../../base/failure.ts';
import { outbound } from '../../base/outbound.ts';
import type { Trace } from '../trace/trace.ts';
import type { Connection, Poll } from './connections.ts';

export interface PollerOptions {
  clock: Clock;
  trace: Trace;
  /** Sent as `X-Api-Key`; what the adapter's POLLER_API_KEYS asks for. */
  apiKey?: string | undefined;
  /** How long to wait before each further try of a first reading that failed. */
  retriesMs: number[];
  closing: AbortSignal;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 5_000_000;

/** The reader of tariffs: what Flatpeak does with `auth_data`, every day or two, once it has been given. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Reads once and keeps what came. */
  async poll(connection: Connection): Promise<Poll> {
    const poll = await this.#read(connection);
    connection.polls.push(poll);
    if (poll.status === 200 && poll.body !== null) {
      connection.tariff = { body: poll.body, etag: poll.etag, at: poll.at };
    }
    return poll;
  }

  /** Begins the first reading in the background, and tries again when it fails. */
  start(connection: Connection): void {
    const running = this.#untilRead(connection).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when no reading begun in the background is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #untilRead(connection: Connection): Promise<void> {
    for (const wait of [0, ...this.#options.retriesMs]) {
      const stopped = await sleep(wait, false, { signal: this.#options.closing, ref: false }).catch(() => true);
      if (stopped || (await this.poll(connection)).status === 200) return;
    }
  }

  async #read(connection: Connection): Promise<Poll> {
    const { clock, trace, apiKey } = this.#options;
    const submission = connection.submission?.body;
    if (!submission || !('auth_data' in submission)) {
      return { at: clock(), status: null, failure: 'not_connected', body: null, etag: null };
    }
    const { access_token, tariff_url } = submission.auth_data;
    const headers: Record<string, string> = {
      authorization: `Bearer ${access_token}`,
      accept: 'application/json',
      ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
      ...(connection.tariff?.etag ? { 'if-none-match': connection.tariff.etag } : {}),
    };
    const report = {
      from: 'flatpeak',
      to: 'adapter',
      method: 'GET',
      url: tariff_url,
      request: headers,
      connectToken: connection.token,
    } as const;
    try {
      const signal = this.#options.closing;
      const answer = await outbound({ url: tariff_url, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal });
      const body = parseJson(answer.body) ?? null;
      trace.add({ ...report, status: answer.status, answer: body ?? answer.body });
      return { at: clock(), status: answer.status, failure: null, body, etag: answer.headers.get('etag') };
    } catch (error) {
      trace.add({ ...report, status: null, answer: { failure: codeOf(error) } });
      return { at: clock(), status: null, failure: codeOf(error), body: null, etag: null };
    }
  }
}
