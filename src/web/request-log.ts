import type { RequestHandler } from 'express';
import type { Log } from '../base/log.ts';
import { randomId } from '../base/random.ts';

/** One line per request with the route's pattern, never the address itself: addresses carry tokens. */
export function requestLog(log: Log): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    const requestId = randomId();
    res.locals.requestId = requestId;
    res.set('x-request-id', requestId);
    res.once('close', () => {
      const route = routeOf(req);
      const fields = {
        event: res.writableFinished ? 'request' : 'request_aborted',
        request_id: requestId,
        method: req.method,
        route,
        status: res.statusCode,
        duration_ms: Math.round(performance.now() - started),
      };
      if (QUIET.has(route)) log.debug(fields);
      else log.info(fields);
    });
    next();
  };
}

const QUIET = new Set(['/healthz', '/readyz']);

/** The pattern a request was routed by, such as `/connect/:journey/login`. */
export const routeOf = (req: Parameters<RequestHandler>[0]): string => {
  const path: unknown = (req.route as { path?: unknown } | undefined)?.path;
  if (Array.isArray(path)) return path.join('|');
  return typeof path === 'string' ? req.baseUrl + path : 'none';
};
