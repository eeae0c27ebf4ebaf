import { LRUCache } from 'lru-cache';
import type { OutboundAnswer } from '../../base/outbound.ts';

/** Remembers answers that can be asked about again cheaply (RFC 9110 §13.1): "has it changed since?" */
export interface Validators {
  /** Headers that ask so, empty where nothing is remembered under this key. */
  conditions(key: string): Record<string, string>;
  /** The answer, or, where it says that nothing has changed, the one remembered. */
  settle(key: string, answer: OutboundAnswer): OutboundAnswer;
}

interface Remembered {
  answer: OutboundAnswer;
  conditions: Record<string, string>;
}

/** Of all bodies of one source together, the least used forgotten first. */
const MOST_CHARACTERS = 20_000_000;

export function createValidators(mostCharacters = MOST_CHARACTERS): Validators {
  const remembered = new LRUCache<string, Remembered>({
    maxSize: mostCharacters,
    sizeCalculation: ({ answer }) => answer.body.length + 1,
  });
  return {
    conditions: (key) => remembered.get(key)?.conditions ?? {},
    settle(key, answer) {
      if (answer.status === 304) return remembered.get(key)?.answer ?? answer;
      const conditions = answer.status === 200 ? conditionsFrom(answer.headers) : {};
      if (Object.keys(conditions).length > 0) remembered.set(key, { answer, conditions });
      else remembered.delete(key);
      return answer;
    },
  };
}

/** An entity tag says more than a date with seconds, and where both are sent the tag rules anyway (RFC 9110 §13.1.3). */
function conditionsFrom(headers: Headers): Record<string, string> {
  const etag = headers.get('etag');
  if (etag !== null) return { 'if-none-match': etag };
  const modified = headers.get('last-modified');
  return modified === null ? {} : { 'if-modified-since': modified };
}
