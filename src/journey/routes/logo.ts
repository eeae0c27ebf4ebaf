import type { RequestHandler } from 'express';
import type { Journeys } from '../journeys.ts';
import type { Logos } from '../logos/logos.ts';
import { initialOf } from '../logos/pictures.ts';

export interface LogoParts {
  journeys: Journeys;
  logos: Logos;
}

/**
 * The logo of the company whose app asks, from our own address; a page never waits for it, and never has a hole in its
 * place. A picture that is a document (SVG) may do nothing when opened by itself.
 */
export function logoRoute({ journeys, logos }: LogoParts): RequestHandler {
  return async (req, res) => {
    const { journey: id } = req.params;
    const journey = typeof id === 'string' ? await journeys.byId(id) : null;
    const account = journey?.visit.account ?? null;
    const { contentType, bytes } = (await logos.of(account?.logoUrl ?? null)) ?? initialOf(account?.name ?? null);
    res
      .set('content-security-policy', "default-src 'none'; frame-ancestors 'none'; sandbox")
      .set('cache-control', 'private, max-age=3600')
      .type(contentType)
      .send(bytes);
  };
}
