import type { Clock } from '../../base/clock.ts';
import type { Answer } from '../http/answer.ts';
import type { Faults } from '../http/faults.ts';
import type { Trace } from '../trace/trace.ts';
import type { AcceptedSubmission, AppAccount, Connections } from './connections.ts';
import type { Credentials } from './credentials.ts';
import type { Poller } from './poller.ts';

export const FAULT_NAMES = ['login', 'token', 'context', 'submission'] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** A request as it came, without the headers that carry credentials. */
export interface ReceivedRequest {
  at: number;
  method: string;
  path: string;
  headers: Record<string, string>;
  /** Parsed JSON; the text where it is none; null without a body. */
  body: unknown;
  status: number | null;
}

export interface ApiParts {
  apps: AppAccount[];
  adapterUrl: string;
  rules: { method?: 'POST' | 'PUT' | 'PATCH'; path?: string; consentAction?: string };
  clock: Clock;
  trace: Trace;
  credentials: Credentials;
  connections: Connections;
  faults: Faults<FaultName>;
  poller: Poller;
  requests: ReceivedRequest[];
  submissions: AcceptedSubmission[];
  closing: AbortSignal;
}

/** What a handler is given of a request. */
export interface Call {
  authorization: string | undefined;
  token: string;
  query: URLSearchParams;
  /** Undefined: no body, not JSON, or not said to be JSON. */
  json: unknown;
  idempotencyKey: string | undefined;
}

export type Handler = (call: Call) => Answer;
