import { malformed } from './document.ts';

export const MAX_PAGES = 200;

type Page = Record<string, unknown>;

const isPage = (document: unknown): document is Page =>
  typeof document === 'object' && document !== null && !Array.isArray(document);

/**
 * Address of the next page, from `next` or `links.next`, or null. It must be on the same origin: the request carries
 * the provider's credentials, and the answer does not decide who gets them.
 */
export function nextPage(document: unknown, current: URL): URL | null {
  if (!isPage(document)) return null;
  const links = isPage(document.links) ? document.links.next : undefined;
  const next = document.next ?? links ?? null;
  if (next === null || next === '') return null;
  if (typeof next !== 'string') throw malformed('next_not_an_address');
  const url = URL.parse(next, current);
  if (url?.origin !== current.origin || url.username || url.password) throw malformed('next_elsewhere');
  return url;
}

/** All pages as one document: the first, its lists continued by those of the others, and no `next` left. */
export function joinPages(pages: readonly unknown[]): unknown {
  const [first, ...others] = pages;
  if (!isPage(first)) return first;
  const joined: Page = { ...first };
  for (const [name, value] of Object.entries(first)) {
    if (Array.isArray(value)) {
      joined[name] = [...(value as unknown[]), ...others.flatMap((page) => listIn(page, name))];
    }
  }
  delete joined.next;
  if (isPage(joined.links)) joined.links = { ...joined.links, next: null };
  return joined;
}

function listIn(page: unknown, name: string): unknown[] {
  const list = isPage(page) ? page[name] : undefined;
  if (!Array.isArray(list)) throw malformed('pages_differ');
  return list as unknown[];
}
