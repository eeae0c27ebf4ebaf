import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import { codeOf, Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';

/** Makes the store of one limiter; undefined where each instance counts for itself, in memory. */
export type LimitStore = (prefix: string) => Store | undefined;

interface Limit {
  name: string;
  perMinute: number;
  /** Undefined: not limited. */
  keyOf: (req: Request) => string | undefined;
}

/** Where the limiters count, and where they complain. */
export interface Counting {
  store: LimitStore;
  log: Log;
}

/** The limiter would print errors as they are; the log takes their code. */
export const limiterLog = (name: string, log: Log) => {
  const said = (error: unknown) => log.warn({ event: 'limit_not_counted', reason: name, code: codeOf(error) });
  return { error: said, warn: said };
};

/** A limiter that answers with our own page, tells the standard headers, and lets people through when its store is down. */
export function limit({ name, perMinute, keyOf }: Limit, { store, log }: Counting): RequestHandler {
  const shared = store(name);
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: name,
    passOnStoreError: true,
    logger: limiterLog(name, log),
    keyGenerator: (req) => keyOf(req) ?? '',
    skip: (req) => keyOf(req) === undefined,
    handler: (_req, _res, next) => next(new Failure('too_many_requests', { reason: name })),
    ...(shared ? { store: shared } : {}),
  });
}

/** An IPv6 customer has a /64 of addresses, so that counts as one client. Some proxies write the port as well. */
export const clientAddress = (req: Request): string => {
  const [, v6, v4] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(req.ip ?? '') ?? [];
  return ipKeyGenerator(v6 ?? v4 ?? req.ip ?? '', 64);
};
