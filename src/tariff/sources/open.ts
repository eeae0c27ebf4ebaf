import type { Source } from '../../config/pack/pack.ts';
import type { Mapper } from '../mapping/mapper.ts';
import { createBookSource, SECTIONS, type BookSource } from './book.ts';
import { malformed, refuseNothing } from './document.ts';
import { createHttpSource, type HttpParts } from './http.ts';
import { createModuleSource } from './module.ts';
import { shapeByPreset, type Place } from './by-preset.ts';
import type { DocumentSource, ShapedAnswer, SourceContext, StepName } from './source.ts';

/** A source of the pack, opened: it answers in our shape. */
export interface ShapedSource {
  read(context: SourceContext): Promise<ShapedAnswer>;
  close(): Promise<void>;
}

export interface OpenParts extends HttpParts {
  /** A book's contents as they are now; without it, as they were at start. */
  bookContents?: ((spec: BookSource, step: StepName) => () => unknown) | undefined;
  /** What holds where neither format nor pack says it. */
  place?: Place | undefined;
}

/**
 * Opens the source of one step. A mapping sees the document and, as `$supply`, `$agreement`, `$from`, `$to` and
 * `$select`, what it was asked for; who the customer is it need not know. Throws what DocumentSource and Mapper throw.
 */
export function openSource(spec: Source, step: StepName, mapper: Mapper, parts: OpenParts): ShapedSource {
  const source = documentSource(spec, step, parts);
  return {
    async read(context) {
      const answer = await source.read(context);
      if (step !== 'supplies') refuseNothing(answer.document);
      const shaped = shapeByPreset(spec, step, answer.document, context, parts);
      if (shaped) return { ...answer, ...shaped };
      if (spec.mapping === null) return { ...answer, mapping: { name: 'canonical', version: '1' } };
      const document = await mapper.map(spec.mapping, answer.document, bindingsOf(spec, context));
      if (document === undefined || document === null) throw malformed('mapping_selects_nothing');
      return { document, sha256: answer.sha256, mapping: { name: spec.mapping.name, version: spec.mapping.version } };
    },
    close: () => source.close(),
  };
}

function documentSource(spec: Source, step: StepName, parts: OpenParts): DocumentSource {
  switch (spec.source) {
    case 'http':
      return createHttpSource(spec, parts);
    case 'book':
      return createBookSource(spec, SECTIONS[step], parts.bookContents?.(spec, step));
    case 'module':
      return createModuleSource(spec, step);
  }
}

function bindingsOf(spec: Source, context: SourceContext): Record<string, unknown> {
  return {
    supply: context.supply,
    agreement: context.agreement,
    from: context.from?.toString(),
    to: context.to?.toString(),
    select: 'select' in spec ? spec.select : {},
  };
}
