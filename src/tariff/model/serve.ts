import { createHash } from 'node:crypto';
import { coverageOf } from './coverage.ts';
import type { Estimate } from './declare.ts';
import { withEstimate } from './estimate.ts';
import { timelineOf } from './known.ts';
import { nextUpdate } from './next-update.ts';
import { noticesOf } from './notices.ts';
import type { Notice, PriceInterval, ProviderTariff, SourceTariff } from './provider-tariff.ts';
import { isoOf } from './term.ts';

const SCHEMA_VERSION = '1.0';

export interface Serving {
  /** As `acceptTariff` left it. */
  source: SourceTariff;
  /** The window asked for, half-open. */
  from: Temporal.Instant;
  to: Temporal.Instant;
  now: Temporal.Instant;
  grantExpiresAt: Temporal.Instant;
  /** The source is down and this is what it last said. */
  lastGood: boolean;
  mapping: { name: string; version: string };
  payloadSha256: string;
  fetchedAt: Temporal.Instant;
  /** Added to the ones that follow from the tariff itself. */
  notices?: Notice[];
  /** The provider's declared `estimate`, when it has switched one on. */
  estimate?: Estimate | undefined;
}

/**
 * The document `GET /tariff` answers. Prices are cut to the window asked for and to the contract; schedules stay
 * whole. Coverage always speaks of the next 24 hours from `now`, whatever the window.
 */
export function serveTariff(serving: Serving): ProviderTariff {
  const { estimate, lastGood, mapping, now } = serving;
  const source = estimate ? withEstimate(serving.source, estimate, now) : serving.source;
  const { prices, ...rest } = source.tariff;
  const coverage = { ...coverageOf(source, now), last_good: lastGood };
  return {
    schema_version: SCHEMA_VERSION,
    contract: source.contract,
    tariff: { ...rest, ...(prices && { prices: cut(source, serving) }) },
    coverage,
    grant: { expires_at: serving.grantExpiresAt.toString() },
    notices: [...noticesOf(source, coverage, now), ...(serving.notices ?? [])],
    next_update: nextUpdate(source, coverage, now).toString(),
    source: {
      mapping: mapping.name,
      mapping_version: mapping.version,
      payload_sha256: serving.payloadSha256,
      fetched_at: serving.fetchedAt.toString(),
    },
  };
}

function cut(source: SourceTariff, window: Pick<Serving, 'from' | 'to'>): PriceInterval[] {
  const asked = { from: window.from.epochMilliseconds, to: window.to.epochMilliseconds };
  const { rows, term } = timelineOf(source, asked);
  return rows.flatMap(({ row, ...span }) => {
    const from = Math.max(span.from, asked.from, term.from);
    const to = Math.min(span.to, asked.to, term.to);
    return from < to ? [{ valid_from: isoOf(from), valid_to: isoOf(to), price: row.price }] : [];
  });
}

/**
 * A weak validator (RFC 9110 §8.8.3) over what a customer pays and for how long: contract and tariff. Times of
 * fetching, coverage and notices do not change it.
 */
export function etagOf({ contract, tariff }: Pick<ProviderTariff, 'contract' | 'tariff'>): string {
  return `W/"${createHash('sha256').update(canonicalJson({ contract, tariff })).digest('base64url')}"`;
}

/** JSON with sorted keys (as RFC 8785 sorts them), so that equal documents have equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([left], [right]) => (left < right ? -1 : 1)))
      : held,
  );
}
