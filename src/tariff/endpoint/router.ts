import { Router, type ErrorRequestHandler, type RequestHandler, type Response } from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import { codeOf } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { etagOf } from '../model/serve.ts';
import { limiterLog } from '../../web/limits.ts';
import { answerPoll, type AnswerParts } from './answer.ts';
import { identify, type ActiveGrant, type PolledGrants } from './identify.ts';
import { sendProblem } from './problems.ts';

export interface TariffEndpointParts extends AnswerParts {
  grants: PolledGrants;
  log: Log;
  /** Any one of them must come as `X-Api-Key`; none: not asked for. */
  pollerApiKeys: readonly string[];
  polling: { max_per_hour: number };
  /** Where polls are counted; in memory unless instances share one. */
  store?: Store | undefined;
}

const PATH = '/tariff';
const HOUR_MS = 3_600_000;

/** `GET /tariff`: the tariff of the supply the bearer's grant is for, and of no other. */
export function createTariffRouter(parts: TariffEndpointParts): Router {
  const router = Router();
  router.get(PATH, whoPolls(parts), limitPolls(parts), serve(parts));
  router.all(PATH, (_req, res) => {
    res.set('allow', 'GET, HEAD');
    sendProblem(res, 'method_not_allowed');
  });
  router.use(PATH, inWords(parts.log));
  return router;
}

const grantOf = (res: Response): ActiveGrant => res.locals.grant as ActiveGrant;

const whoPolls =
  ({ grants, pollerApiKeys }: TariffEndpointParts): RequestHandler =>
  async (req, res, next) => {
    const found = await identify(req, grants, pollerApiKeys);
    if (typeof found === 'string') {
      sendProblem(res, found);
    } else {
      res.locals.grant = found;
      next();
    }
  };

/**
 * The polling policy, counted per grant: the poller itself is one client for millions of customers. When the count
 * cannot be kept, polls pass.
 */
const limitPolls = ({ polling, store, log }: TariffEndpointParts): RequestHandler =>
  rateLimit({
    windowMs: HOUR_MS,
    limit: polling.max_per_hour,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'polls',
    passOnStoreError: true,
    logger: limiterLog('polls', log),
    keyGenerator: (_req, res) => grantOf(res).grantId,
    handler: (_req, res) => sendProblem(res, 'too_many_polls'),
    ...(store ? { store } : {}),
  });

const serve =
  (parts: TariffEndpointParts): RequestHandler =>
  async (req, res) => {
    const grant = grantOf(res);
    // The application parses no queries, so that repeated names cannot become arrays unnoticed.
    const { searchParams } = new URL(req.originalUrl, 'http://localhost');
    const answer = await answerPoll(parts, grant, searchParams);
    if ('problem' in answer) {
      parts.log.warn({ event: 'tariff_not_served', grant: grant.grantId, ...answer.said });
      sendProblem(res, answer.problem, answer);
      return;
    }
    await parts.grants.touch(grant.grantId, parts.clock()).catch((error: unknown) => {
      parts.log.warn({ event: 'grant_not_touched', grant: grant.grantId, code: codeOf(error) });
    });
    // Express answers 304 by itself when If-None-Match holds this validator.
    res.set('cache-control', 'private, no-cache').set('etag', etagOf(answer.tariff));
    res.type('application/json').send(JSON.stringify(answer.tariff));
  };

/** A poller reads problems, not pages. */
const inWords =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, _req, res, next) => {
    log.error({ event: 'tariff_endpoint_failed', code: codeOf(error) });
    if (res.headersSent) next(error);
    else sendProblem(res, 'internal', { retryAfterS: 60 });
  };
