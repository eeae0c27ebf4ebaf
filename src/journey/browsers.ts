import type { Request, Response } from 'express';
import { equalSecrets, hashToken, randomToken } from '../base/random.ts';
import { cookiesOf, hostCookie, secretNamed } from '../web/secret-cookies.ts';
import type { Journey } from './journeys.ts';

/**
 * The one thing a browser holds: a random secret per journey in a cookie of its own, so that two tabs with two
 * journeys never touch each other. The forms' CSRF values are derived from it (OWASP: signed double submit).
 */
export interface Browsers {
  /** The secret this browser presents for a journey, if any. */
  secretOf(req: Request, journeyId: string): string | null;
  /** The same, or a fresh one that is set with this answer and holds nothing yet. */
  ensureSecret(req: Request, res: Response, journeyId: string): string;
  setSecret(req: Request, res: Response, journeyId: string, secret: string): void;
  /** The journeys this browser has secrets for. */
  journeyIds(req: Request): string[];
}

const MOST_COOKIES = 6;
/** Anyone can send a cookie whose name only begins like ours; one that we could not clear again is none. */
const JOURNEY_ID = /^[A-Za-z0-9_-]+$/;

export function createBrowsers(publicUrl: URL, lifeMs: number): Browsers {
  const { name: prefix, attributes } = hostCookie(publicUrl, 'journey-');

  const ours = (req: Request): [string, string][] =>
    cookiesOf(req).filter(([name]) => name.startsWith(prefix) && JOURNEY_ID.test(name.slice(prefix.length)));

  const browsers: Browsers = {
    secretOf: (req, journeyId) => secretNamed(req, prefix + journeyId),
    ensureSecret(req, res, journeyId) {
      const present = browsers.secretOf(req, journeyId);
      if (present !== null) return present;
      const secret = randomToken();
      browsers.setSecret(req, res, journeyId, secret);
      return secret;
    },
    journeyIds: (req) => ours(req).map(([name]) => name.slice(prefix.length)),
    setSecret(req, res, journeyId, secret) {
      res.cookie(prefix + journeyId, secret, { ...attributes, maxAge: lifeMs });
      // Journeys left behind must not grow the request header without end.
      const others = ours(req).filter(([name]) => name !== prefix + journeyId);
      for (const [name] of others.slice(0, Math.max(0, others.length - MOST_COOKIES + 1))) {
        res.clearCookie(name, attributes);
      }
    },
  };
  return browsers;
}

/** True when this secret is the one the journey is held with. */
export const holds = (journey: Journey, secret: string | null): boolean =>
  secret !== null && journey.browserHash !== null && equalSecrets(hashToken(secret), journey.browserHash);
