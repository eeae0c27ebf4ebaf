import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import { Failure } from '../base/failure.ts';

/** Makes the store of one limiter; in memory unless instances share one. */
export type LimitStore = (prefix: string) => Store | undefined;

interface Limit {
  name: string;
  perMinute: number;
  /** Undefined: not limited. */
  keyOf: (req: Request) => string | undefined;
}

/** A limiter that answers with our own page, tells the standard headers, and lets people through when its store is down. */
export function limit({ name, perMinute, keyOf }: Limit, store: LimitStore): RequestHandler {
  const shared = store(name);
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: name,
    passOnStoreError: true,
    keyGenerator: (req) => keyOf(req) ?? '',
    skip: (req) => keyOf(req) === undefined,
    handler: (_req, _res, next) => next(new Failure('too_many_requests', { reason: name })),
    ...(shared ? { store: shared } : {}),
  });
}

/** An IPv6 customer has a /64 of addresses, so that counts as one client. */
export const clientAddress = (req: Request): string => ipKeyGenerator(req.ip ?? '', 64);
