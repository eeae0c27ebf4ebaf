import type { Clock } from '../base/clock.ts';
import { causeOf, codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { hashToken, randomToken } from '../base/random.ts';
import type { Identity } from '../identity/claims.ts';
import type { IdentityProvider } from '../identity/identity-provider.ts';
import type { Consent, Decisions } from '../sharing/decisions.ts';
import type { Database } from '../store/database.ts';
import type { Supplies, Supply } from '../tariff/supplies.ts';
import { recipientIdOf, type Journey, type JourneyChanges, type Journeys } from './journeys.ts';
import { presentToken } from './present-token.ts';
import { actionOf, outcomeOf, type Problem, type Reason } from './rules/outcomes.ts';
import { transition, type Effect, type EventName } from './rules/transitions.ts';
import type { SignIns } from './sign-ins.ts';

/** Something that happened, with what it brought. */
export type JourneyEvent =
  | {
      name: Exclude<
        EventName,
        | 'sign_in'
        | 'sign_in_failed'
        | 'supplies_failed'
        | 'tariff_not_supported'
        | SuppliesRead
        | 'choose'
        | 'allow'
        | 'deny'
      >;
    }
  | { name: 'sign_in'; identity: Identity }
  | { name: 'sign_in_failed' | 'supplies_failed' | 'tariff_not_supported'; problem: Problem }
  | { name: SuppliesRead; supplies: Supply[] }
  | { name: 'choose'; chosen: number }
  | { name: 'allow' | 'deny'; consent: Consent };

type SuppliesRead = 'supplies_none' | 'supplies_one' | 'supplies_several';

/** The browser an event came from: its secret for this journey, and the languages its reader prefers. */
export interface Browser {
  secret: string;
  uiLocales: string;
}

export interface Advanced {
  journey: Journey;
  /** False when the event means nothing where the journey stands, or another request was faster. */
  changed: boolean;
  /** Set when the browser's cookie must be given a new secret. */
  renewedSecret: string | null;
}

export interface Engine {
  /** Brings an event to a journey: the transition, and everything that follows from it. */
  advance(journey: Journey, event: JourneyEvent, browser: Browser): Promise<Advanced>;
}

export interface EngineParts {
  database: Database;
  journeys: Journeys;
  signIns: SignIns;
  identityProvider: IdentityProvider;
  supplies: Supplies;
  decisions: Decisions;
  /** There is something new in the outbox. */
  wakeCourier: () => void;
  clock: Clock;
  log: Log;
  lifeMs: number;
}

export function createEngine(parts: EngineParts): Engine {
  const { database, journeys, signIns, clock, log } = parts;

  /** What an effect changes in the journey itself; pure. */
  const changesOf = (effect: Effect, journey: Journey, event: JourneyEvent, secret: string): JourneyChanges => {
    switch (effect.do) {
      case 'take_over':
      case 'renew_secret':
        return { browserHash: hashToken(secret) };
      case 'begin_sign_in':
        // After sign-in it is another browser that begins one: the customer's own page stays as it is.
        return journey.identity === null ? { problem: null } : {};
      case 'keep_customer':
        return event.name === 'sign_in' ? { identity: event.identity, problem: null, freshSignIn: false } : {};
      case 'forget_customer':
        return { identity: null, supply: null, problem: null, freshSignIn: true };
      case 'keep_supplies':
        return { supply: suppliesAfter(journey, event), problem: null };
      case 'note_problem':
        return { problem: problemOf(event) };
      case 'read_supplies':
      case 'decide':
        return {};
    }
  };

  /** Offline access that nobody agreed to is given back; nobody waits for it, and nobody holds the token any more. */
  const letGo = ({ id, identity }: Journey): void => {
    const token = identity?.tokens?.refreshToken ?? null;
    if (token === null) return;
    void parts.identityProvider.revoke(token).catch((error: unknown) => {
      log.warn({ event: 'customer_token_not_revoked', journey: id, code: codeOf(error) });
    });
  };

  const save = async (journey: Journey, changes: JourneyChanges, reason: Reason | null, event: JourneyEvent) => {
    if (reason === null) return journeys.save(database, journey, changes);
    const { visit } = journey;
    const decision = await parts.decisions.prepare({
      journeyId: journey.id,
      connectToken: visit.connectToken,
      deadlineAt: journey.tokenExpiresAt,
      accountId: recipientIdOf(visit),
      outcome: outcomeOf(reason),
      reason,
      action: actionOf(reason),
      consent: event.name === 'allow' || event.name === 'deny' ? event.consent : null,
    });
    const decided = await database.transaction().execute(async (queries) => {
      // First of all, so that of several presses at once all but one wait here, and find the journey changed.
      const saved = await journeys.save(queries, journey, {
        ...changes,
        decisionId: decision.id,
        // Needed for nothing any more; the evidence is in the consent record.
        identity: null,
        supply: null,
        // Until Flatpeak's token ends, its link tells everyone that the decision is made.
        expiresAt: journey.tokenExpiresAt,
      });
      await parts.decisions.record(queries, decision);
      return saved;
    });
    log.info({ event: 'decided', journey: journey.id, decision: decision.id, outcome: decision.outcome, reason });
    parts.wakeCourier();
    if (decision.outcome !== 'allowed') letGo(journey);
    return decided;
  };

  const beginSignIn = async (journey: Journey, browser: Browser): Promise<void> => {
    const { url, checks } = await parts.identityProvider.start({
      state: randomToken(),
      fresh: journey.freshSignIn,
      uiLocales: browser.uiLocales,
    });
    const browserHash = hashToken(browser.secret);
    if (journey.state === 'started') await signIns.voidOthers(journey.id, browserHash);
    await signIns.begin({ journeyId: journey.id, browserHash, url, checks });
  };

  const readSupplies = async (journeyId: string, identity: Identity): Promise<JourneyEvent> => {
    try {
      const supplies = await parts.supplies.read({
        sub: identity.subject,
        claims: identity.claims,
        ...presentToken(identity.tokens),
      });
      const available = supplies.filter((supply) => supply.status === 'available').length;
      if (available === 0) return { name: 'supplies_none', supplies };
      return { name: available === 1 ? 'supplies_one' : 'supplies_several', supplies };
    } catch (error) {
      log.error({ event: 'supplies_failed', journey: journeyId, code: codeOf(error) });
      return { name: 'supplies_failed', problem: 'supplies_unavailable' };
    }
  };

  const followUp = async (journey: Journey, effects: readonly Effect[], browser: Browser): Promise<Journey> => {
    const does = (name: Effect['do']) => effects.some((effect) => effect.do === name);
    if (does('begin_sign_in')) {
      try {
        await beginSignIn(journey, browser);
      } catch (error) {
        // It is not the sign-in that failed: the same button works again later.
        if (codeOf(error) === 'database_unavailable') throw error;
        const problem =
          codeOf(error) === 'identity_provider_unavailable' ? 'identity_provider_unavailable' : 'sign_in_failed';
        log.error({ event: 'sign_in_not_started', journey: journey.id, code: codeOf(error), cause: causeOf(error) });
        const failed = await advance(journey, { name: 'sign_in_failed', problem }, browser);
        // Another customer's half-made decision stands; only this browser hears of the trouble.
        if (!failed.changed) throw error;
        return failed.journey;
      }
    }
    if (does('read_supplies') && journey.identity) {
      return (await advance(journey, await readSupplies(journey.id, journey.identity), browser)).journey;
    }
    return journey;
  };

  const advance = async (journey: Journey, event: JourneyEvent, browser: Browser): Promise<Advanced> => {
    const step = transition(journey.state, event.name);
    const reason = step ? reasonOf(step.effects, journey) : null;
    if (!step) return { journey, changed: false, renewedSecret: null };
    const renewedSecret = step.effects.some((effect) => effect.do === 'renew_secret') ? randomToken() : null;
    const secret = renewedSecret ?? browser.secret;
    const changes = step.effects.reduce<JourneyChanges>(
      (sum, effect) => ({ ...sum, ...changesOf(effect, journey, event, secret) }),
      { state: step.to, expiresAt: Math.min(clock() + parts.lifeMs, journey.tokenExpiresAt) },
    );
    let saved: Journey;
    try {
      saved = await save(journey, changes, reason, event);
    } catch (error) {
      if (codeOf(error) !== 'journey_changed') throw error;
      const current = await journeys.byId(journey.id);
      return { journey: current ?? journey, changed: false, renewedSecret: null };
    }
    log.debug({ event: 'journey_moved', journey: journey.id, step: step.to, reason: event.name });
    return { journey: await followUp(saved, step.effects, { ...browser, secret }), changed: true, renewedSecret };
  };

  return { advance };
}

function reasonOf(effects: readonly Effect[], journey: Journey): Reason | null {
  for (const effect of effects) {
    if (effect.do === 'decide')
      return effect.reason === 'the_problem' ? (journey.problem ?? 'internal') : effect.reason;
  }
  return null;
}

function suppliesAfter(journey: Journey, event: JourneyEvent): Journey['supply'] {
  switch (event.name) {
    case 'supplies_none':
    case 'supplies_several':
      return { supplies: event.supplies, chosen: null, shown: null };
    case 'supplies_one':
      return {
        supplies: event.supplies,
        chosen: event.supplies.findIndex((supply) => supply.status === 'available'),
        shown: null,
      };
    case 'choose':
      return journey.supply && { ...journey.supply, chosen: event.chosen, shown: null };
    case 'choose_again':
      return journey.supply && { ...journey.supply, chosen: null, shown: null };
    default:
      return journey.supply;
  }
}

function problemOf(event: JourneyEvent): Problem {
  if ('problem' in event) return event.problem;
  return event.name === 'supplies_none' ? 'no_supply' : 'internal';
}
