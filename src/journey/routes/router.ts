import { Router, urlencoded, type RequestHandler } from 'express';
import { callbackRoute, type CallbackParts } from './callback.ts';
import { choiceRoutes, type ChoiceParts } from './choices.ts';
import { entryRoute, type EntryParts } from './entry.ts';
import { pageRoutes, type PageParts } from './pages.ts';

export interface JourneyRouterParts extends EntryParts, CallbackParts, PageParts, ChoiceParts {
  /** Per client address and per token. */
  limitEntries: RequestHandler[];
  /** Per journey. */
  limitJourney: RequestHandler;
  /** Refuses forms that other sites send. */
  sameSiteOnly: RequestHandler;
}

/** A customer's visit, from the entry to the way back. */
export function journeyRouter(parts: JourneyRouterParts): Router {
  const router = Router({ strict: false });
  router.get(['/', '/connect'], parts.limitEntries, entryRoute(parts));
  router.get('/connect/callback', callbackRoute(parts));
  router.get('/connect/:journey', async (req, res) => {
    const { journey, held } = await parts.desk.open(req, res);
    await parts.desk.sendToPlace(res, journey, held);
  });
  for (const [name, show] of Object.entries(pageRoutes(parts))) {
    router.get(`/connect/:journey/${name}`, parts.limitJourney, show);
  }
  const forms = [
    parts.sameSiteOnly,
    parts.limitJourney,
    urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 }),
  ];
  for (const [name, handle] of Object.entries(choiceRoutes(parts))) {
    router.post(`/connect/:journey/${name}`, forms, handle);
  }
  return router;
}
