import type { ErrorRequestHandler } from 'express';
import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';

/**
 * Behind the error page, for when that fails too, or an answer had begun. Express by itself would print the error, and
 * outside of production put its stack into the page.
 */
export function lastResort(log: Log): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express tells error handlers by their four parameters.
  return (error: unknown, _req, res, _next) => {
    log.error({ event: 'answer_failed', request_id: String(res.locals.requestId ?? ''), code: codeOf(error) });
    if (res.headersSent) res.destroy();
    else res.status(500).type('text').send('Something went wrong here. Please go back to the app and try again.\n');
  };
}
