import type { Request, Response } from 'express';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { randomReference } from '../../base/random.ts';
import { maskedName } from '../../identity/claims.ts';
import { holds, type Browsers } from '../browsers.ts';
import { returnUrl, type ReturnSettings, type WayBack } from '../going-back.ts';
import type { Journey, Journeys } from '../journeys.ts';
import { rememberVisit } from '../../pages/failure-page.ts';
import type { CustomerModel, Frame } from '../../pages/models.ts';
import type { Renderer } from '../../pages/render.ts';
import { sendPage, type SendPage } from '../../pages/send-page.ts';
import { csrfValue } from '../../web/csrf.ts';
import { placeOf, type Place } from '../rules/place.ts';

/** What every route of a journey does at its desk: find the journey, see who asks, show a page or send them to theirs. */
export interface Desk {
  /** The journey of the address and the secret its browser presents; throws `journey_unknown` or `journey_expired`. */
  open(req: Request, res: Response): Promise<Seat>;
  /** The same for a journey found otherwise; from here on a failure page can show the way back. */
  seat(req: Request, res: Response, journey: Journey): Seat;
  /** Makes sure of a secret for this journey, set with this answer when there was none. */
  secretFor(req: Request, res: Response, journey: Journey): string;
  /** `bound` ties the page's form to what it shows, beside the ordinary protection. */
  frame(journey: Journey, secret: string, bound?: string): Frame;
  customer(journey: Journey): CustomerModel;
  returnUrl(journey: Journey, way: WayBack): string | null;
  send: SendPage;
  /** Redirects to the page where the customer belongs. */
  sendToPlace(res: Response, journey: Journey, held: boolean): Promise<void>;
  placeOf(journey: Journey, held: boolean): Promise<Place>;
  addressOf(journey: Journey, page: string): string;
}

export interface Seat {
  journey: Journey;
  secret: string | null;
  /** This browser holds the journey. */
  held: boolean;
}

export interface DeskParts {
  journeys: Journeys;
  browsers: Browsers;
  renderer: Renderer;
  clock: Clock;
  returns: ReturnSettings;
}

/** CSRF purpose of a journey's forms. */
export const ORDINARY = 'form';

/** A customer waits this long for Flatpeak, then goes back to the app all the same. */
const LONGEST_WAIT_MS = 15_000;

export function createDesk({ journeys, browsers, renderer, clock, returns }: DeskParts): Desk {
  const desk: Desk = {
    async open(req, res) {
      const id = req.params.journey;
      const journey = typeof id === 'string' ? await journeys.byId(id) : null;
      if (!journey) throw new Failure('journey_unknown');
      return desk.seat(req, res, journey);
    },

    seat(req, res, journey) {
      const secret = browsers.secretOf(req, journey.id);
      const held = holds(journey, secret);
      const expired = journey.expiresAt <= clock();
      rememberVisit(res, {
        about: 'visit',
        leaveUrl: desk.returnUrl(journey, { trusted: held, failure: null }),
        frame: held && secret !== null && !expired ? desk.frame(journey, secret) : null,
      });
      if (expired) throw new Failure('journey_expired');
      return { journey, secret, held };
    },

    secretFor: (req, res, journey) => browsers.ensureSecret(req, res, journey.id),

    frame: (journey, secret, bound) => ({
      base: `/connect/${journey.id}`,
      csrf: [ORDINARY, ...(bound === undefined ? [] : [bound])]
        .map((purpose) => csrfValue(secret, journey.id, purpose))
        .join('.'),
      recipient: {
        name: journey.visit.account.name,
        logo: journey.visit.account.logoUrl === null ? null : desk.addressOf(journey, 'logo'),
        termsUrl: journey.visit.account.termsUrl,
        privacyUrl: journey.visit.account.privacyUrl,
        supportUrl: journey.visit.account.supportUrl,
      },
      reference: randomReference(),
    }),

    customer: (journey) => ({ masked: journey.identity ? maskedName(journey.identity) : null }),

    returnUrl: (journey, way) => returnUrl(journey, returns, way),

    send: sendPage(renderer),

    async placeOf(journey, held) {
      const decision = await journeys.decision(journey);
      const place = placeOf({
        state: journey.state,
        hasProblem: journey.problem !== null,
        allowed: decision?.outcome === 'allowed',
        holds: held,
      });
      // A decision from the future: the clock has been put back since, and nobody waits for it to catch up.
      const waited = decision !== null && Math.abs(clock() - decision.decidedAt) >= LONGEST_WAIT_MS;
      // Nothing is told to Flatpeak any more about a consent that was withdrawn, or replaced by a later one.
      const over = waited || (decision?.ended ?? null) !== null;
      return place === 'finishing' && over ? 'done' : place;
    },

    async sendToPlace(res, journey, held) {
      res.redirect(303, desk.addressOf(journey, await desk.placeOf(journey, held)));
    },

    addressOf: (journey, page) => `/connect/${journey.id}/${page}`,
  };
  return desk;
}
