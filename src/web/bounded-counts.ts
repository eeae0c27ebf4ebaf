import { MemoryStore } from 'express-rate-limit';

/**
 * How many keys each half of a limiter's memory holds. The library forgets keys after a window or two, but until then
 * keeps as many as come, and an attacker with an IPv6 network brings a new one with every request.
 */
const MOST_KEYS = 50_000;

/** Counts in memory; when that is full, those that have been quiet for longest are forgotten, which lets them pass. */
class BoundedStore extends MemoryStore {
  override increment(key: string): ReturnType<MemoryStore['increment']> {
    if (this.current.size >= MOST_KEYS && !this.current.has(key)) {
      this.previous = this.current;
      this.current = new Map();
    }
    return super.increment(key);
  }
}

/** For instances that do not share their counts. */
export const countInMemory = (): MemoryStore => new BoundedStore();
