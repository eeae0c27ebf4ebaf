import { Router, type ErrorRequestHandler, type RequestHandler, type Response } from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import { causeOf, codeOf, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { etagOf } from '../model/serve.ts';
import { limiterLog } from '../../web/limits.ts';
import { answerPoll, type AnswerParts } from './answer.ts';
import { identify, type ActiveGrant, type PolledGrants } from './identify.ts';
import { sendProblem, type ProblemName } from './problems.ts';

export interface TariffEndpointParts extends AnswerParts {
  grants: PolledGrants;
  log: Log;
  /** False until the tables are there. */
  isReady?: () => boolean;
  /** Any one of them must come as `X-Api-Key`; none: not asked for. */
  pollerApiKeys: readonly string[];
  polling: { max_per_hour: number };
  /** Where polls are counted; in memory unless instances share one. */
  store?: Store | undefined;
  /** Per client address, for credentials nobody was given. */
  limitFailures?: RequestHandler;
}

const PATH = '/tariff';
const HOUR_MS = 3_600_000;

/** `GET /tariff`: the tariff of the supply the bearer's grant is for, and of no other. */
export function createTariffRouter(parts: TariffEndpointParts): Router {
  const router = Router();
  router.get(PATH, whenReady(parts), whoPolls(parts, refusal(parts)), limitPolls(parts), serve(parts));
  router.all(PATH, (_req, res) => {
    res.set('allow', 'GET, HEAD');
    sendProblem(res, 'method_not_allowed');
  });
  router.use(PATH, inWords(parts.log));
  return router;
}

const grantOf = (res: Response): ActiveGrant => res.locals.grant as ActiveGrant;

const whenReady =
  ({ isReady = () => true }: TariffEndpointParts): RequestHandler =>
  (_req, _res, next) =>
    next(isReady() ? undefined : new Failure('not_ready'));

const whoPolls =
  ({ grants, pollerApiKeys }: TariffEndpointParts, refuse: Refusal): RequestHandler =>
  async (req, res, next) => {
    const found = await identify(req, grants, pollerApiKeys);
    if (typeof found === 'string') {
      refuse(found, req, res, next);
    } else {
      res.locals.grant = found;
      next();
    }
  };

type Refusal = (problem: ProblemName, ...[req, res, next]: Parameters<RequestHandler>) => void;

/**
 * Credentials that were never issued are counted per address, and only they: whoever shares the poller's address must
 * not be able to lock it out, so a good token passes whatever else came from there. Grants that have ended are known.
 */
const refusal =
  ({ limitFailures }: TariffEndpointParts): Refusal =>
  (problem, req, res, next) => {
    if (limitFailures === undefined || problem.startsWith('grant_')) {
      sendProblem(res, problem);
      return;
    }
    void limitFailures(req, res, (error?: unknown) => {
      if (error === undefined) sendProblem(res, problem);
      else if (codeOf(error) === 'too_many_requests') sendProblem(res, 'too_many_failures');
      else next(error);
    });
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
    // Express answers 304 by itself when If-None-Match holds this validator, but not where nothing kept will do: that is
    // for caches on the way (RFC 9111 §5.2.1.4), and `fetch` says it with every If-None-Match.
    delete req.headers['cache-control'];
    res.set('cache-control', 'private, no-cache').set('etag', etagOf(answer.tariff));
    res.type('application/json').send(JSON.stringify(answer.tariff));
  };

/** A poller reads problems, not pages. */
const inWords =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, _req, res, next) => {
    const code = codeOf(error);
    log.error({ event: 'tariff_endpoint_failed', code, cause: causeOf(error) });
    if (res.headersSent) next(error);
    else if (code === 'database_unavailable' || code === 'not_ready')
      sendProblem(res, 'try_later', { retryAfterS: 30 });
    else sendProblem(res, 'internal', { retryAfterS: 60 });
  };
