import type { Request, RequestHandler } from 'express';
import type { Wishes } from './languages.ts';
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
const HARMLESS = new Set(['q', 'page', 'problem', 'told']);
/** Parameters that say how to answer, not what. */
const PASSING = new Set(['lang', 'wait']);

const DAY_MS = 86_400_000;

/** A link with `?lang=…` is how a reader chooses, without a script; a cookie keeps it for a day, for every page. */
export function rememberLanguage(supported: readonly string[], publicUrl: URL): RequestHandler {
  const { name, attributes } = hostCookie(publicUrl, 'language');
  return (req, res, next) => {
    const wanted = wantedIn(req);
    if (wanted !== null && supported.includes(wanted)) {
      res.cookie(name, wanted, { ...attributes, maxAge: DAY_MS });
    }
    next();
  };
}

export function readerOf(req: Request): Reader {
  return {
    chosen: wantedIn(req) ?? rememberedBy(req) ?? undefined,
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

const addressOf = (req: Request): URL | null => URL.parse(req.originalUrl, 'http://localhost');

function wantedIn(req: Request): string | null {
  const given = addressOf(req)?.searchParams.getAll('lang') ?? [];
  const [wanted] = given;
  return given.length === 1 && wanted !== undefined && LANGUAGE_TAG.test(wanted) ? wanted : null;
}

function rememberedBy(req: Request): string | null {
  const found = cookiesOf(req).find(([name]) => name === 'language' || name === '__Host-language')?.[1];
  return found !== undefined && LANGUAGE_TAG.test(found) ? found : null;
}

function hereOf(req: Request): string | null {
  const [path = ''] = req.originalUrl.split('?');
  if (req.method !== 'GET' || !OWN_PAGE.test(path)) return null;
  const query = addressOf(req)?.searchParams ?? new URLSearchParams();
  for (const name of [...query.keys()]) {
    if (PASSING.has(name)) query.delete(name);
    else if (!HARMLESS.has(name)) return null;
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
