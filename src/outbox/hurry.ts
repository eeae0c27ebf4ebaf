import type { SubmissionResult } from '../flatpeak/client.ts';

/** What becomes of a submission; once there is no more time, that it was broken off, also where our own log-in hangs. */
export function unlessHurried(submitted: Promise<SubmissionResult>, hurry: AbortSignal): Promise<SubmissionResult> {
  const { promise, resolve } = Promise.withResolvers<SubmissionResult>();
  const breakOff = () => resolve({ verdict: 'again', code: 'broken_off', answered: false, retryAfterMs: null });
  hurry.addEventListener('abort', breakOff, { once: true });
  if (hurry.aborted) breakOff();
  return Promise.race([submitted, promise]).finally(() => hurry.removeEventListener('abort', breakOff));
}
