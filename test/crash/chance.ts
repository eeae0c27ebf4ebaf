import { createHash } from 'node:crypto';

/** Choices that come out the same for the same seed. */
export interface Chance {
  /** From 0 up to, and without, `limit`. */
  below(limit: number): number;
  happens(probability: number): boolean;
  oneOf<T>(choices: readonly [T, ...T[]]): T;
  /** Choices of their own for everyone who asks, whoever chooses first. */
  of(name: string | number): Chance;
}

export function chanceOf(seed: string): Chance {
  const state = createHash('sha256').update(seed).digest();
  let at = state.readUInt32LE(0);
  /** mulberry32: short, and even enough for choosing moments. */
  const next = (): number => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    below: (limit) => Math.floor(next() * limit),
    happens: (probability) => next() < probability,
    oneOf: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0],
    of: (name) => chanceOf(`${seed}/${name}`),
  };
}
