import { LRUCache } from 'lru-cache';
import type { OutboundAnswer } from '../../base/outbound.ts';

/** Remembers answers that can be asked about again cheaply (RFC 9110 §13.1): "has it changed since?" */
export interface Validators {
  recall(key: string): Remembered | undefined;
  /** The answer, or, where it says that nothing has changed, the one recalled before it was asked for. */
  settle(key: string, answer: OutboundAnswer, recalled: Remembered | undefined): OutboundAnswer;
}

export interface Remembered {
  answer: OutboundAnswer;
  /** Headers that ask whether it has changed. */
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
    recall: (key) => remembered.get(key),
    settle(key, answer, recalled) {
      if (answer.status === 304 && recalled) return recalled.answer;
      const conditions = answer.status === 200 ? conditionsFrom(answer.headers) : {};
      if (Object.keys(conditions).length > 0) remembered.set(key, { answer, conditions });
      else remembered.delete(key);
      return answer;
    },
  };
}

/** An entity tag says more than a date with seconds, and where both are sent the tag rules anyway (RFC 9110 §13.1.3). */
function conditionsFrom(headers: Headers): Record<string, string> {
  if (/\bno-store\b/i.test(headers.get('cache-control') ?? '')) return {};
  const etag = headers.get('etag');
  if (etag !== null) return { 'if-none-match': etag };
  const modified = headers.get('last-modified');
  return modified === null ? {} : { 'if-modified-since': modified };
}
