import { instantOf, type Clock } from '../../base/clock.ts';
import { codeOf, Failure } from '../../base/failure.ts';
import type { ProvidersEnd } from '../../sharing/endings.ts';
import { endedBy, withToken, type CustomerTokens } from '../customer-access.ts';
import type { Entitlement } from '../entitlement.ts';
import type { ProviderTariff } from '../model/provider-tariff.ts';
import { serveTariff } from '../model/serve.ts';
import type { TariffReader, TariffReading } from '../reader.ts';
import type { ActiveGrant } from './identify.ts';
import type { ProblemName } from './problems.ts';
import { askedRange, fullRange } from './range.ts';

/** `said` is for the log: what only the provider should know of the cause. */
export type PollAnswer =
  { tariff: ProviderTariff } | { problem: ProblemName; detail?: string; retryAfterS?: number; said: Said };

type Said = Partial<Record<'code' | 'cause' | 'reason' | 'status' | 'path', string | number | boolean>>;

/** Seconds after which asking again may help. */
const RETRY_AFTER_S = { tariff_unavailable: 60, tariff_invalid: 300, tariff_not_supported: 3600 };

export interface AnswerParts {
  reader: Pick<TariffReader, 'read'>;
  entitlement: Entitlement;
  /** Where a source asks with the customer's own token. */
  customerTokens?: CustomerTokens | undefined;
  clock: Clock;
}

/** The tariff a poll gets, or why it gets none. */
export async function answerPoll(
  { reader, entitlement, customerTokens, clock }: AnswerParts,
  polled: ActiveGrant,
  query: URLSearchParams,
): Promise<PollAnswer> {
  const range = askedRange(query);
  if (!range.ok) return badRange(range.detail);
  const grant = withToken(polled, customerTokens);
  let reading: TariffReading;
  try {
    reading = await reader.read({ supply: grant.supply, customer: grant.customer, ...range.asked });
  } catch (error) {
    const end = endedBy(error, grant.grantId) ?? (await entitlement.lost(grant, 'source_failed'));
    return end ? ended(end) : notRead(error);
  }
  const end = await entitlement.lost(grant, reading);
  if (end) return ended(end);
  const now = instantOf(clock);
  const full = fullRange(range.asked, reading.source.tariff.timezone, now);
  if (!full.ok) return badRange(full.detail);
  const grantExpiresAt = Temporal.Instant.fromEpochMilliseconds(grant.expiresAt);
  const tariff = serveTariff({ ...reading, ...full.window, now, grantExpiresAt });
  return saysSomething(tariff) ? { tariff } : unavailable({ code: 'nothing_known' });
}

const ended = (end: ProvidersEnd): PollAnswer => ({ problem: `grant_${end}`, said: { code: `grant_${end}` } });

const badRange = (detail: string): PollAnswer => ({
  problem: 'range_invalid',
  detail,
  said: { code: 'range_invalid' },
});

const unavailable = (said: Said): PollAnswer => ({
  problem: 'tariff_unavailable',
  retryAfterS: RETRY_AFTER_S.tariff_unavailable,
  said,
});

/** A price for now, or prices for the stretch asked for. */
const saysSomething = ({ coverage, tariff }: ProviderTariff): boolean =>
  coverage.from !== coverage.to || (tariff.prices ?? []).length > 0;

function notRead(error: unknown): PollAnswer {
  const { cause, reason, status, path, problem } = error instanceof Failure ? error.facts : {};
  const facts = { cause: cause ?? problem, reason, status, path };
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  const code = codeOf(error);
  const said = { code, ...known };
  if (code !== 'tariff_invalid' && code !== 'tariff_not_supported') return unavailable(said);
  return { problem: code, retryAfterS: RETRY_AFTER_S[code], said };
}
