import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { PricesSource } from '../config/pack/pack.ts';
import { placeholdersOf } from '../config/pack/template.ts';
import type { Accepted } from './model/accept.ts';
import { REQUIRED_MS } from './model/coverage.ts';
import type { Declare } from './model/declare.ts';
import { boundIn } from './model/declared/times.ts';
import { boundText } from './model/moments.ts';
import { jsonPath, type TariffProblem } from './model/problem.ts';
import type { SourceTariff } from './model/provider-tariff.ts';
import { stitch } from './model/stitch.ts';
import { termOf } from './model/term.ts';
import type { DatedAnswer } from './last-good.ts';
import { ACCESS_ENDED } from './sources/source.ts';
import type { Found } from './step.ts';

/**
 * The agreement already signed for the time after this one: in `following` of the agreement step's answer, and like it
 * in every way, with a `contract`, perhaps a `tariff`, and whatever the prices are asked with.
 */
const agreementSchema = z.looseObject({
  following: z
    .looseObject({ contract: z.looseObject({ start_date: z.string(), end_date: z.string().nullish() }) })
    .nullish(),
});
export type FollowingAgreement = NonNullable<z.output<typeof agreementSchema>['following']>;

export interface NextParts {
  prices: PricesSource;
  declare: Declare;
  clock: Clock;
  log: Log;
}

/** How the next agreement's prices are asked for, and held against the rules as they will be when it begins. */
export interface Asking {
  /** The end of what the poller wants; what is required is wanted in any case. */
  to: Temporal.Instant | undefined;
  ask: (agreement: FollowingAgreement) => Promise<Found>;
  judge: (agreement: FollowingAgreement, price: Found, at: Temporal.Instant) => Accepted;
}

export interface Next {
  price: Found;
  /** The next agreement's own tariff. */
  tariff: SourceTariff;
  /** Both in one. */
  stitched: SourceTariff;
}

/**
 * Rule 11: what comes after the contract's end, where that lies in the time asked for. Null when nothing is known of
 * it: the tariff then ends with its contract, and why is logged once for each answer of the agreement step. Throws
 * only `customer_access_ended`.
 */
export function createNextAgreement({ prices, declare, clock, log }: NextParts) {
  const asksByAgreement = dependsOnAgreement(prices);
  const told = new WeakSet<DatedAnswer>();

  return async (present: SourceTariff, contract: Found | null, { to, ask, judge }: Asking): Promise<Next | null> => {
    const now = clock();
    const end = termOf(present).to;
    const horizon = Math.max(now + REQUIRED_MS, to?.epochMilliseconds ?? -Infinity);
    if (!contract || !asksByAgreement || end <= now || end >= horizon) return null;

    const leftOut = (code: string, path?: string): null => {
      if (!told.has(contract.answer)) log.warn({ event: 'next_agreement_left_out', code, path });
      told.add(contract.answer);
      return null;
    };

    const parsed = agreementSchema.safeParse(contract.answer.document);
    if (!parsed.success) return leftOut('wrong_shape', jsonPath(parsed.error.issues[0]?.path ?? []));
    const { following } = parsed.data;
    if (!following) return null;
    const start = startOf(following, declare, present.tariff.timezone);
    if (start === null) return leftOut('malformed_time', '$.following.contract.start_date');
    if (start.epochMilliseconds !== end) return leftOut('agreements_apart', '$.following.contract.start_date');

    try {
      const price = await ask(following);
      const verdict = judge(following, price, start);
      if (!verdict.ok) return leftOut(verdict.problems[0]?.code ?? 'unknown', verdict.problems[0]?.path);
      const stitched = stitch(present, verdict.tariff);
      return stitched.ok ? { price, tariff: verdict.tariff, stitched: stitched.tariff } : leftOut(stitched.code);
    } catch (error) {
      if (codeOf(error) === ACCESS_ENDED) throw error;
      return leftOut(codeOf(error));
    }
  };
}

/** As `acceptTariff` will read it: an instant, a date, or a local time of the declared zone. */
function startOf({ contract }: FollowingAgreement, declare: Declare, timezone: string): Temporal.Instant | null {
  const problems: TariffProblem[] = [];
  const text = boundIn(contract.start_date, declare, [], problems);
  const bound = problems.length === 0 ? boundText(text, timezone) : null;
  return bound === null ? null : Temporal.Instant.from(bound);
}

/**
 * Whether another agreement is another question. Where it is not, the answer is the present agreement's, whichever is
 * meant, and must not be taken for the next one's.
 */
function dependsOnAgreement(source: PricesSource): boolean {
  const isOfAgreement = (name: string): boolean => name.startsWith('agreement.');
  if (source.key !== undefined) return placeholdersOf(source.key).some(isOfAgreement);
  if (source.source === 'module') return true;
  if (source.source === 'book') return false;
  if (source.mapping !== null && /\$agreement\b/.test(source.mapping.expression)) return true;
  const templates = [source.url, ...Object.values(source.headers), JSON.stringify(source.body ?? '')];
  return templates.flatMap(placeholdersOf).some(isOfAgreement);
}
