import { Failure } from '../../base/failure.ts';
import type { Mapping } from '../../config/pack/pack.ts';

/** The three questions a pack answers; a module's functions bear these names. */
export type StepName = 'supplies' | 'agreement' | 'prices';

/**
 * The customer's own access token, got when a source asks with it; `refused` is one the source did not take. Throws
 * `customer_access_ended` (the customer's access is over; fact: the `grant` it was of) or `source_unavailable`.
 */
export type CustomerToken = (refused?: string) => Promise<string>;

/** What is known when a source is asked; its templates, its module and its mapping draw from nothing else. */
export interface SourceContext {
  sub: string;
  claims: Record<string, unknown>;
  supply?: { id: string; account_id?: string | null; meter_point_id?: string | null };
  /** What the agreement step found out about this supply. */
  agreement?: Record<string, unknown>;
  from?: Temporal.Instant;
  to?: Temporal.Instant;
  /** For sources with `auth: customer_token`. */
  customerToken?: CustomerToken;
}

export const ACCESS_ENDED = 'customer_access_ended';

/** Throws `source_value_missing` where nobody has signed in. */
export function requireToken(token: CustomerToken | undefined): CustomerToken {
  if (!token) throw new Failure('source_value_missing', { path: 'customer_token' });
  return token;
}

/** A document as the provider's system gave it. `sha256` (hex) is of the bytes received. */
export interface Answer {
  document: unknown;
  sha256: string;
}

/**
 * One system of the provider's. Throws
 * - `source_unavailable`: no answer or a passing one (network, time-out, 408, 425, 429, 5xx), worth another try later;
 * - `source_refused`: an answer that asking again will not change (any other 3xx or 4xx, credentials refused);
 * - `source_malformed`: an answer that is no document (not JSON, empty, an error in disguise, too large);
 * - `source_value_missing`: a placeholder this customer or supply has no value for.
 * Facts name reasons, statuses and placeholders; never addresses, values or bodies.
 */
export interface DocumentSource {
  read(context: SourceContext): Promise<Answer>;
  close(): Promise<void>;
}

/** A document in our shape, with the mapping that made it (`canonical` when it came that way). */
export interface ShapedAnswer extends Answer {
  mapping: Pick<Mapping, 'name' | 'version'>;
}
