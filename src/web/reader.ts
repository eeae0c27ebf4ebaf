import type { Request, RequestHandler } from 'express';
import type { Wishes } from './languages.ts';
import { queryOf } from './query.ts';
import { cookiesOf, hostCookie } from './secret-cookies.ts';

/** Who reads the answer: the languages they wish for, and where the same page is to be had in another. */
export interface Reader extends Wishes {
  /** Our own address of this page, without a language; none where asking for it again would be another request. */
  here?: string | null;
}

const LANGUAGE_TAG = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$/;
/** Pages with an address of their own; `//host` and the like are none. */
const OWN_PAGE = /^\/(?:connect|connections)(?:\/[A-Za-z0-9_-]{1,64}){0,2}$/;
/** Parameters of our own that belong to what is shown. Any other may be a secret, or have an effect. */
const HARMLESS = new Set(['q', 'page', 'problem', 'told', 'signed_out']);
/** Parameters that say how to answer, not what. */
const PASSING = new Set(['lang', 'wait']);

const DAY_MS = 86_400_000;

/**
 * A link with `?lang=…` is how a reader chooses, without a script; a cookie keeps it for a day, for every page. What is
 * not a language of ours is no choice, wherever it stands.
 */
export function rememberLanguage(supported: readonly string[], publicUrl: URL): RequestHandler {
  const { name, attributes } = hostCookie(publicUrl, 'language');
  const isOurs = (language: string): boolean => supported.includes(language);
  return (req, res, next) => {
    const [wanted, ...others] = queryOf(req).getAll('lang');
    if (wanted !== undefined && others.length === 0 && isOurs(wanted)) {
      res.cookie(name, wanted, { ...attributes, maxAge: DAY_MS });
      res.locals.language = wanted;
    } else {
      // By its exact name: any host of the provider's domain can set cookies with another.
      res.locals.language = cookiesOf(req).find(([given, value]) => given === name && isOurs(value))?.[1];
    }
    next();
  };
}

export function readerOf(req: Request): Reader {
  return {
    chosen: req.res?.locals.language as string | undefined,
    acceptLanguage: req.get('accept-language'),
    here: hereOf(req),
  };
}

/** For OpenID Connect's `ui_locales`: the best first. */
export function uiLocalesOf(req: Request): string {
  const { chosen } = readerOf(req);
  return [...new Set([...(chosen === undefined ? [] : [chosen]), ...req.acceptsLanguages()])]
    .filter((tag) => LANGUAGE_TAG.test(tag))
    .slice(0, 5)
    .join(' ');
}

function hereOf(req: Request): string | null {
  const [path = ''] = req.originalUrl.split('?');
  if (req.method !== 'GET' || !OWN_PAGE.test(path)) return null;
  const query = queryOf(req);
  for (const name of [...query.keys()]) {
    if (PASSING.has(name)) query.delete(name);
    else if (!HARMLESS.has(name)) return null;
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
