import { z } from 'zod';
import { instantOf, type Clock } from '../base/clock.ts';
import { codeOf, Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { DatedAnswer, LastGood } from './last-good.ts';
import { createRefreshing } from './refreshing.ts';
import type { ShapedSource } from './sources/open.ts';
import { ACCESS_ENDED, type SourceContext } from './sources/source.ts';

/** What is asked, as digests. */
export interface Question {
  /** What the last good answer is kept under; null where none is kept, as for days nobody usually asks for. */
  key: string | null;
  /** Tells apart answers that are kept as one: the same prices for other days. */
  freshKey: string;
}

/** An answer and how it was come by. */
export interface Found {
  question: Question;
  answer: DatedAnswer;
  /** The source is down; this is what it said before. */
  lastGood: boolean;
}

/** One of the two steps: asks its source no more often than needed, and knows what it last said that was true. */
export interface Step {
  /** Rejects as sources do. */
  ask(question: Question, context: SourceContext): Promise<Found>;
  recall(question: Question): Promise<Found | null>;
  /** To be called once the answer has made a valid tariff, with the end (epoch ms) of what it knows. */
  remember(found: Found, goodUntil: number): Promise<void>;
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
  const answers = createRefreshing<DatedAnswer>({
    clock,
    ...bounds,
    // At a contract's end its customer has the next one, or none.
    endOf: ({ document }) => contractEndOf(document),
  });
  const kept = new WeakSet<DatedAnswer>();

  const load = async (context: SourceContext): Promise<DatedAnswer> => {
    try {
      return { ...(await source.read(context)), fetchedAt: instantOf(clock).toString() };
    } catch (error) {
      log.warn({ event: 'tariff_source_failed', step: name, code: codeOf(error), ...loggable(error) });
      throw error;
    }
  };

  const recall = async (question: Question): Promise<Found | null> => {
    try {
      const answer = question.key === null ? undefined : await lastGood.get(question.key);
      return answer ? { question, answer, lastGood: true } : null;
    } catch (error) {
      log.warn({ event: 'last_good_unreadable', step: name, code: codeOf(error) });
      return null;
    }
  };

  return {
    async ask(question, context) {
      try {
        return { question, answer: await answers.get(question.freshKey, () => load(context)), lastGood: false };
      } catch (error) {
        // Nothing is served of a customer whose access is over, however good it was.
        const older = codeOf(error) === ACCESS_ENDED ? null : await recall(question);
        if (older) return older;
        throw error;
      }
    },
    recall,
    async remember({ question, answer, lastGood: old }, goodUntil) {
      if (old || question.key === null || kept.has(answer)) return;
      kept.add(answer);
      try {
        await lastGood.put(question.key, answer, goodUntil);
      } catch (error) {
        log.warn({ event: 'last_good_not_kept', step: name, code: codeOf(error) });
      }
    },
  };
}

const dated = z.object({ contract: z.object({ end_date: z.iso.datetime({ offset: true }) }) });

/** When the contract of an answer ends, where it says so to the instant. */
function contractEndOf(document: unknown): number | null {
  const parsed = dated.safeParse(document);
  return parsed.success ? Date.parse(parsed.data.contract.end_date) : null;
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
