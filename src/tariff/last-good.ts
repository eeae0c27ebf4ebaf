import { LRUCache } from 'lru-cache';
import type { ShapedAnswer } from './sources/source.ts';

/** A source's answer with the moment it came (RFC 3339). Plain data, so that it can be kept in a database. */
export interface DatedAnswer extends ShapedAnswer {
  fetchedAt: string;
}

/**
 * The last answers that made a valid tariff, for the hours in which their source is down. Keys are digests: they say
 * nothing about customer or supply.
 */
export interface LastGood {
  get(key: string): Promise<DatedAnswer | undefined>;
  /** `goodUntil` (epoch ms): what it says about prices ends here. */
  put(key: string, answer: DatedAnswer, goodUntil: number): Promise<void>;
}

/** Kept while the process lives, the least used forgotten first. */
export function createMemoryLastGood(max = 10_000): LastGood {
  const answers = new LRUCache<string, DatedAnswer>({ max });
  return {
    get: (key) => Promise.resolve(answers.get(key)),
    put: (key, answer) => {
      answers.set(key, answer);
      return Promise.resolve();
    },
  };
}
