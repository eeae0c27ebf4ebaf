import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { outbound, type Outbound } from '../base/outbound.ts';
import type { Pack } from '../config/pack/pack.ts';
import type { Environment } from '../config/secrets.ts';
import type { Mapper } from './mapping/mapper.ts';
import { boundText } from './model/moments.ts';
import { openSource, type OpenParts } from './sources/open.ts';
import { ACCESS_ENDED, type CustomerToken } from './sources/source.ts';
import { suppliesSchema, type Supply } from './supplies-schema.ts';

export type { Supply } from './supplies-schema.ts';

export interface SuppliesRequest {
  sub: string;
  claims: Record<string, unknown>;
  /** Where the source asks with it. */
  customerToken?: CustomerToken;
}

export interface Supplies {
  /**
   * The contracts this customer may share, or may not with the reason, in the source's order. Throws
   * `supplies_unavailable` (ask again later) or `supplies_malformed` (an answer that cannot be understood; facts name
   * the first `path` and what was `expected` there); and what `customerToken` throws when access has ended.
   */
  read(request: SuppliesRequest): Promise<Supply[]>;
  close(): Promise<void>;
}

export interface SuppliesParts {
  pack: Pick<Pack, 'supplies' | 'timezone'>;
  mapper: Mapper;
  clock: Clock;
  env: Environment;
  send?: Outbound;
  timeoutMs?: number;
  /** Where books are read anew when they change. */
  bookContents?: OpenParts['bookContents'];
}

/** Reads the supplies source of the pack. The customer is waiting, so it gives up after two tries. */
export function createSupplies({
  pack,
  mapper,
  clock,
  env,
  send = outbound,
  timeoutMs = 5000,
  bookContents,
}: SuppliesParts): Supplies {
  const source = openSource(pack.supplies, 'supplies', mapper, {
    send,
    env,
    clock,
    timeoutMs,
    attempts: 2,
    bookContents,
  });
  return {
    async read(request) {
      const answer = await source.read(request).catch((error: unknown) => {
        throw inOurWords(error);
      });
      const parsed = suppliesSchema.safeParse(answer.document);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new Failure('supplies_malformed', {
          path: issue?.path.join('.') ?? '',
          expected: issue?.message ?? '',
          count: parsed.error.issues.length,
        });
      }
      // Pages are followed in the source's own answer; a next that a mapping makes would be supplies left out unseen.
      if (parsed.data.next) throw new Failure('supplies_malformed', { path: 'next', expected: 'null' });
      return parsed.data.supplies.map((supply) => withDateTimes(supply, pack.timezone));
    },
    close: () => source.close(),
  };
}

const PASSING = new Set(['source_unavailable', 'source_refused', 'mapping_busy', 'mapping_closed']);

function inOurWords(error: unknown): Failure {
  if (!(error instanceof Failure)) return new Failure('supplies_unavailable', { reason: 'internal' }, error);
  if (error.code === ACCESS_ENDED) return error;
  const code = PASSING.has(error.code) ? 'supplies_unavailable' : 'supplies_malformed';
  return new Failure(code, { ...error.facts, cause: error.code }, error);
}

/** A contract that starts on a date starts at that day's midnight where the supply is. */
function withDateTimes(supply: Supply, timezone: string): Supply {
  if (supply.contract === null) return supply;
  const dateTime = (value: string | null) => (value === null ? null : boundText(value, timezone));
  return {
    ...supply,
    contract: {
      start_date: dateTime(supply.contract.start_date),
      end_date: dateTime(supply.contract.end_date),
    },
  };
}
