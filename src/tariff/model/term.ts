import type { SourceTariff } from './provider-tariff.ts';

/** Spans of time as epoch milliseconds, half-open; Infinity when there is no end. */
export interface Span {
  from: number;
  to: number;
}

export const milliseconds = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;

export const spanOf = (row: { valid_from: string; valid_to: string | null }): Span => ({
  from: milliseconds(row.valid_from),
  to: row.valid_to === null ? Infinity : milliseconds(row.valid_to),
});

/**
 * When the contract is in force, together with the one stitched on: the tariff's prices say nothing about any other
 * time.
 */
export const termOf = ({ contract, following }: SourceTariff): Span =>
  spanOf({ valid_from: contract.start_date, valid_to: (following?.contract ?? contract).end_date });

/** Where the next agreement is stitched on; null when none is. */
export const seamOf = ({ contract, following }: SourceTariff): number | null =>
  following && contract.end_date !== null ? milliseconds(contract.end_date) : null;

/** When the contract ends, and how far prices or schedules reach; Infinity when they have no end. */
export function endsOf(source: SourceTariff): { contract: number; prices: number } {
  const { prices = [], schedules = [] } = source.tariff;
  const last = [prices.at(-1), schedules.at(-1)].filter((row) => row !== undefined);
  return { contract: termOf(source).to, prices: Math.max(-Infinity, ...last.map((row) => spanOf(row).to)) };
}

export const isoOf = (epochMilliseconds: number): string =>
  Temporal.Instant.fromEpochMilliseconds(epochMilliseconds).toString();
