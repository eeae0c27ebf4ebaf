import type { Clock } from '../../base/clock.ts';
import { shorten, shortenUrl } from './shorten.ts';

export type Party = 'app' | 'flatpeak' | 'adapter' | 'identity' | 'backend' | 'browser';

/** One request and its answer. Everything in it is already shortened; the originals are not kept. */
export interface Exchange {
  number: number;
  /** Epoch milliseconds. */
  at: number;
  from: Party;
  to: Party;
  method: string;
  url: string;
  request: unknown;
  /** Null: no answer, because the connection ended or still hangs. */
  status: number | null;
  answer: unknown;
}

/** What a part of the sandbox reports; `connectToken` joins an exchange to a connection and is never shown. */
export interface Report {
  from: Party;
  to: Party;
  method: string;
  url: string;
  request?: unknown;
  status: number | null;
  answer?: unknown;
  connectToken?: string | undefined;
}

const KEPT = 2000;

/** The messages on the wire between the parts, in the order in which they were answered. */
export class Trace {
  readonly #clock: Clock;
  readonly #exchanges: { exchange: Exchange; connectToken: string | undefined }[] = [];
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(report: Report): void {
    this.#count += 1;
    const exchange: Exchange = {
      number: this.#count,
      at: this.#clock(),
      from: report.from,
      to: report.to,
      method: report.method,
      url: shortenUrl(report.url),
      request: shorten(report.request ?? null),
      status: report.status,
      answer: shorten(report.answer ?? null),
    };
    this.#exchanges.push({ exchange, connectToken: report.connectToken });
    if (this.#exchanges.length > KEPT) this.#exchanges.shift();
  }

  /** Everything, or everything since `since` that is not known to belong to another connection. */
  list(about?: { connectToken: string; since: number }): Exchange[] {
    return this.#exchanges
      .filter(({ exchange, connectToken }) =>
        about === undefined
          ? true
          : connectToken === about.connectToken || (connectToken === undefined && exchange.at >= about.since),
      )
      .map(({ exchange }) => exchange);
  }
}
