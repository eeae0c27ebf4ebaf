import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';

type Entry<T> = { from: number; until: number } & ({ value: T } | { error: unknown });

/** Answers by key, each loaded by one caller at a time however many ask. */
export interface Refreshing<T> {
  /** The known answer while it is fresh, else what `load` gives. Rejects as `load` does. */
  get(key: string, load: () => Promise<T>): Promise<T>;
}

/** A failure is remembered too, for a shorter time, so that a source in trouble is not asked by every poll. */
export function createRefreshing<T>(options: {
  clock: Clock;
  freshMs: number;
  failedMs: number;
  max: number;
  /** When an answer stops being true by itself (epoch ms); null when nobody knows. */
  endOf?: (value: T) => number | null;
}): Refreshing<T> {
  const { clock, freshMs, failedMs, max, endOf = () => null } = options;
  const known = new LRUCache<string, Entry<T>>({ max });
  const loading = new Map<string, Promise<T>>();

  const load = async (key: string, ask: () => Promise<T>): Promise<T> => {
    try {
      const value = await ask();
      const end = endOf(value) ?? Infinity;
      const from = clock();
      // An answer that was over when it came is the source's own affair; it is not asked for with every poll.
      known.set(key, { value, from, until: Math.min(from + freshMs, end > from ? end : Infinity) });
      return value;
    } catch (error) {
      known.set(key, { error, from: clock(), until: clock() + failedMs });
      throw error;
    } finally {
      loading.delete(key);
    }
  };

  return {
    async get(key, ask) {
      const entry = known.get(key);
      const now = clock();
      // What comes from the future was kept before the clock was put back, and would be kept for too long.
      if (entry !== undefined && entry.from <= now && entry.until > now) {
        if ('value' in entry) return entry.value;
        throw entry.error;
      }
      let flight = loading.get(key);
      if (!flight) loading.set(key, (flight = load(key, ask)));
      return flight;
    },
  };
}
