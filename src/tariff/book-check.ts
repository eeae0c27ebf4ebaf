import { explain } from '../config/pack/explain.ts';
import type { Pack } from '../config/pack/pack.ts';
import type { Problem } from '../config/secrets.ts';
import { declaredFacts } from './declared-facts.ts';
import { acceptTariff } from './model/accept.ts';
import { bookSchema, SECTIONS, type Book, type BookSource } from './sources/book.ts';
import type { StepName } from './sources/source.ts';
import { suppliesSchema } from './supplies-schema.ts';

type DeclaringPack = Pick<Pack, 'tariff' | 'currency'>;

/** Everything that is wrong with a book's contents. Without `pack` tariffs are not looked into. */
export function bookProblems(
  source: BookSource,
  step: StepName,
  pack: DeclaringPack | null,
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

function entryProblems(
  section: keyof Book,
  entry: unknown,
  pack: DeclaringPack | null,
  now: Temporal.Instant,
): Problem[] {
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
