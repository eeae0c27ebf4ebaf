import { priceAt, pricesBetween } from './prices.ts';
import type { Contract, Notice, Schedule, SourcePrice, SourceTariff, Tariff } from './provider-tariff.ts';
import { isoOf, milliseconds, spanOf, termOf, type Span } from './term.ts';

/** Why two agreements cannot be one document. */
export type SeamProblem =
  /** The next does not begin at the instant the present one ends. */
  | 'agreements_apart'
  /** They differ in something a document says only once: money, VAT, zone, direction … */
  | 'agreements_differ'
  /** What they cost right before or right after the seam is not known. */
  | 'seam_not_known'
  /** Their series would have a hole that only tiers could fill, or their schedules one that only a series fills. */
  | 'seam_not_expressible';

export type Stitched = { ok: true; tariff: SourceTariff } | { ok: false; code: SeamProblem };

const cannot = (code: SeamProblem): Stitched => ({ ok: false, code });

/**
 * Rule 11: the present agreement's tariff up to its end, the next one's from there. Both are as `acceptTariff` left
 * them, each by itself. Contract, name and structure stay the present agreement's, which is the one in force; no price
 * of either is said beyond its own end, and series and schedules are as whole as each of them was.
 */
export function stitch(present: SourceTariff, next: SourceTariff): Stitched {
  const term = termOf(next);
  const seam = termOf(present).to;
  if (present.contract.end_date === null || seam !== term.from) return cannot('agreements_apart');
  if (saidOnce(present.tariff) !== saidOnce(next.tariff)) return cannot('agreements_differ');
  if (!knows(present, seam - 1) || !knows(next, seam)) return cannot('seam_not_known');

  const schedules = stitchedSchedules(present, next);
  const prices = stitchedPrices(present, next, seam);
  if (!schedules || !prices) return cannot('seam_not_expressible');
  const either = (name: 'schedules' | 'prices') => (present.tariff[name] ?? next.tariff[name]) !== undefined;
  const tariff = {
    ...present.tariff,
    ...(either('schedules') && { schedules }),
    ...(either('prices') && { prices }),
    not_expressed: remarks(present.tariff, next.tariff, present.contract.end_date),
  };
  const following = { contract: next.contract, structure: next.tariff.structure };
  return { ok: true, tariff: { contract: present.contract, tariff, following } };
}

const saidOnce = ({ direction, type, currency, timezone, vat, price_includes }: Tariff): string =>
  JSON.stringify([direction, type, currency, timezone, vat.included, vat.rate, [...price_includes].sort()]);

const knows = (source: SourceTariff, at: number): boolean =>
  priceAt(source, Temporal.Instant.fromEpochMilliseconds(at)) !== null;

/** Schedules follow one another without a gap or are none (null). */
function stitchedSchedules(present: SourceTariff, next: SourceTariff): Schedule[] | null {
  const first = within(present.tariff.schedules ?? [], { ...present.contract, start_date: null });
  const second = within(next.tariff.schedules ?? [], next.contract);
  const [last, onwards] = [first.at(-1), second[0]];
  if (last && onwards && spanOf(last).to !== spanOf(onwards).from) return null;
  return [...first, ...second];
}

function stitchedPrices(present: SourceTariff, next: SourceTariff, seam: number): SourcePrice[] | null {
  const first = within(present.tariff.prices ?? [], inUtc({ ...present.contract, start_date: null }));
  const second = within(next.tariff.prices ?? [], inUtc(next.contract));
  const [last, onwards] = [first.at(-1), second[0]];
  if (!last || !onwards) return [...first, ...second];
  const bridge = bridged(present, next, { from: spanOf(last).to, to: spanOf(onwards).from }, seam);
  return bridge && [...first, ...bridge, ...second];
}

/** A series has no hole: where a schedule holds between the two, its prices become rows. Rows have no tiers. */
function bridged(present: SourceTariff, next: SourceTariff, { from, to }: Span, seam: number): SourcePrice[] | null {
  const at = (epochMilliseconds: number) => Temporal.Instant.fromEpochMilliseconds(epochMilliseconds);
  const pieces = [...pricesBetween(present, at(from), at(seam)), ...pricesBetween(next, at(seam), at(to))];
  const known = pieces.map(spanOf).reduce((sum, piece) => sum + piece.to - piece.from, 0);
  if (known !== to - from || pieces.some(({ price }) => price.tiers)) return null;
  return pieces.map(({ valid_from, valid_to, price: { value, confidence } }) => ({
    valid_from,
    valid_to,
    price: { value, confidence },
  }));
}

interface Bounds {
  /** Null where the beginning is left as it is. */
  start_date: string | null;
  end_date: string | null;
}

const inUtc = ({ start_date, end_date }: Bounds): Bounds => {
  const utc = (text: string | null) => text && isoOf(milliseconds(text));
  return { start_date: utc(start_date), end_date: utc(end_date) };
};

/** Rows or schedules cut to the time a contract is in force; those outside it fall away. */
function within<Row extends { valid_from: string; valid_to: string | null }>(rows: Row[], bounds: Bounds): Row[] {
  const { start_date: start, end_date: end } = bounds;
  const from = start === null ? -Infinity : milliseconds(start);
  const to = end === null ? Infinity : milliseconds(end);
  return rows.flatMap((row) => {
    const span = spanOf(row);
    if (span.to <= from || span.from >= to) return [];
    const valid_from = start !== null && span.from < from ? start : row.valid_from;
    return [{ ...row, valid_from, valid_to: span.to > to ? end : row.valid_to }];
  });
}

/** What the next agreement charges or leaves unsaid beside its prices, where that is not what holds already. */
function remarks(present: Tariff, next: Tariff, from: NonNullable<Contract['end_date']>): Notice[] {
  const said = new Set(present.not_expressed.map((remark) => JSON.stringify(remark)));
  const added = next.not_expressed.filter((remark) => !said.has(JSON.stringify(remark)));
  const charges = [present, next].map(chargeText);
  if (charges[0] !== charges[1]) {
    added.unshift({ code: 'next_standing_charge', detail: `standing charge ${charges[1] ?? 'not known'}` });
  }
  const dated = added.map(({ code, detail }) => ({ code, detail: `from ${from}: ${detail}`.slice(0, 500) }));
  return [...present.not_expressed, ...dated];
}

const chargeText = ({ standing_charge: charge, currency }: Tariff): string | undefined =>
  charge && `${charge.value} ${currency} a day, VAT ${charge.vat_included ? 'included' : 'excluded'}`;
