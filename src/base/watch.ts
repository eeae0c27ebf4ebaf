import type { Outbound } from './outbound.ts';

/** Remembers which other systems failed when they were last asked. */
export interface Watch {
  /** The same way out, with its results noted under a name. */
  over(name: string, send: Outbound): Outbound;
  failing(): string[];
}

export function createWatch(): Watch {
  const failing = new Set<string>();
  const note = (name: string, ok: boolean): void => {
    if (ok) failing.delete(name);
    else failing.add(name);
  };
  return {
    over: (name, send) => async (request) => {
      try {
        const answer = await send(request);
        note(name, answer.status < 500);
        return answer;
      } catch (error) {
        note(name, false);
        throw error;
      }
    },
    failing: () => [...failing].sort(),
  };
}
