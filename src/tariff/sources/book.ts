import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { Source } from '../../config/pack/pack.ts';
import { fillTemplate } from '../../config/pack/template.ts';
import { sha256 } from './document.ts';
import { valueOf } from './render.ts';
import type { DocumentSource, StepName } from './source.ts';

export type BookSource = Extract<Source, { source: 'book' }>;

/**
 * A tariff book: a YAML or JSON file of the pack, for providers whose tariffs fit in one. `supplies` are found by
 * customer, `agreements` and `tariffs` by supply, unless the source's `key` says otherwise.
 */
export const bookSchema = z.strictObject({
  supplies: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))).optional(),
  agreements: z.record(z.string(), z.unknown()).optional(),
  tariffs: z.record(z.string(), z.unknown()).optional(),
});

export type Book = z.output<typeof bookSchema>;
export type Section = keyof Book;

export const SECTIONS: Record<StepName, Section> = {
  supplies: 'supplies',
  agreement: 'agreements',
  prices: 'tariffs',
};

const USUAL_KEY: Record<Section, string> = { supplies: '{sub}', agreements: '{supply_id}', tariffs: '{supply_id}' };

/**
 * Throws `source_entry_missing` for a supply the book does not hold; a customer it does not hold has no supplies.
 * `contents` gives the book as it is now, the same object while it is the same.
 */
export function createBookSource(
  spec: BookSource,
  section: Section,
  contents: () => unknown = () => spec.content,
): DocumentSource {
  const entriesOf = (content: unknown) =>
    new Map<string, unknown>(Object.entries(bookSchema.parse(content)[section] ?? {}));
  let known = { content: spec.content, entries: entriesOf(spec.content) };
  const current = (): Map<string, unknown> => {
    const content = contents();
    if (content !== known.content) known = { content, entries: entriesOf(content) };
    return known.entries;
  };
  const key = spec.key ?? USUAL_KEY[section];
  return {
    read: (context) => {
      const entry =
        current().get(fillTemplate(key, (name) => valueOf(name, context))) ?? (section === 'supplies' ? [] : undefined);
      if (entry === undefined) return Promise.reject(new Failure('source_entry_missing', { path: section }));
      const document: unknown = section === 'supplies' ? { supplies: entry } : entry;
      return Promise.resolve({ document, sha256: sha256(JSON.stringify(document)) });
    },
    close: () => Promise.resolve(),
  };
}
