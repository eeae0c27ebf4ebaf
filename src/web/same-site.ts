import type { RequestHandler } from 'express';
import { Failure } from '../base/failure.ts';

/**
 * Refuses forms that another site sends, before their contents are looked at (OWASP: Fetch Metadata and Origin).
 * Browsers without Fetch Metadata still send Origin with a form; the CSRF value in the form stands behind both.
 */
export function sameSiteOnly(publicUrl: URL): RequestHandler {
  return (req, _res, next) => {
    const site = req.get('sec-fetch-site');
    const origin = req.get('origin');
    const foreign =
      (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== publicUrl.origin);
    next(foreign ? new Failure('form_rejected') : undefined);
  };
}
