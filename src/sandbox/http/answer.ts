import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { Fault, Faults } from './faults.ts';

/** What a handler decides; sending it, or failing to, is done elsewhere. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What came of a request: the answer as sent, or null when the connection ended or hangs without one. */
export type Outcome = Answer | null;

/**
 * The part of a fault that comes before anything is done. Undefined: the request goes on as usual. `closing` ends
 * delays when the part stops.
 */
export async function strike(
  request: Request,
  response: Response,
  fault: Fault | undefined,
  closing: AbortSignal,
): Promise<Outcome | undefined> {
  if (!fault) return undefined;
  if (fault.delayMs !== undefined) {
    const stopped = await sleep(fault.delayMs, false, { signal: closing }).catch(() => true);
    if (stopped) return drop(request);
  }
  if (fault.hang) return null;
  if (fault.reset) return drop(request);
  if (fault.status === undefined && fault.body === undefined) return undefined;
  const status = fault.status ?? 200;
  return send(response, { status, body: fault.body ?? { message: STATUS_CODES[status] } }, fault);
}

/**
 * Answers one request, struck by at most one fault. `handle` runs exactly when a real server would have done what it
 * was asked.
 */
export async function answer(
  request: Request,
  response: Response,
  fault: Fault | undefined,
  closing: AbortSignal,
  handle: () => Answer | Promise<Answer>,
): Promise<Outcome> {
  const struck = await strike(request, response, fault, closing);
  if (struck !== undefined) return struck;
  const outcome = await handle();
  if (fault?.loseAnswer) return drop(request);
  if (!fault?.malformed) return send(response, outcome, fault);
  const body = '{"account": {"display_na';
  response
    .status(outcome.status)
    .set(fault.headers ?? {})
    .type('json')
    .send(body);
  return { status: outcome.status, body };
}

/**
 * Lets faults strike in front of a library that answers for itself. What is done and then lost, or cut off, is not
 * offered there.
 */
export function struckBy<Name extends string>(
  faults: Faults<Name>,
  nameOf: (request: Request) => Name | undefined,
  closing: AbortSignal,
): RequestHandler {
  return async (request, response, next) => {
    const name = nameOf(request);
    const struck = name === undefined ? undefined : await strike(request, response, faults.take(name), closing);
    if (struck === undefined) next();
  };
}

function drop(request: Request): null {
  request.socket.resetAndDestroy();
  return null;
}

function send(response: Response, outcome: Answer, fault: Fault | undefined): Answer {
  response.status(outcome.status).set({ ...outcome.headers, ...fault?.headers });
  if (outcome.body === undefined) response.end();
  else response.json(outcome.body);
  return outcome;
}
