import { asRecord } from '../base/json.ts';
import { LRUCache } from 'lru-cache';
import { instantOf, type Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { outbound, type Outbound } from '../base/outbound.ts';
import type { Pack } from '../config/pack/pack.ts';
import type { Environment } from '../config/secrets.ts';
import { declaredFacts } from './declared-facts.ts';
import { agreementKey, pricesKey, sharedContext } from './keys.ts';
import { createMemoryLastGood, type LastGood } from './last-good.ts';
import type { Mapper } from './mapping/mapper.ts';
import { acceptTariff, type Accepted } from './model/accept.ts';
import type { Estimate } from './model/declare.ts';
import { priceAt } from './model/prices.ts';
import { createNextAgreement } from './next-agreement.ts';
import type { SourceTariff } from './model/provider-tariff.ts';
import { endsOf } from './model/term.ts';
import { withAgreement } from './presets/apply.ts';
import { openSource, type OpenParts } from './sources/open.ts';
import { ACCESS_ENDED, type CustomerToken, type SourceContext } from './sources/source.ts';
import { createStep, type Found } from './step.ts';
import { asksForWindow, windowFor, type Window } from './window.ts';

export interface TariffRequest {
  supply: { id: string; account_id?: string | null; meter_point_id?: string | null };
  customer: { sub: string; claims: Record<string, unknown>; customerToken?: CustomerToken };
  /** The stretch prices are wanted for; without it the days around now. */
  from?: Temporal.Instant;
  to?: Temporal.Instant;
  /** False for a customer who has not agreed to anything yet: what is read is not kept beyond this process. */
  keep?: boolean;
}

/** A valid tariff and where it comes from. */
export interface TariffReading {
  /** With the agreement that follows stitched on, where it is known and begins in the time asked for. */
  source: SourceTariff;
  mapping: { name: string; version: string };
  payloadSha256: string;
  fetchedAt: Temporal.Instant;
  /** When the provider's system answered about this very supply; null where its prices are shared and nothing else. */
  supplyReadAt: Temporal.Instant | null;
  /** The source is down or talks nonsense; this is what it last said that was true. */
  lastGood: boolean;
  estimate: Estimate | undefined;
}

export interface TariffReader {
  /**
   * The tariff of one supply. Throws
   * - `tariff_unavailable`: nothing to say now, worth another try (facts: `cause`, `reason`, `status`);
   * - `tariff_invalid`: what the source says is no tariff (facts: the first `problem` and its `path`);
   * - `tariff_not_supported`: the source says that this kind of tariff cannot be served (fact: its `reason`);
   * - `customer_access_ended`: as `customerToken` does.
   */
  read(request: TariffRequest): Promise<TariffReading>;
  close(): Promise<void>;
}

export interface TariffReaderParts {
  pack: Pick<Pack, 'tariff' | 'timezone' | 'currency'>;
  mapper: Mapper;
  clock: Clock;
  log: Log;
  env: Environment;
  send?: Outbound;
  lastGood?: LastGood;
  /** Where books are read anew when they change. */
  bookContents?: OpenParts['bookContents'];
  /** How long an answer is served without asking again. */
  pricesFreshMs?: number;
  agreementFreshMs?: number;
  /** How long a source is left alone after a failure. */
  failedMs?: number;
  timeoutMs?: number;
}

/** Reads tariffs in the pack's two steps: what the supply is contracted to, then what that costs. */
export function createTariffReader(parts: TariffReaderParts): TariffReader {
  const { pack, mapper, clock, log, env, send = outbound, lastGood = createMemoryLastGood() } = parts;
  const { pricesFreshMs = 300_000, agreementFreshMs = 900_000, failedMs = 15_000, timeoutMs = 5000 } = parts;
  const { agreement, prices } = pack.tariff;
  const declare = declaredFacts(pack);
  const verdicts = new LRUCache<string, Accepted>({ max: 1000 });

  const http = { send, env, clock, timeoutMs, bookContents: parts.bookContents, place: pack };
  const agreements = agreement && openSource(agreement, 'agreement', mapper, http);
  const tariffs = openSource(prices, 'prices', mapper, http);
  const shared = { lastGood, clock, log, failedMs };
  const agreementStep =
    agreements &&
    createStep({ ...shared, name: 'agreement', source: agreements, freshMs: agreementFreshMs, max: 50_000 });
  const pricesStep = createStep({ ...shared, name: 'prices', source: tariffs, freshMs: pricesFreshMs, max: 5000 });

  const askAgreement = async (context: SourceContext): Promise<Found | null> => {
    if (!agreementStep) return null;
    const key = agreementKey(context);
    return agreementStep.ask({ key, freshKey: key }, context);
  };

  const askPrices = async (context: SourceContext, wanted: Partial<Window>): Promise<Found> => {
    const key = pricesKey(prices.key, context);
    const visible = prices.key === undefined ? context : sharedContext(prices.key, context);
    if (!asksForWindow(prices)) return pricesStep.ask({ key, freshKey: key }, visible);
    const { from, to, usual } = windowFor(wanted, instantOf(clock), pack.timezone);
    const freshKey = `${key} ${from.toString()} ${to.toString()}`;
    return pricesStep.ask({ key: usual ? key : null, freshKey }, { ...visible, from, to });
  };

  const judged = (which: string, contract: Found | null, price: Found, accept: () => Accepted): Accepted => {
    const answers = [contract, price].map((found) => `${found?.question.freshKey} ${found?.answer.fetchedAt}`);
    const key = [which, ...answers].join(' ');
    const known = verdicts.get(key);
    if (known) return known;
    const verdict = accept();
    verdicts.set(key, verdict);
    if (!verdict.ok) {
      const [first] = verdict.problems;
      log.warn({ event: 'tariff_refused', code: first?.code, path: first?.path, count: verdict.problems.length });
    }
    return verdict;
  };

  const judge = (contract: Found | null, price: Found): Accepted =>
    judged('present', contract, price, () =>
      acceptTariff(withAgreement(price.answer.document, contract?.answer.document), declare, instantOf(clock)),
    );

  const nextAgreement = createNextAgreement({ prices, declare, clock, log });

  const reading = (source: SourceTariff, contract: Found | null, price: Found, nextIsOld: boolean): TariffReading => {
    const old = price.lastGood || contract?.lastGood === true || nextIsOld;
    if (old && priceAt(source, instantOf(clock)) === null) {
      throw new Failure('tariff_unavailable', { cause: 'last_good_exhausted' });
    }
    const own = contract ?? (prices.key === undefined ? price : null);
    return {
      source,
      mapping: price.answer.mapping,
      payloadSha256: price.answer.sha256,
      fetchedAt: Temporal.Instant.from(price.answer.fetchedAt),
      supplyReadAt: own && Temporal.Instant.from(own.answer.fetchedAt),
      lastGood: old,
      estimate: declare.estimate,
    };
  };

  const remember = async (tariff: SourceTariff, contract: Found | null, price: Found): Promise<void> => {
    const ends = endsOf(tariff);
    if (contract) await agreementStep?.remember(contract, ends.contract);
    // Prices found by an agreement may be other supplies' too, whose contracts end at other times.
    await pricesStep.remember(price, contract ? ends.prices : Math.min(ends.prices, ends.contract));
  };

  const read = async ({ customer, supply, keep = true, ...wanted }: TariffRequest): Promise<TariffReading> => {
    const context: SourceContext = { ...customer, supply };
    const contract = await askAgreement(context);
    refuseUnsupported(contract);
    const price = await askPrices(
      contract ? { ...context, agreement: asRecord(contract.answer.document) } : context,
      wanted,
    );
    refuseUnsupported(price);

    /** What is served of a valid tariff: with what follows its contract, where that is known. */
    const served = async (tariff: SourceTariff, priced: Found): Promise<TariffReading> => {
      const next = await nextAgreement(tariff, contract, {
        to: wanted.to,
        ask: async (agreement) => {
          const found = await askPrices({ ...context, agreement }, wanted);
          refuseUnsupported(found);
          return found;
        },
        judge: (agreement, found, at) =>
          judged('next', contract, found, () =>
            acceptTariff(withAgreement(found.answer.document, agreement), declare, at),
          ),
      });
      if (next && keep) await pricesStep.remember(next.price, endsOf(next.tariff).prices);
      return reading(next?.stitched ?? tariff, contract, priced, next?.price.lastGood ?? false);
    };

    const verdict = judge(contract, price);
    if (verdict.ok) {
      const found = await served(verdict.tariff, price);
      if (keep) await remember(verdict.tariff, contract, price);
      return found;
    }
    const older = price.lastGood ? null : await pricesStep.recall(price.question);
    const former = older && judge(contract, older);
    if (older && former?.ok) return served(former.tariff, older);
    const [first] = verdict.problems;
    throw new Failure('tariff_invalid', {
      problem: first?.code ?? 'unknown',
      path: first?.path ?? '$',
      detail: first?.detail ?? '',
      count: verdict.problems.length,
    });
  };

  return {
    read: (request) =>
      read(request).catch((error: unknown) => {
        throw inOurWords(error);
      }),
    async close() {
      await Promise.all([agreements?.close(), tariffs.close()]);
    },
  };
}

/** `{ "not_supported": "why" }` from a source or a mapping is an answer: this tariff cannot be said in our shape. */
function refuseUnsupported(found: Found | null): void {
  const reason = asRecord(found?.answer.document).not_supported;
  if (typeof reason === 'string') throw new Failure('tariff_not_supported', { reason: reason.slice(0, 200) });
}

const PASSING = new Set(['source_unavailable', 'source_refused', 'mapping_busy', 'mapping_closed']);

function inOurWords(error: unknown): Failure {
  if (!(error instanceof Failure)) return new Failure('tariff_unavailable', { cause: 'internal' }, error);
  if (error.code.startsWith('tariff_') || error.code === ACCESS_ENDED) return error;
  if (PASSING.has(error.code)) return new Failure('tariff_unavailable', { ...error.facts, cause: error.code }, error);
  const path = error.facts.path ?? error.facts.expression ?? '$';
  return new Failure('tariff_invalid', { ...error.facts, problem: error.code, path }, error);
}
