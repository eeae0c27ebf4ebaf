import path from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { Failure } from './base/failure.ts';
import { hashToken } from './base/random.ts';
import { failurePage, notFound } from './journey/pages/failure-page.ts';
import { queryOf } from './journey/routes/query.ts';
import { journeyRouter } from './journey/routes/router.ts';
import type { Services } from './services.ts';
import { createOpenApiRouter } from './tariff/endpoint/openapi.ts';
import { healthRoutes } from './web/health.ts';
import { clientAddress, limit } from './web/limits.ts';
import { requestLog } from './web/request-log.ts';
import { sameSiteOnly } from './web/same-site.ts';
import { securityHeaders } from './web/security-headers.ts';

/** The adapter as an Express application, in the order a request meets it. It never listens: `main.ts` does. */
export function createApp(services: Services): Express {
  const { config, log } = services;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // An exact number of hops: with `true`, anyone could write their own address into X-Forwarded-For.
  app.set('trust proxy', config.TRUST_PROXY);
  // Repeated names must not become arrays or objects; routes read the query themselves.
  app.set('query parser', false);

  app.use(services.metrics.requests);
  app.use(requestLog(log));
  app.use(securityHeaders(config.PUBLIC_URL));
  app.use(healthRoutes(services.readiness));
  app.use('/assets', assets(services));
  // Browsers ask for it unasked; pages name their icon themselves.
  app.get('/favicon.ico', (_req, res) => res.sendStatus(204));
  app.use(services.tariffRouter);
  app.use(createOpenApiRouter({ publicUrl: config.PUBLIC_URL, pollerApiKeys: config.POLLER_API_KEYS }));
  app.use(whenMigrated(services));
  app.use(perClient(services));
  app.use(
    journeyRouter({
      ...services.journey,
      limitEntries: entryLimits(services),
      limitJourney: limit(
        { name: 'journey', perMinute: 120, keyOf: (req) => String(req.params.journey) },
        services.counting,
      ),
      sameSiteOnly: sameSiteOnly(config.PUBLIC_URL),
    }),
  );
  app.use(notFound);
  app.use(failurePage(services.renderer, log));
  return app;
}

/** Requests of one address; generous, because a mobile carrier's customers share one. */
const perClient = ({ config, counting }: Services): RequestHandler =>
  limit({ name: 'client', perMinute: config.LIMIT_REQUESTS_PER_MINUTE, keyOf: clientAddress }, counting);

const entryLimits = ({ config, counting }: Services): RequestHandler[] => [
  limit({ name: 'entry', perMinute: config.LIMIT_ENTRIES_PER_MINUTE, keyOf: clientAddress }, counting),
  limit(
    {
      name: 'token',
      perMinute: 60,
      keyOf: (req) => {
        const query = queryOf(req);
        const token = query.get('connect_token') ?? query.get('fp_cot');
        return token === null ? undefined : hashToken(token);
      },
    },
    counting,
  ),
];

/** Until the tables are there, whoever comes gets an honest "not yet". */
const whenMigrated =
  (services: Services): RequestHandler =>
  (_req, _res, next) =>
    next(services.isReady() ? undefined : new Failure('not_ready'));

function assets({ theme, config }: Services): RequestHandler {
  const router = express.Router();
  const cached = 'public, max-age=3600';
  router.get('/theme.css', (_req, res) => {
    res.type('css').set('cache-control', cached).send(theme);
  });
  const { logo } = config.pack.brand;
  if (logo !== null) {
    router.get('/logo', (_req, res) => res.sendFile(logo, { headers: { 'cache-control': cached } }));
  }
  router.use(express.static(path.resolve(import.meta.dirname, '../public'), { index: false, maxAge: 3_600_000 }));
  return router;
}
