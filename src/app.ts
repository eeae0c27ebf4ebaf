import path from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { Failure } from './base/failure.ts';
import { hashToken } from './base/random.ts';
import { failurePage, notFound } from './pages/failure-page.ts';
import { queryOf } from './web/query.ts';
import { journeyRouter } from './journey/routes/router.ts';
import type { Services } from './services.ts';
import { createOpenApiRouter } from './tariff/endpoint/openapi.ts';
import { refuseOtherMethods } from './web/allowed-methods.ts';
import { assetRoutes } from './web/assets.ts';
import { healthRoutes } from './web/health.ts';
import { lastResort } from './web/last-resort.ts';
import { clientAddress, limit } from './web/limits.ts';
import { rememberLanguage } from './web/reader.ts';
import { requestLog } from './web/request-log.ts';
import { sameSiteOnly } from './web/same-site.ts';
import { securityHeaders } from './web/security-headers.ts';

const PUBLIC = path.resolve(import.meta.dirname, '../public');

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
  app.use('/assets', assetRoutes({ folder: PUBLIC, theme: services.theme, logo: config.pack.brand.logo }));
  // Browsers ask for it unasked; pages name their icon themselves.
  app.get('/favicon.ico', (_req, res) => res.sendStatus(204));
  app.use(services.tariffRouter);
  app.use(createOpenApiRouter({ publicUrl: config.PUBLIC_URL, pollerApiKeys: config.POLLER_API_KEYS }));
  // From here on there are pages.
  app.use(rememberLanguage(services.languages.supported, config.PUBLIC_URL));
  app.use(whenMigrated(services));
  app.use(perClient(services));
  // Before the journeys: both are answered at one callback address, and this one lets pass what is not its own.
  app.use(services.connectionsRouter);
  app.use(
    journeyRouter({
      ...services.journey,
      limitEntries: entryLimits(services),
      limitJourney: limit(
        { name: 'journey', perMinute: 120, keyOf: (req) => hashToken(String(req.params.journey)) },
        services.counting,
      ),
      sameSiteOnly: sameSiteOnly(config.PUBLIC_URL),
    }),
  );
  app.use(refuseOtherMethods(app.router));
  app.use(notFound);
  app.use(failurePage(services.renderer, log));
  app.use(lastResort(log));
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
