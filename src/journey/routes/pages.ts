import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { Log } from '../../base/log.ts';
import { hashToken } from '../../base/random.ts';
import type { Database } from '../../store/database.ts';
import type { Wishes } from '../../web/languages.ts';
import { readerOf } from '../../web/reader.ts';
import type { ConsentViews } from '../consent-view.ts';
import type { Engine } from '../engine.ts';
import { recipientIdOf, type Journey, type Journeys, type MadeDecision } from '../journeys.ts';
import type { DoneModel, ErrorModel, PageModel, ReceiptModel } from '../../pages/models.ts';
import type { Place } from '../rules/place.ts';
import type { SignIns } from '../sign-ins.ts';
import { keyOfSupply, supplyModel, supplyPage } from '../supply-view.ts';
import type { Desk } from './desk.ts';
import { queryOf } from '../../web/query.ts';

export interface PageParts {
  desk: Desk;
  database: Database;
  journeys: Journeys;
  signIns: SignIns;
  log: Log;
  engine: Engine;
  /** The process is about to leave: nobody is kept waiting. */
  isDraining: () => boolean;
  consentViews: ConsentViews;
  /** The supply this customer last shared with this recipient. */
  earlierSupply: (subject: string, recipientId: string) => Promise<string | null>;
  receiptOf: (decisionId: string) => Promise<Pick<ReceiptModel, 'share' | 'addressShared' | 'text'> | null>;
  consentText: (wishes: Wishes) => { language: string; version: string; hash: string };
}

/** A page's own part: what to show, or null when the customer belongs elsewhere by now. */
type Show = (visit: { req: Request; res: Response; journey: Journey; secret: string }) => Promise<PageModel | null>;

/** A page that only those see who belong on it; everyone else is redirected to where they are. */
function page(desk: Desk, place: Place, show: Show): RequestHandler {
  return async (req, res) => {
    const { journey, held } = await desk.open(req, res);
    if ((await desk.placeOf(journey, held)) !== place) return desk.sendToPlace(res, journey, held);
    const model = await show({ req, res, journey, secret: desk.secretFor(req, res, journey) });
    if (model) return desk.send(req, res, model);
    const current = await desk.open(req, res);
    await desk.sendToPlace(res, current.journey, current.held);
  };
}

export function pageRoutes(parts: PageParts): Record<string, RequestHandler> {
  const { desk, database, journeys, signIns, engine } = parts;

  const login = page(desk, 'login', ({ journey, secret }) => {
    const heldElsewhere = journey.state !== 'started';
    return Promise.resolve({
      step: 'login',
      frame: desk.frame(journey, secret),
      heldElsewhere,
      canCancel: !heldElsewhere,
      leaveUrl: heldElsewhere ? desk.returnUrl(journey, { trusted: false, failure: null }) : null,
    });
  });

  /** Belongs to whoever has just pressed "continue"; opened a second time it gives way to the sign-in page. */
  const redirecting: RequestHandler = async (req, res) => {
    const { journey, secret, held } = await desk.open(req, res);
    const url = secret === null ? null : await signIns.takeUrl(journey.id, hashToken(secret));
    if (secret === null || url === null) return desk.sendToPlace(res, journey, held);
    return desk.send(req, res, { step: 'redirecting', frame: desk.frame(journey, secret), url });
  };

  const supply = page(desk, 'supply', async ({ req, journey, secret }) => {
    const query = queryOf(req);
    const listed = supplyPage(
      journey.supply?.supplies ?? [],
      (query.get('q') ?? '').slice(0, 100),
      Number.parseInt(query.get('page') ?? '1', 10) || 1,
    );
    const problem = query.get('problem');
    const earlier =
      journey.identity && (await parts.earlierSupply(journey.identity.subject, recipientIdOf(journey.visit)));
    return {
      step: 'supply',
      frame: desk.frame(journey, secret),
      customer: desk.customer(journey),
      selected: keyOfSupply(journey.supply?.supplies ?? [], earlier),
      problem: problem === 'none_chosen' || problem === 'not_available' ? problem : null,
      ...listed,
    };
  });

  const consent = page(desk, 'consent', async ({ req, journey, secret }) => {
    const text = parts.consentText(readerOf(req));
    const view = await parts.consentViews.of(journey, text);
    if (!view) {
      const event = { name: 'tariff_not_supported', problem: 'tariff_not_supported' } as const;
      await engine.advance(journey, event, { secret, uiLocales: '' });
      return null;
    }
    // Only what this page showed can be allowed from it; the form carries the digest inside its CSRF value.
    if (journey.supply && journey.supply.shown?.digest !== view.shown.digest) {
      await journeys.save(database, journey, { supply: { ...journey.supply, shown: view.shown } });
    }
    const frame = desk.frame(journey, secret, consentPurpose(view.shown.digest));
    return { ...view.model, frame, customer: desk.customer(journey) };
  });

  const finishing = page(desk, 'finishing', async ({ req, journey, secret }) => {
    const waiting = queryOf(req).has('wait');
    // The first look is short, so that the page is seen at once; after that the browser waits on us, not in a loop.
    if (await settledWithin(journey, waiting ? SLICE_MS : FIRST_LOOK_MS)) return null;
    const decision = await journeys.decision(journey);
    return {
      step: 'finishing',
      frame: desk.frame(journey, secret),
      url: `${desk.addressOf(journey, 'finishing')}?wait=1`,
      ...(decision ? { outcome: decision.outcome } : {}),
    };
  });

  const settledWithin = async (journey: Journey, patienceMs: number): Promise<boolean> => {
    for (let waited = 0; waited < patienceMs && !parts.isDraining(); waited += LOOK_MS) {
      const current = await journeys.byId(journey.id);
      if (!current || (await desk.placeOf(current, true)) !== 'finishing') return true;
      await sleep(LOOK_MS);
    }
    return false;
  };

  const done: RequestHandler = async (req, res) => {
    const { journey, held } = await desk.open(req, res);
    const place = await desk.placeOf(journey, held);
    const told = place === 'problem' && journey.state === 'undelivered' && queryOf(req).has('told');
    if (place !== 'done' && !told) return desk.sendToPlace(res, journey, held);
    const decision = await journeys.decision(journey);
    const { outcome, failure } = told ? NOT_DELIVERED : endingOf(decision);
    return desk.send(req, res, {
      step: 'done',
      frame: desk.frame(journey, desk.secretFor(req, res, journey)),
      outcome,
      delivery: journey.state === 'decided' && decision?.ended !== 'replaced' ? 'pending' : 'accepted',
      returnUrl: desk.returnUrl(journey, { trusted: held, failure }),
      foreign: !held,
    });
  };

  /** For whoever allowed, as long as the link lives; afterwards it is with all others at the overview of shares. */
  const receipt: RequestHandler = async (req, res) => {
    const { journey, secret, held } = await desk.open(req, res);
    const decision = held ? await journeys.decision(journey) : null;
    const found = decision?.outcome === 'allowed' ? await parts.receiptOf(journey.decisionId ?? '') : null;
    if (secret === null || !found) return desk.sendToPlace(res, journey, held);
    const frame = desk.frame(journey, secret);
    return desk.send(req, res, { step: 'receipt', frame, ...found, backUrl: desk.addressOf(journey, 'done') });
  };

  const problem = page(desk, 'problem', ({ journey, secret }) => {
    const frame = desk.frame(journey, secret);
    const standing = standstill(journey);
    const { reference } = frame;
    // What the customer may read out on the telephone leads to this line, and its journey to all the others.
    parts.log.info({ event: 'problem_shown', journey: journey.id, reference, code: standing.reason });
    return Promise.resolve({
      step: 'error',
      about: 'visit',
      frame,
      ...standing,
      reference,
      leaveUrl: null,
      supplies: journey.problem === 'no_supply' ? (journey.supply?.supplies ?? []).slice(0, 20).map(supplyModel) : [],
    });
  });

  return { login, redirecting, supply, consent, finishing, done, receipt, problem };
}

const NOT_DELIVERED = { outcome: 'failed', failure: 'not_delivered' } as const;

/** What the last page says, and what the app is told of it (RETURN_FAILURE_PARAM). */
function endingOf(decision: MadeDecision | null): { outcome: DoneModel['outcome']; failure: string | null } {
  if (!decision) return { outcome: 'failed', failure: 'internal' };
  if (decision.ended && decision.ended !== 'replaced') return { outcome: 'ended', failure: decision.ended };
  const { outcome, reason } = decision;
  return { outcome, failure: outcome === 'allowed' ? null : reason };
}

/** Why a journey stands still, and what can be done about it. */
function standstill(journey: Journey): Pick<ErrorModel, 'reason' | 'actions'> {
  if (journey.state === 'undelivered') return { reason: 'not_delivered', actions: ['return'] };
  switch (journey.problem) {
    case null:
      // Signed in, and the process ended before the supplies were read.
      return { reason: 'supplies_unavailable', actions: ['retry', 'return'] };
    case 'no_supply':
    case 'tariff_not_supported':
      return { reason: journey.problem, actions: ['switch', 'return'] };
    default:
      return { reason: journey.problem, actions: ['retry', 'return'] };
  }
}

/** CSRF purpose of a consent page: the values it showed. */
export const consentPurpose = (digest: string): string => `consent:${digest}`;

const LOOK_MS = 100;
const FIRST_LOOK_MS = 500;
const SLICE_MS = 5000;
