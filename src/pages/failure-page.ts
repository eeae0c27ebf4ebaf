import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { codeOf, Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { randomReference } from '../base/random.ts';
import type { ErrorModel, ErrorReason, Frame } from './models.ts';
import type { Renderer } from './render.ts';
import { sendPage } from './send-page.ts';

/** Every failure a customer can meet outside the course of a journey: its page's reason and its status. */
const PAGES: Record<string, { reason: ErrorReason; status: number }> = {
  token_missing: { reason: 'token_missing', status: 400 },
  token_invalid: { reason: 'token_invalid', status: 400 },
  token_ambiguous: { reason: 'token_ambiguous', status: 400 },
  token_unknown: { reason: 'token_unknown', status: 404 },
  token_expired: { reason: 'token_expired', status: 410 },
  token_used: { reason: 'token_used', status: 409 },
  flatpeak_refused_us: { reason: 'flatpeak_refused_us', status: 502 },
  flatpeak_malformed: { reason: 'flatpeak_malformed', status: 502 },
  flatpeak_unavailable: { reason: 'flatpeak_unavailable', status: 503 },
  identity_provider_unavailable: { reason: 'identity_provider_unavailable', status: 503 },
  sign_in_failed: { reason: 'sign_in_failed', status: 400 },
  sign_in_elsewhere: { reason: 'sign_in_elsewhere', status: 403 },
  different_customer: { reason: 'different_customer', status: 403 },
  journey_expired: { reason: 'journey_expired', status: 410 },
  journey_unknown: { reason: 'journey_unknown', status: 404 },
  form_rejected: { reason: 'form_rejected', status: 403 },
  too_many_requests: { reason: 'too_many_requests', status: 429 },
  not_found: { reason: 'not_found', status: 404 },
  method_not_allowed: { reason: 'request_rejected', status: 405 },
  database_unavailable: { reason: 'try_later', status: 503 },
  not_ready: { reason: 'try_later', status: 503 },
};

/** What the parsers of Express refuse: bodies too large or broken, addresses that cannot be decoded. */
function parserStatus(error: unknown): number | null {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}

function pageOf(error: unknown): { reason: ErrorReason; status: number } {
  const known = error instanceof Failure ? PAGES[error.code] : undefined;
  if (known) return known;
  const refused = error instanceof Failure ? null : parserStatus(error);
  return refused === null ? { reason: 'internal', status: 500 } : { reason: 'request_rejected', status: refused };
}

/** What a failure page can still offer, from where it happened. */
export interface VisitSoFar {
  about: ErrorModel['about'];
  /** Where the app waits. */
  leaveUrl: string | null;
  /** For the browser that holds the journey: its forms still work. */
  frame: Frame | null;
}

export function rememberVisit(res: Response, visit: VisitSoFar): void {
  res.locals.visit = visit;
}

const visitOf = (res: Response): VisitSoFar =>
  (res.locals.visit as VisitSoFar | undefined) ?? { about: 'visit', leaveUrl: null, frame: null };

/** An internal fault need not be the end: the step can be tried again, or the journey be left as failed. */
const actionsFor = (reason: ErrorReason, { frame }: VisitSoFar): ErrorModel['actions'] =>
  reason === 'internal' && frame !== null ? ['retry', 'return'] : [];

/** What cannot be asked for twice is asked for from where it began: there the customer is shown where they are. */
function againOf(reason: ErrorReason, req: Request): string | null {
  if (reason !== 'try_later') return null;
  if (req.method === 'GET' || req.method === 'HEAD') return '';
  return /^\/(?:connect\/[A-Za-z0-9_-]{22}|connections)(?=\/|$)/.exec(req.path)?.[0] ?? null;
}

/** The customer's page and the operator's log line, joined by a reference. */
export function failurePage(renderer: Renderer, log: Log): ErrorRequestHandler {
  const send = sendPage(renderer);
  return async (error: unknown, req: Request, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const { reason, status } = pageOf(error);
    const reference = randomReference();
    const visit = visitOf(res);
    const line = {
      event: 'request_failed',
      request_id: String(res.locals.requestId ?? ''),
      reference,
      code: codeOf(error),
      status,
      ...(error instanceof Failure ? error.facts : {}),
    };
    if (status >= 500) log.error(line);
    else log.warn(line);
    if (status === 503) res.set('retry-after', '30');
    await send(
      req,
      res,
      {
        step: 'error',
        about: visit.about,
        frame: visit.frame,
        reason,
        reference,
        actions: actionsFor(reason, visit),
        leaveUrl: visit.leaveUrl,
        again: againOf(reason, req),
        supplies: [],
      },
      status,
    );
  };
}

export const notFound: RequestHandler = (_req, _res, next) => next(new Failure('not_found'));
