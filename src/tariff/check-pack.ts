import { codeOf } from '../base/failure.ts';
import type { Pack, Source } from '../config/pack/pack.ts';
import type { Problem } from '../config/secrets.ts';
import { bookProblems } from './book-check.ts';
import { declareProblems } from './declared-facts.ts';
import { loadModule } from './sources/module.ts';
import type { StepName } from './sources/source.ts';

/** A book with the same slip on every page need not fill the screen. */
const MOST_PROBLEMS = 50;

/**
 * The rest of the pack's check, whose rules are this room's: declared facts, the contents of books, and that modules
 * export what they should. To be run at start, after `loadPack` has found nothing wrong.
 */
export async function checkPack(pack: Pack, now: Temporal.Instant): Promise<Problem[]> {
  const declared = declareProblems(pack);
  const steps: [StepName, Source | null][] = [
    ['supplies', pack.supplies],
    ['agreement', pack.tariff.agreement],
    ['prices', pack.tariff.prices],
  ];
  const found: Problem[] = [];
  for (const [step, source] of steps) {
    if (source?.source === 'module') found.push(...(await moduleProblems(source, step)));
    if (source?.source === 'book') found.push(...bookProblems(source, step, declared.length === 0 ? pack : null, now));
  }
  return [...declared, ...found].slice(0, MOST_PROBLEMS);
}

async function moduleProblems(source: Extract<Source, { source: 'module' }>, step: StepName): Promise<Problem[]> {
  try {
    await loadModule(source.module, step);
    return [];
  } catch (error) {
    const fix =
      codeOf(error) === 'source_not_a_module'
        ? `must name an ES module that exports a function ${step}(ctx)`
        : `names a module that cannot be loaded (${codeOf(error)})`;
    return [{ where: `provider.yaml ${source.at}.module`, fix }];
  }
}
