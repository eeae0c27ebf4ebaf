import { createHmac } from 'node:crypto';
import type { Request, Response } from 'express';
import { equalSecrets, hashToken, randomToken } from '../base/random.ts';
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
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export function createBrowsers(publicUrl: URL, lifeMs: number): Browsers {
  // `__Host-` pins a cookie to this host, path / and https; browsers refuse it on plain http.
  const secure = publicUrl.protocol === 'https:';
  const prefix = secure ? '__Host-journey-' : 'journey-';
  const attributes = { httpOnly: true, secure, sameSite: 'lax', path: '/' } as const;

  const ours = (req: Request): [string, string][] =>
    (req.headers.cookie ?? '')
      .split(';')
      .map((pair): [string, string] => {
        const [name = '', ...value] = pair.trim().split('=');
        return [name, value.join('=')];
      })
      .filter(([name]) => name.startsWith(prefix));

  const browsers: Browsers = {
    secretOf(req, journeyId) {
      const found = ours(req).filter(([name]) => name === prefix + journeyId);
      const secret = found.length === 1 ? found[0]?.[1] : undefined;
      return secret !== undefined && SECRET.test(secret) ? secret : null;
    },
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

/** The value a form carries; `purpose` binds it to what the page showed. */
export const csrfValue = (secret: string, journeyId: string, purpose: string): string =>
  createHmac('sha256', secret)
    .update(JSON.stringify([journeyId, purpose]))
    .digest('base64url');

export const csrfMatches = (secret: string, journeyId: string, purpose: string, given: string): boolean =>
  equalSecrets(csrfValue(secret, journeyId, purpose), given);
