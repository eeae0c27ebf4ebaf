import type { RequestHandler } from 'express';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { hashToken } from '../../base/random.ts';
import type { SessionContext } from '../../flatpeak/context.ts';
import type { Flatpeak } from '../../flatpeak/client.ts';
import { holds, type Browsers } from '../browsers.ts';
import type { Logos } from '../logos/logos.ts';
import type { Journey, Journeys } from '../journeys.ts';
import { readEntry, type Entry, type EntryRules } from '../rules/entry.ts';
import { isReturnAddress, type ReturnRules } from '../rules/return-address.ts';
import { isDecided } from '../rules/transitions.ts';
import type { Desk } from './desk.ts';
import { queryOf } from '../../web/query.ts';

export interface EntryParts {
  desk: Desk;
  browsers: Browsers;
  journeys: Journeys;
  flatpeak: Flatpeak;
  logos: Logos;
  entryRules: EntryRules;
  returnRules: ReturnRules;
  clock: Clock;
  log: Log;
  lifeMs: number;
}

/** Flatpeak's tokens live a day; when ours began we know only for the first time we saw one. */
const TOKEN_LIFE_MS = 86_400_000;

/**
 * The browser arrives with a connect token. Whoever follows the link changes nothing but that the journey exists:
 * previews and prefetches use nothing up, and a second browser takes over only when it presses "continue".
 */
export function entryRoute(parts: EntryParts): RequestHandler {
  const { desk, journeys, flatpeak, clock, log } = parts;

  const trustedReturn = (context: SessionContext, entry: Extract<Entry, { ok: true }>): string | null => {
    const { returnRules } = parts;
    if (context.returnUri !== null) return isReturnAddress(context.returnUri, returnRules) ? context.returnUri : null;
    // An address from the request counts only where a list says so.
    const listed = returnRules.listed !== null && entry.redirectUri !== null;
    return listed && isReturnAddress(entry.redirectUri ?? '', returnRules) ? entry.redirectUri : null;
  };

  const openNew = async (tokenHash: string, entry: Extract<Entry, { ok: true }>, tokenExpiresAt: number) => {
    const context = await flatpeak.sessionContext(entry.connectToken);
    parts.logos.fetchAhead(context.account.logoUrl);
    const returnAddress = trustedReturn(context, entry);
    if (returnAddress === null) log.warn({ event: 'return_address_refused' });
    const visit = { connectToken: entry.connectToken, account: context.account, returnAddress, extras: entry.extras };
    const expiresAt = Math.min(clock() + parts.lifeMs, tokenExpiresAt);
    const created = await journeys.create(tokenHash, visit, { expiresAt, tokenExpiresAt });
    if (created) log.info({ event: 'journey_started', journey: created.id });
    return created ?? (await journeys.byToken(tokenHash));
  };

  const find = async (entry: Extract<Entry, { ok: true }>): Promise<Journey> => {
    const tokenHash = hashToken(entry.connectToken);
    const present = await journeys.byToken(tokenHash);
    if (present && present.expiresAt > clock()) return present;
    // The visit was left and has expired, but Flatpeak's token may live on: the link opens a new visit.
    if (present && !isDecided(present.state)) await journeys.release(present);
    else if (present) throw new Failure('token_used');
    const journey = await openNew(tokenHash, entry, present?.tokenExpiresAt ?? clock() + TOKEN_LIFE_MS);
    if (!journey) throw new Failure('journey_changed');
    return journey;
  };

  return async (req, res) => {
    const entry = readEntry(queryOf(req), parts.entryRules);
    if (!entry.ok) throw new Failure(entry.problem);
    const journey = await find(entry);
    const secret = desk.secretFor(req, res, journey);
    if (isDecided(journey.state) && !holds(journey, secret)) {
      const decision = await journeys.decision(journey);
      // Told so, with the way back, which whoever holds the link may know; nothing is sent again.
      return desk.send(req, res, {
        step: 'done',
        frame: desk.frame(journey, secret),
        outcome: decision?.outcome ?? 'failed',
        delivery: journey.state === 'decided' ? 'pending' : 'accepted',
        returnUrl: desk.returnUrl(journey, { trusted: true, failure: null }),
        foreign: true,
      });
    }
    await desk.sendToPlace(res, journey, holds(journey, secret));
  };
}
