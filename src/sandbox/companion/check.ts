import { acceptTariff, type TariffProblem } from '../../tariff/model/accept.ts';
import { coverageOf } from '../../tariff/model/coverage.ts';
import { declareSchema } from '../../tariff/model/declare.ts';
import { priceAt } from '../../tariff/model/prices.ts';
import type { Coverage, SourceTariff } from '../../tariff/model/provider-tariff.ts';
import { SLOT_MINUTES, type Slot } from './next-day.ts';

const HOURS = 48;

export type Checked =
  { ok: true; source: SourceTariff; coverage: Coverage; slots: Slot[] } | { ok: false; problems: TariffProblem[] };

/** The adapter's own rules over a tariff that was served: what `adapter tariff check` says of it. */
export function checkTariff(body: unknown, now: Temporal.Instant): Checked {
  // Nothing is declared: what is served says everything itself.
  const verdict = acceptTariff(body, declareSchema.parse({}), now);
  if (!verdict.ok) return verdict;
  const coverage = coverageOf(verdict.tariff, now);
  if (coverage.from === coverage.to) {
    return { ok: false, problems: [{ code: 'nothing_known_now', path: '$.tariff', detail: 'no price is known now' }] };
  }
  return { ok: true, source: verdict.tariff, coverage, slots: slotsOf(verdict.tariff, now) };
}

function slotsOf(source: SourceTariff, now: Temporal.Instant): Slot[] {
  const first = now.round({ smallestUnit: 'minute', roundingIncrement: SLOT_MINUTES, roundingMode: 'floor' });
  return Array.from({ length: (HOURS * 60) / SLOT_MINUTES }, (_, index) => {
    const from = first.add({ minutes: index * SLOT_MINUTES });
    const price = priceAt(source, from);
    return { from, value: price?.value ?? null, confidence: price?.confidence ?? 1 };
  });
}
