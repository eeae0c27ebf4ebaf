import { Router, urlencoded, type RequestHandler } from 'express';
import { notForHeads } from '../../web/allowed-methods.ts';
import { callbackRoute, type CallbackParts } from './callback.ts';
import { choiceRoutes, type ChoiceParts } from './choices.ts';
import { entryRoute, type EntryParts } from './entry.ts';
import { logoRoute, type LogoParts } from './logo.ts';
import { pageRoutes, type PageParts } from './pages.ts';

export interface JourneyRouterParts extends EntryParts, CallbackParts, PageParts, ChoiceParts, LogoParts {
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
  router.head(['/connect/callback', '/connect/:journey/redirecting'], notForHeads);
  router.get('/connect/callback', callbackRoute(parts));
  const toPlace: RequestHandler = async (req, res) => {
    const { journey, held } = await parts.desk.open(req, res);
    await parts.desk.sendToPlace(res, journey, held);
  };
  router.get('/connect/:journey', parts.limitJourney, toPlace);
  for (const [name, show] of Object.entries(pageRoutes(parts))) {
    router.get(`/connect/:journey/${name}`, parts.limitJourney, show);
  }
  router.get('/connect/:journey/logo', parts.limitJourney, logoRoute(parts));
  const forms = [
    parts.sameSiteOnly,
    parts.limitJourney,
    urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 }),
  ];
  for (const [name, handle] of Object.entries(choiceRoutes(parts))) {
    const address = `/connect/:journey/${name}`;
    router.post(address, forms, handle);
    // An error page that answers a form stands at the button's address; reopened there, the visit goes on.
    router.get(address, parts.limitJourney, toPlace);
  }
  return router;
}
