import type { IncomingMessage } from 'node:http';

/** HTTP/1.1 names its host, and once (RFC 9112 §3.2). Node's own refusal would go out bare, so it leaves that to us. */
export function namesHost({ httpVersion, headersDistinct }: IncomingMessage): boolean {
  const hosts = headersDistinct.host?.length ?? 0;
  return hosts === 1 || (hosts === 0 && httpVersion !== '1.1');
}

/**
 * A target in absolute form is read as the path in it (RFC 9112 §3.2.2); the host it names means nothing here. Returns
 * false where there is no such path: Express would answer that by itself, bare.
 */
export function readTarget(req: IncomingMessage): boolean {
  const target = req.url ?? '';
  if (target.startsWith('/') || target === '*') return true;
  const url = URL.parse(target);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return false;
  req.url = url.pathname + url.search;
  return true;
}
