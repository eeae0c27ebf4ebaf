import { codeOf } from '../base/failure.ts';
import { explain } from '../config/pack/explain.ts';
import type { Pack, Source } from '../config/pack/pack.ts';
import type { Problem } from '../config/secrets.ts';
import { declaredFacts, declareProblems } from './declared-facts.ts';
import { acceptTariff } from './model/accept.ts';
import { bookSchema, SECTIONS, type Book } from './sources/book.ts';
import { loadModule } from './sources/module.ts';
import type { StepName } from './sources/source.ts';
import { suppliesSchema } from './supplies-schema.ts';

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

function bookProblems(
  source: Extract<Source, { source: 'book' }>,
  step: StepName,
  pack: Pack | null,
  now: Temporal.Instant,
): Problem[] {
  const book = bookSchema.safeParse(source.content);
  if (!book.success) {
    return explain(book.error.issues).map(({ path, fix }) => ({ where: `${source.file} ${path}`.trimEnd(), fix }));
  }
  const section = SECTIONS[step];
  const entries = book.data[section];
  if (!entries)
    return [{ where: `provider.yaml ${source.at}.file`, fix: `names ${source.file}, which has no ${section}` }];
  // What a mapping makes of an entry is known only once somebody asks for it.
  if (source.mapping !== null) return [];
  return Object.entries(entries).flatMap(([key, entry]) =>
    entryProblems(section, entry, pack, now).map(({ where, fix }) => ({
      where: `${source.file} ${section}.${key}${where}`,
      fix,
    })),
  );
}

function entryProblems(section: keyof Book, entry: unknown, pack: Pack | null, now: Temporal.Instant): Problem[] {
  if (section === 'supplies') {
    const parsed = suppliesSchema.safeParse({ supplies: entry });
    if (parsed.success) return [];
    return explain(parsed.error.issues).map(({ path, fix }) => ({ where: path.replace(/^supplies/, ''), fix }));
  }
  const unsupported = typeof entry === 'object' && entry !== null && 'not_supported' in entry;
  if (section === 'agreements' || unsupported) return [];
  if (pack?.tariff.agreement !== null) return [];
  const verdict = acceptTariff(entry, declaredFacts(pack), now);
  return verdict.ok
    ? []
    : verdict.problems
        // A book also holds contracts of yesterday and of tomorrow; whether one is in force is asked at each poll.
        .filter(({ code }) => code !== 'contract_ended' && code !== 'contract_not_started')
        .map(({ code, path, detail }) => ({ where: path.replace(/^\$/, ''), fix: `${code}: ${detail}` }));
}
