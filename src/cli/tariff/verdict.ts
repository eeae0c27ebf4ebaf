import { withEstimate } from '../../tariff/model/estimate.ts';
import type { Estimate } from '../../tariff/model/declare.ts';
import { pricesBetween, type EvaluatedInterval } from '../../tariff/model/prices.ts';
import type { TariffProblem } from '../../tariff/model/problem.ts';
import type { ProviderTariff, SourceTariff } from '../../tariff/model/provider-tariff.ts';
import { serveTariff } from '../../tariff/model/serve.ts';

/** A valid tariff and where it comes from: of a reader's reading, what serving it needs. */
export interface Read {
  source: SourceTariff;
  mapping: { name: string; version: string };
  payloadSha256: string;
  fetchedAt: Temporal.Instant;
  lastGood: boolean;
  estimate: Estimate | undefined;
}

/** What `GET /tariff` would answer, without the grant that only a customer can give. */
export type Served = Omit<ProviderTariff, 'grant'>;

export interface Verdict {
  served: Served | null;
  /** Why it could not be served; empty when it could. */
  problems: TariffProblem[];
  /** What is known of the 48 hours from the moment of the check. */
  next: EvaluatedInterval[];
}

export const refused = (problems: TariffProblem[]): Verdict => ({ served: null, problems, next: [] });

/** Serves a tariff as the endpoint would at `at`, and says whether there is something for anybody to use. */
export function verdictOn(read: Read, at: Temporal.Instant): Verdict {
  const from = at.toZonedDateTimeISO(read.source.tariff.timezone).startOfDay();
  const window = { from: from.toInstant(), to: from.add({ days: 7 }).toInstant() };
  const answer = serveTariff({ ...read, ...window, now: at, grantExpiresAt: at });
  const { schema_version, contract, tariff, coverage, notices, next_update, source } = answer;
  const estimated = read.estimate ? withEstimate(read.source, read.estimate, at) : read.source;
  const silent = coverage.to === coverage.from;
  return {
    served: { schema_version, contract, tariff, coverage, notices, next_update, source },
    problems: silent ? [nothingKnown(read.source, at)] : [],
    next: pricesBetween(estimated, at, at.add({ hours: 48 })),
  };
}

/** A payload of another day is the usual reason, so it is said which days it knows. */
function nothingKnown({ tariff }: SourceTariff, at: Temporal.Instant): TariffProblem {
  const first = tariff.prices?.[0];
  const last = tariff.prices?.at(-1);
  const reach = first && last ? `; prices run from ${first.valid_from} to ${last.valid_to ?? 'further notice'}` : '';
  return { code: 'nothing_known_now', path: '$.tariff', detail: `no price is known at ${at.toString()}${reach}` };
}
