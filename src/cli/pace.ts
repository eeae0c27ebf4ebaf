import type { Clock } from '../base/clock.ts';

/** Resolves when it is one's turn: at most `perSecond` turns in a second, evenly apart, in the order asked for. */
export function createPace(perSecond: number, clock: Clock, sleep: (ms: number) => Promise<void>): () => Promise<void> {
  let next = -Infinity;
  return async () => {
    const now = clock();
    const turn = Math.max(now, next);
    next = turn + 1000 / perSecond;
    if (turn > now) await sleep(turn - now);
  };
}
