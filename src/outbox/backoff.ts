import { decorrelatedJitterGenerator, ExponentialBackoff } from 'cockatiel';

/**
 * Waiting time before the next attempt: about half a second at first, doubling, never beyond 45 seconds, with
 * jitter. The ceiling is what lets the outbox empty itself within a minute of Flatpeak's return.
 */
export function backoffMs(attempts: number): number {
  let backoff = new ExponentialBackoff({
    initialDelay: 500,
    maxDelay: 45_000,
    generator: decorrelatedJitterGenerator,
  }).next();
  for (let step = 1; step < Math.min(attempts, 12); step += 1) backoff = backoff.next(undefined);
  // The generator's own jitter ends at its ceiling, where a long outage would gather everybody in step.
  const jittered = backoff.duration * (1 - Math.random() / 4);
  // Whole milliseconds: instants are integers in the database, and PostgreSQL insists on it.
  return Math.round(jittered);
}
