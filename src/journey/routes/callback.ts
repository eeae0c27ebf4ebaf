import type { Request, RequestHandler, Response } from 'express';
import { causeOf, codeOf, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { hashToken } from '../../base/random.ts';
import type { Identity } from '../../identity/claims.ts';
import type { IdentityProvider } from '../../identity/identity-provider.ts';
import { holds, type Browsers } from '../browsers.ts';
import type { Engine, JourneyEvent } from '../engine.ts';
import type { Journey, Journeys } from '../journeys.ts';
import { isDecided } from '../rules/transitions.ts';
import type { SignIns } from '../sign-ins.ts';
import type { Desk } from './desk.ts';
import { queryOf } from '../../web/query.ts';

export interface CallbackParts {
  desk: Desk;
  browsers: Browsers;
  engine: Engine;
  journeys: Journeys;
  signIns: SignIns;
  identityProvider: IdentityProvider;
  log: Log;
}

/** The browser comes back from the identity provider (OpenID Connect Core §3.1.2.5). */
export function callbackRoute(parts: CallbackParts): RequestHandler {
  const { desk, browsers, engine, journeys, signIns, log } = parts;

  /** After the first sign-in only the same customer gets in again. */
  const eventOf = (journey: Journey, identity: Identity): JourneyEvent =>
    journey.identity !== null && journey.identity.subject !== identity.subject
      ? { name: 'sign_in_as_other' }
      : { name: 'sign_in', identity };

  const complete = async (journey: Journey, query: string, checks: Parameters<IdentityProvider['complete']>[1]) => {
    try {
      return eventOf(journey, await parts.identityProvider.complete(query, checks));
    } catch (error) {
      const code = codeOf(error);
      if (code === 'sign_in_cancelled') return { name: 'sign_in_cancelled' } as const;
      log.warn({ event: 'sign_in_failed', journey: journey.id, code, cause: causeOf(error) });
      const problem = code === 'identity_provider_unavailable' ? code : 'sign_in_failed';
      return { name: 'sign_in_failed', problem } as const;
    }
  };

  /** An answer that names no attempt of ours: the one journey this browser has under way can be tried again. */
  const strayCallback = async (req: Request, res: Response): Promise<void> => {
    const present = await Promise.all(
      browsers
        .journeyIds(req)
        .slice(0, 10)
        .map((id) => journeys.byId(id)),
    );
    const own = present.filter((journey) => journey !== null && holds(journey, browsers.secretOf(req, journey.id)));
    const [journey, ...others] = own;
    if (!journey || others.length > 0) throw new Failure('journey_unknown');
    desk.seat(req, res, journey);
    log.warn({ event: 'sign_in_failed', journey: journey.id, code: 'state_unknown' });
    const event = { name: 'sign_in_failed', problem: 'sign_in_failed' } as const;
    const moved = await engine.advance(journey, event, { secret: '', uiLocales: '' });
    await desk.sendToPlace(res, moved.journey, true);
  };

  return async (req, res) => {
    const query = queryOf(req);
    const states = query.getAll('state');
    const [state = ''] = states;
    const signIn = states.length === 1 ? await signIns.journeyOf(state) : null;
    const journey = signIn && (await journeys.byId(signIn.journeyId));
    if (!journey) return strayCallback(req, res);
    const { secret } = desk.seat(req, res, journey);
    const checks = secret === null ? null : await signIns.spend(state, hashToken(secret));
    if (secret === null || checks === null) {
      // A repeated callback of the browser that holds the journey is shown where it is, and so is one whose sign-in was
      // kept while the answer to it was lost; any other has no business here.
      const held = holds(journey, secret);
      const completed = journey.state !== 'started' && secret !== null && hashToken(secret) === signIn.browserHash;
      if (held || completed) return desk.sendToPlace(res, journey, held);
      throw new Failure('sign_in_elsewhere');
    }

    const event = await complete(journey, query.toString(), checks);
    const { journey: moved, changed, renewedSecret } = await engine.advance(journey, event, { secret, uiLocales: '' });
    if (event.name === 'sign_in_as_other') throw new Failure('different_customer');
    if (!changed && event.name === 'sign_in_failed' && !isDecided(journey.state)) throw new Failure(event.problem);
    if (renewedSecret !== null) browsers.setSecret(req, res, moved.id, renewedSecret);
    await desk.sendToPlace(res, moved, holds(moved, renewedSecret ?? secret));
  };
}
