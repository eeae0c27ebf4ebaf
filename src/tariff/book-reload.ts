import { statSync } from 'node:fs';
import path from 'node:path';
import { instantOf, type Clock } from '../base/clock.ts';
import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { PackFileProblem, readYaml } from '../config/pack/files.ts';
import type { Pack } from '../config/pack/pack.ts';
import { bookProblems } from './book-check.ts';
import type { BookSource } from './sources/book.ts';
import type { StepName } from './sources/source.ts';

/** Books are small and change rarely; nobody waits longer than this for a change. */
const LOOK_EVERY_MS = 5000;

export interface BookReload {
  pack: Pick<Pack, 'folder' | 'tariff' | 'currency'>;
  clock: Clock;
  log: Log;
}

/**
 * The contents of a book, read anew when its file has changed and is right; a broken one is said once, and the contents
 * of before stay in force.
 */
export function bookContents({ pack, clock, log }: BookReload) {
  return (spec: BookSource, step: StepName): (() => unknown) => {
    const file = path.join(pack.folder, spec.file);
    let content: unknown = spec.content;
    let stamp = stampOf(file);
    let lookedAt = clock();

    const read = (): unknown => {
      try {
        const found = readYaml(pack.folder, spec.file);
        const problems = bookProblems({ ...spec, content: found }, step, pack, instantOf(clock));
        if (problems.length > 0) log.error({ event: 'book_refused', path: spec.file, count: problems.length });
        else log.info({ event: 'book_reloaded', path: spec.file });
        return problems.length > 0 ? content : found;
      } catch (error) {
        const code = error instanceof PackFileProblem ? 'not_readable' : codeOf(error);
        log.error({ event: 'book_refused', path: spec.file, code });
        return content;
      }
    };

    return () => {
      if (clock() - lookedAt < LOOK_EVERY_MS) return content;
      lookedAt = clock();
      const now = stampOf(file);
      if (now !== stamp) {
        stamp = now;
        content = read();
      }
      return content;
    };
  };
}

/** Links are followed, as where an orchestrator exchanges mounted files by moving a link. */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : 'missing';
}
