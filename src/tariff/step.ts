import { instantOf, type Clock } from '../base/clock.ts';
import { codeOf, Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { DatedAnswer, LastGood } from './last-good.ts';
import { createRefreshing } from './refreshing.ts';
import type { ShapedSource } from './sources/open.ts';
import type { SourceContext } from './sources/source.ts';

/** An answer and how it was come by. `key` is what the last good one is kept under. */
export interface Found {
  key: string;
  answer: DatedAnswer;
  /** The source is down; this is what it said before. */
  lastGood: boolean;
}

/** One of the two steps: asks its source no more often than needed, and knows what it last said that was true. */
export interface Step {
  /** `freshKey` tells apart answers that are kept as one: the same prices for other days. Rejects as sources do. */
  ask(key: string, freshKey: string, context: SourceContext): Promise<Found>;
  recall(key: string): Promise<Found | null>;
  /** To be called once the answer has made a valid tariff. */
  remember(found: Found): Promise<void>;
}

export interface StepParts {
  name: 'agreement' | 'prices';
  source: ShapedSource;
  lastGood: LastGood;
  clock: Clock;
  log: Log;
  freshMs: number;
  failedMs: number;
  max: number;
}

export function createStep({ name, source, lastGood, clock, log, ...bounds }: StepParts): Step {
  const answers = createRefreshing<DatedAnswer>({ clock, ...bounds });
  const kept = new WeakSet<DatedAnswer>();

  const load = async (context: SourceContext): Promise<DatedAnswer> => {
    try {
      return { ...(await source.read(context)), fetchedAt: instantOf(clock).toString() };
    } catch (error) {
      log.warn({ event: 'tariff_source_failed', step: name, code: codeOf(error), ...loggable(error) });
      throw error;
    }
  };

  const recall = async (key: string): Promise<Found | null> => {
    try {
      const answer = await lastGood.get(key);
      return answer ? { key, answer, lastGood: true } : null;
    } catch (error) {
      log.warn({ event: 'last_good_unreadable', step: name, code: codeOf(error) });
      return null;
    }
  };

  return {
    async ask(key, freshKey, context) {
      try {
        return { key, answer: await answers.get(freshKey, () => load(context)), lastGood: false };
      } catch (error) {
        const older = await recall(key);
        if (older) return older;
        throw error;
      }
    },
    recall,
    async remember({ key, answer, lastGood: old }) {
      if (old || kept.has(answer)) return;
      kept.add(answer);
      try {
        await lastGood.put(key, answer);
      } catch (error) {
        log.warn({ event: 'last_good_not_kept', step: name, code: codeOf(error) });
      }
    },
  };
}

/** The facts of a source's failure that the log has fields for. */
function loggable(error: unknown) {
  if (!(error instanceof Failure)) return {};
  const { reason, status, path, expression, position, token } = error.facts;
  const near = token === undefined ? '' : ` near ${token}`;
  return {
    reason,
    status,
    path: path ?? expression,
    detail: position === undefined ? undefined : `at ${position}${near}`,
  };
}
