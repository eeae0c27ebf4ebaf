import { Failure } from '../base/failure.ts';

/** Where the browser must not be sent whatever happened before: these run or open something of their own. */
const NEVER = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:', 'filesystem:', 'view-source:']);
const LOCAL = new Set(['localhost', '127.0.0.1']);

/** A page of the recipient or the provider, or null where the address is not one people may be sent to. */
export function webLink(url: string | null): string | null {
  const parsed = url === null ? null : URL.parse(url);
  if (parsed?.username !== '' || parsed.password !== '') return null;
  const allowed = parsed.protocol === 'https:' || (parsed.protocol === 'http:' && LOCAL.has(parsed.hostname));
  return allowed ? parsed.href : null;
}

/**
 * The next address of a journey: our own path, the identity provider, or the app (perhaps by its private-use scheme).
 * Decided and checked long before; this is the last door, because escaping does not make an address safe in a link.
 * Throws `link_refused`.
 */
export function onwardLink(url: string): string {
  if (url.startsWith('/') && !/^\/[/\\]/.test(url)) return url;
  const parsed = URL.parse(url);

  if (parsed === null || NEVER.has(parsed.protocol) || /[\u0000-\u0020\u007f]/.test(url)) {
    throw new Failure('link_refused');
  }
  return url;
}
