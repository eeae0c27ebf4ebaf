import { z } from 'zod';
import { parseJson } from '../base/json.ts';

/** Flatpeak's error object, long form or the short `{message}`; only its code is of use, its message is never shown. */
const errorObject = z.object({ code: z.string().max(100).catch('') }).catch({ code: '' });

/** Why there is no session context. The first three speak of the link, the others of the two systems. */
export type ContextProblem =
  | 'token_unknown'
  | 'token_expired'
  | 'token_used'
  | 'flatpeak_refused_us'
  | 'flatpeak_malformed'
  | 'flatpeak_unavailable';

const PASSING = new Set([408, 425, 429]);
/** Another time the same request may well be granted. */
const isPassing = (status: number): boolean => PASSING.has(status) || status >= 500;

/** Reads a context answer that is not 2xx. Status codes are not documented; these are the analogues of other endpoints. */
export function contextProblem(status: number, body: string): ContextProblem {
  const { code } = errorObject.parse(parseJson(body));
  if (status === 401 || status === 403) return 'flatpeak_refused_us';
  if (isPassing(status)) return 'flatpeak_unavailable';
  if (status === 410 || code.includes('expired')) return 'token_expired';
  if (status === 409 || /used|claimed|complete/.test(code)) return 'token_used';
  if (status === 400 || status === 404 || status === 422) return 'token_unknown';
  return 'flatpeak_malformed';
}

/** What a submission's answer means for its delivery. */
export type SubmissionVerdict = 'accepted' | 'refused' | 'conflict' | 'unauthorized' | 'parked' | 'again';

const FINAL = new Set([400, 404, 410, 422]);

export function submissionVerdict(status: number): SubmissionVerdict {
  if (status >= 200 && status < 300) return 'accepted';
  if (status === 409) return 'conflict';
  if (status === 401 || status === 403) return 'unauthorized';
  if (FINAL.has(status)) return 'refused';
  if (isPassing(status)) return 'again';
  return 'parked';
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), as milliseconds from now; null when absent or unreadable. */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const value = headers.get('retry-after');
  if (value === null) return null;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const date = /^[A-Z][a-z]+day|^[A-Z][a-z]{2}\b/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
