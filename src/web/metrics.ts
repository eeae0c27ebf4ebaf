import { createServer, type Server } from 'node:http';
import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { asWord, type Log, type LogFields } from '../base/log.ts';
import { routeOf } from './request-log.ts';

/** Figures for Prometheus. Labels are routes, statuses and stable codes: a fixed, small number of series. */
export interface Metrics {
  /** The same log, with its events counted; what is worth a line is worth a number. */
  counting(log: Log): Log;
  requests: RequestHandler;
  /** Serves `GET /metrics` on a port of its own, which the public never reaches. */
  serve(): Server;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const events = new Counter({
    name: 'adapter_events_total',
    help: 'Events of the log catalogue, by outcome, reason and code where they have them',
    labelNames: ['event', 'outcome', 'reason', 'code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'adapter_request_duration_seconds',
    help: 'Requests from their first byte to their last, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    registers: [registry],
  });

  /** As in the log: a label from outside would be a new series with each of its values. */
  const label = (value: LogFields['code']): string => (value === undefined ? '' : asWord(String(value)));
  const count = ({ event, outcome, reason, code }: LogFields): void => {
    events.inc({ event, outcome: label(outcome), reason: label(reason), code: label(code) });
  };

  return {
    counting: (log) => ({
      debug: (fields) => log.debug(fields),
      info: (fields) => {
        count(fields);
        log.info(fields);
      },
      warn: (fields) => {
        count(fields);
        log.warn(fields);
      },
      error: (fields) => {
        count(fields);
        log.error(fields);
      },
    }),
    requests: (req, res, next) => {
      const end = durations.startTimer();
      res.once('close', () => end({ method: req.method, route: routeOf(req), status: res.statusCode }));
      next();
    },
    serve: () =>
      createServer((req, res) => {
        if (req.method !== 'GET' || req.url !== '/metrics') return void res.writeHead(404).end();
        void registry.metrics().then((text) => res.writeHead(200, { 'content-type': registry.contentType }).end(text));
      }),
  };
}
