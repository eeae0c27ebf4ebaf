import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { ApiAccount } from './credentials.ts';
import type { Submission } from './submission.ts';

/** A Flatpeak customer: the company whose app asks for the tariff, as the adapter's consent page names it. */
export interface AppAccount extends ApiAccount {
  displayName: string;
  logoUrl: string;
  termsUrl: string;
  supportUrl: string;
  privacyUrl: string;
}

export interface AcceptedSubmission {
  connectToken: string;
  idempotencyKey: string;
  /** Exactly as received; secrets included. */
  body: Submission;
  at: number;
}

/** One reading of the tariff endpoint. */
export interface Poll {
  at: number;
  /** Null when there was no answer; then `failure` says why. */
  status: number | null;
  failure: string | null;
  /** Parsed JSON, or null: nothing new (304), nothing at all, or not JSON. */
  body: unknown;
  etag: string | null;
}

/** The life of one connect token. */
export interface Connection {
  token: string;
  account: AppAccount;
  connectUrl: string;
  callbackUrl: string;
  createdAt: number;
  expiresAt: number;
  submission: AcceptedSubmission | null;
  polls: Poll[];
  /** The last tariff that was read; a 304 leaves it as it is. */
  tariff: { body: unknown; etag: string | null; at: number } | null;
}

export const TOKEN_LIFE_SECONDS = 86_400;

export class Connections {
  readonly #clock: Clock;
  readonly #byToken = new Map<string, Connection>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  create(account: AppAccount, urls: { connectUrl: string; callbackUrl: string }): Connection {
    const now = this.#clock();
    const connection: Connection = {
      token: `cot_${randomBytes(12).toString('hex')}`,
      account,
      ...urls,
      createdAt: now,
      expiresAt: now + TOKEN_LIFE_SECONDS * 1000,
      submission: null,
      polls: [],
      tariff: null,
    };
    this.#byToken.set(connection.token, connection);
    return connection;
  }

  find(token: string): Connection | undefined {
    return this.#byToken.get(token);
  }

  list(): Connection[] {
    return [...this.#byToken.values()];
  }
}

/** The address with `fp_cot` appended, the way Flatpeak brings its token along; the rest stays byte for byte. */
export function withToken(url: string, token: string): string {
  const [front = '', ...fragment] = url.split('#');
  const joint = !front.includes('?') ? '?' : /[?&]$/.test(front) ? '' : '&';
  return [`${front}${joint}fp_cot=${token}`, ...fragment].join('#');
}
