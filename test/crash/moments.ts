/** What can be seen of a decision from outside; the adapter is killed at, or shortly after, one of these. */
export const MOMENTS = [
  /** A button is about to be pressed. */
  'pressed',
  /** The customer has been told that the decision is kept. */
  'acknowledged',
  /** The first byte of a submission has arrived at Flatpeak. */
  'arrived',
  /** Flatpeak has accepted it and says nothing yet. */
  'accepted',
  /** Half of Flatpeak's answer is on its way. */
  'answering',
  /** All of it is. */
  'answered',
] as const;

export type Moment = (typeof MOMENTS)[number];

/** Tells whoever waits for a moment that it has come. */
export class Moments {
  readonly #waiting = new Map<Moment, Set<() => void>>();

  happen(moment: Moment): void {
    for (const tell of this.#waiting.get(moment) ?? []) tell();
  }

  /** Resolves when it has happened so many times from now on; `stop` ends the counting. */
  nth(moment: Moment, times: number): { reached: Promise<void>; stop: () => void } {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const tellers = this.#waiting.get(moment) ?? new Set();
    this.#waiting.set(moment, tellers);
    let left = times;
    const tell = (): void => {
      left -= 1;
      if (left <= 0) resolve(undefined);
    };
    tellers.add(tell);
    return { reached: promise, stop: () => tellers.delete(tell) };
  }
}
