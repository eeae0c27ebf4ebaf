import type { Request } from 'express';

/** The query as it stands in the address. Express's own parsers turn repeated names into arrays and objects. */
export function queryOf(req: Request): URLSearchParams {
  const start = req.originalUrl.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : req.originalUrl.slice(start));
}
