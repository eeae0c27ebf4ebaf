import { z } from 'zod';
import { isLocal } from '../base/this-machine.ts';

/** Shapes of single values in the environment. Messages say the fix; the variable's name is put in front of them. */

/** https anywhere; http only on this machine, for the sandbox and for tests. */
export const secureUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  if (!url || !['https:', 'http:'].includes(url.protocol) || url.username || url.password || url.hash) {
    context.addIssue({ code: 'custom', message: 'must be an absolute https address without user name or fragment' });
    return z.NEVER;
  }
  if (url.protocol === 'http:' && !isLocal(url)) {
    context.addIssue({ code: 'custom', message: 'must be https; http is accepted for localhost and 127.0.0.1 only' });
    return z.NEVER;
  }
  return url;
});

/** An https origin: scheme, host and port with nothing behind. */
export const originUrl = secureUrl.refine((url) => url.pathname === '/' && url.search === '', {
  error: 'must be scheme, host and port only; the adapter lives at the root of its host',
});

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`);

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** `id:secret[,…]` with distinct ids. */
export const keyedSecrets = list.transform((items, context) => {
  const pairs = items.map((item) => {
    const colon = item.indexOf(':');
    return colon < 0 ? { id: '', secret: '' } : { id: item.slice(0, colon), secret: item.slice(colon + 1) };
  });
  const wellFormed = pairs.every(({ id, secret }) => /^[A-Za-z0-9_.-]{1,32}$/.test(id) && secret !== '');
  if (!wellFormed || new Set(pairs.map(({ id }) => id)).size !== pairs.length) {
    context.addIssue({ code: 'custom', message: 'must be id:secret pairs separated by commas, each id once' });
    return z.NEVER;
  }
  return pairs;
});

/** A query string: names and values handed on unchanged. */
export const queryString = z.string().transform((text) => [...new URLSearchParams(text)]);
