import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import { MOMENTS, type Moment, type Moments } from './moments.ts';

/** Nothing came of the moment that was chosen: then it is now. */
const AT_LATEST_MS = 2500;

/** Resolves when the adapter, ready just now, is to die: after any time, or right after the nth of something. */
export async function whenToKill(chance: Chance, moments: Moments): Promise<void> {
  const moment = chance.oneOf<Moment | 'any'>(['any', ...MOMENTS]);
  if (moment === 'any') return sleep(chance.below(700));
  const { reached, stop } = moments.nth(moment, 1 + chance.below(4));
  const late = new AbortController();
  const tooLate = sleep(AT_LATEST_MS, undefined, { signal: late.signal }).catch(() => undefined);
  await Promise.race([reached, tooLate]);
  late.abort();
  stop();
  // Half of the time at that very moment; otherwise about as long after it as one step of the adapter takes.
  if (chance.happens(0.5)) await sleep(chance.below(30));
}
