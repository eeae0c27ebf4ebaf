import { createHmac } from 'node:crypto';
import { equalSecrets } from '../base/random.ts';

/**
 * The value a form carries, made from the secret in the browser's cookie (OWASP: signed double submit). `place` is what
 * the form belongs to, `purpose` binds it to what the page showed.
 */
export const csrfValue = (secret: string, place: string, purpose: string): string =>
  createHmac('sha256', secret)
    .update(JSON.stringify([place, purpose]))
    .digest('base64url');

export const csrfMatches = (secret: string, place: string, purpose: string, given: string): boolean =>
  equalSecrets(csrfValue(secret, place, purpose), given);
