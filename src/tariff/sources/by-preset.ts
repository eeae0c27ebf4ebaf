import { instantOf, type Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Source } from '../../config/pack/pack.ts';
import { applyAgreement, shapeWithPreset } from '../presets/apply.ts';
import type { SourceContext, StepName } from './source.ts';

/** Where the provider is: the zone of an agreement's dates, the currency of prices that name none. */
export interface Place {
  timezone: string;
  currency: string;
}

interface Parts {
  clock: Clock;
  place?: Place | undefined;
}

/**
 * The answer of a source whose format has a preset, in our shape; null for a source without one. Throws
 * `tariff_invalid` with the first problem and its path.
 */
export function shapeByPreset(
  spec: Source,
  step: StepName,
  document: unknown,
  context: SourceContext,
  { clock, place }: Parts,
): { document: unknown; mapping: { name: string; version: string } } | null {
  if (!('preset' in spec) || spec.preset === undefined) return null;
  const now = instantOf(clock);
  const { select } = spec;
  const shaped =
    'declare' in spec
      ? shapeWithPreset(spec.preset, document, {
          select,
          declare: spec.declare,
          defaults: place && { currency: place.currency },
          agreement: context.agreement,
          supply: context.supply,
          now,
        })
      : applyAgreement(spec.preset, document, { select, supply: context.supply, timezone: place?.timezone, now });
  if (shaped.ok) return { document: shaped.raw, mapping: { name: spec.preset, version: '1' } };
  const [first] = shaped.problems;
  throw new Failure('tariff_invalid', {
    problem: first?.code ?? 'unknown',
    path: first?.path ?? '$',
    detail: `${step}: ${first?.detail ?? ''}`,
    count: shaped.problems.length,
  });
}
