import { bulkhead, circuitBreaker, ConsecutiveBreaker, handleWhen, wrap } from 'cockatiel';
import type { Clock } from '../base/clock.ts';
import { codeOf, Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Endings, ProvidersEnd } from '../sharing/endings.ts';
import { endedBy, type PollingGrant } from './customer-access.ts';
import { createRefreshing } from './refreshing.ts';
import { sha256 } from './sources/document.ts';
import type { Supplies, Supply } from './supplies.ts';

/** What a poll has learned before: when the provider last spoke of this supply, or that its source is in trouble. */
export type Seen = { supplyReadAt: Temporal.Instant | null; lastGood: boolean } | 'source_failed';

/** Whether the customer of a grant still has its supply. */
export interface Entitlement {
  /**
   * Why the grant has just ended, or should have; null when it stands. Asks the supplies source only when its word is older than the
   * last answer about this supply, or than a day; a source in trouble ends nothing.
   */
  lost: (grant: PollingGrant, seen: Seen) => Promise<ProvidersEnd | null>;
}

export interface EntitlementParts {
  supplies: Pick<Supplies, 'read'>;
  grants: { entitled(grantId: string, at: number): Promise<void> };
  endings: Pick<Endings, 'end'>;
  clock: Clock;
  log: Log;
  /** How long a poll waits for the answer; beyond it, the next poll learns of it. */
  patienceMs?: number;
  /** How long the supplies source is left alone once it fails for everybody. */
  brokenMs?: number;
}

const DAY_MS = 86_400_000;
/** A source that fails may do so because the customer has left, so it is asked more often, but not by every poll. */
const DOUBTFUL_MS = 15 * 60_000;
/** Several grants of one customer share an answer. */
const SHARED_MS = 60_000;

export function createEntitlement(parts: EntitlementParts): Entitlement {
  const { supplies, grants, endings, clock, log, patienceMs = 3000, brokenMs = 30_000 } = parts;
  const answers = createRefreshing<Supply[]>({ clock, freshMs: SHARED_MS, failedMs: SHARED_MS, max: 500 });
  // Few at a time, for customers signing in ask the same source; and none while it fails for everybody.
  const gently = wrap(
    bulkhead(4, 1000),
    circuitBreaker(handleWhen(isOutage), { halfOpenAfter: brokenMs, breaker: new ConsecutiveBreaker(10) }),
  );

  const isDue = (grant: PollingGrant, seen: Seen): boolean => {
    const age = clock() - grant.entitledAt;
    if (age >= DAY_MS) return true;
    if (seen === 'source_failed' || seen.lastGood) return age >= DOUBTFUL_MS;
    return seen.supplyReadAt !== null && grant.entitledAt < seen.supplyReadAt.epochMilliseconds;
  };

  const read = (grant: PollingGrant): Promise<Supply[]> =>
    answers.get(sha256(JSON.stringify(grant.customer)), () => gently.execute(() => supplies.read(grant.customer)));

  const end = async (grant: PollingGrant, why: string): Promise<void> => {
    try {
      await endings.end(grant.grantId, 'supply_left', why);
    } catch (error) {
      // The next poll tries again; this one gets nothing all the same.
      log.error({ event: 'grant_not_ended', grant: grant.grantId, code: codeOf(error) });
    }
  };

  const check = async (grant: PollingGrant): Promise<ProvidersEnd | null> => {
    try {
      const why = whyLost(await read(grant), grant.supply);
      if (why === null) await grants.entitled(grant.grantId, clock());
      else await end(grant, why);
      return why === null ? null : 'supply_left';
    } catch (error) {
      const ended = endedBy(error, grant.grantId);
      if (ended) return ended;
      const { reason, status, path } = error instanceof Failure ? error.facts : {};
      log.warn({ event: 'entitlement_not_read', grant: grant.grantId, code: codeOf(error), reason, status, path });
      return null;
    }
  };

  return {
    async lost(grant, seen) {
      if (!isDue(grant, seen)) return null;
      const { promise: late, resolve } = Promise.withResolvers<null>();
      const timer = setTimeout(resolve, patienceMs, null);
      return Promise.race([check(grant), late]).finally(() => clearTimeout(timer));
    },
  };
}

/** Not so an answer that is refused or malformed for one customer. */
const isOutage = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'supplies_unavailable' && error.facts.cause !== 'source_refused';

/** A stable code, or null while the supply is as it was agreed to and can be shared. */
function whyLost(supplies: readonly Supply[], bound: PollingGrant['supply']): string | null {
  const supply = supplies.find(({ id }) => id === bound.id);
  if (!supply) return 'gone';
  if (supply.status === 'unavailable') return supply.reason ?? 'other';
  if (differ(supply.account_id, bound.account_id)) return 'other_account';
  return differ(supply.meter_point_id, bound.meter_point_id) ? 'other_meter_point' : null;
}

/** What was not known then, or is not said now, is no difference. */
const differ = (now: string | null, then: string | null): boolean => now !== null && then !== null && now !== then;
