import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { Browsers } from '../browsers.ts';
import { holds } from '../browsers.ts';
import { chosenSupply } from '../consent-view.ts';
import type { Advanced, Engine, JourneyEvent } from '../engine.ts';
import type { Journey } from '../journeys.ts';
import type { Consent } from '../../sharing/decisions.ts';
import { csrfMatches } from '../../web/csrf.ts';
import { uiLocalesOf } from '../../web/reader.ts';
import { ORDINARY, type Desk } from './desk.ts';
import { consentPurpose } from './pages.ts';

export interface ChoiceParts {
  desk: Desk;
  browsers: Browsers;
  engine: Engine;
  /** Claims the pack's sources need for polling; the others are not kept. */
  keptClaims: (claims: Record<string, string | number | boolean>) => Record<string, string | number | boolean>;
}

/** Bodies are flat: one text per name; a repeated name is refused rather than guessed at. */
const formSchema = z.object({ csrf: z.string().max(100), supply: z.string().max(10).optional() });

interface Pressed {
  journey: Journey;
  secret: string;
  held: boolean;
  form: z.output<typeof formSchema>;
  /** The form stood on the consent page, and what it showed is what would be shared now. */
  consentShown: boolean;
}

/**
 * The buttons. Each is an event for the journey; a button that has no meaning where the journey stands (a double
 * click, a page from before) changes nothing and leads to where the customer is. No answer redirects to another
 * site: Chromium holds `form-action` against every redirect that follows a form (DESIGN: "Leaving the site").
 */
export function choiceRoutes(parts: ChoiceParts): Record<string, RequestHandler> {
  const { desk, browsers, engine } = parts;

  const press = async (req: Request, res: Response): Promise<Pressed> => {
    const { journey, secret, held } = await desk.open(req, res);
    const form = formSchema.safeParse(req.body);
    if (secret === null || !form.success) throw new Failure('form_rejected');
    const [ordinary = '', bound = ''] = form.data.csrf.split('.');
    if (!csrfMatches(secret, journey.id, ORDINARY, ordinary)) throw new Failure('form_rejected');
    const digest = journey.supply?.shown?.digest;
    const consentShown = digest !== undefined && csrfMatches(secret, journey.id, consentPurpose(digest), bound);
    return { journey, secret, held, form: form.data, consentShown };
  };

  const advance = (req: Request, pressed: Pressed, event: JourneyEvent): Promise<Advanced> =>
    engine.advance(pressed.journey, event, { secret: pressed.secret, uiLocales: uiLocalesOf(req) });

  const settle = async (req: Request, res: Response, { journey }: Advanced): Promise<void> => {
    await desk.sendToPlace(res, journey, holds(journey, browsers.secretOf(req, journey.id)));
  };

  const choice =
    (handle: (req: Request, res: Response, pressed: Pressed) => Promise<unknown>): RequestHandler =>
    async (req, res) => {
      await handle(req, res, await press(req, res));
    };

  /** For whoever holds the journey; before sign-in that is any browser which presses a button. */
  const holdersChoice = (event: (pressed: Pressed) => JourneyEvent | null): RequestHandler =>
    choice(async (req, res, pressed) => {
      const mayPress = pressed.held || pressed.journey.state === 'started';
      const happened = mayPress ? event(pressed) : null;
      if (!happened) return desk.sendToPlace(res, pressed.journey, pressed.held);
      await settle(req, res, await advance(req, pressed, happened));
    });

  /** Leads to the identity provider, where the journey did not come to a stop before. */
  const towardsSignIn = (name: 'continue' | 'retry' | 'switch', whoever: boolean): RequestHandler =>
    choice(async (req, res, pressed) => {
      if (!whoever && !pressed.held && pressed.journey.state !== 'started') {
        return desk.sendToPlace(res, pressed.journey, pressed.held);
      }
      const moved = await advance(req, pressed, { name });
      const begun = moved.changed && !stopped(moved.journey) && startsSignIn(pressed.journey, name);
      if (begun) {
        res.redirect(303, desk.addressOf(moved.journey, 'redirecting'));
        return;
      }
      await settle(req, res, moved);
    });

  const consentOf = (journey: Journey): Consent | null => {
    const supply = chosenSupply(journey);
    const shown = journey.supply?.shown;
    if (!supply || !shown || !journey.identity) return null;
    return {
      binding: {
        supply: {
          id: supply.id,
          account_id: supply.account_id ?? null,
          meter_point_id: supply.meter_point_id ?? null,
        },
        customer: { sub: journey.identity.subject, claims: parts.keptClaims(journey.identity.claims) },
      },
      postalAddress: shown.postalAddress,
      contractTerm: shown.contractTerm,
      language: shown.language,
      text: shown.text,
      shown: shown.values,
      tokens: journey.identity.tokens,
    };
  };

  const decide = (name: 'allow' | 'deny') =>
    holdersChoice(({ journey, consentShown }) => {
      const consent = consentOf(journey);
      // "Allow" counts only from the page that showed these very values; otherwise they are shown anew.
      return consent && (name === 'deny' || consentShown) ? { name, consent } : null;
    });

  const choose = choice(async (req, res, pressed) => {
    const { journey, held, form } = pressed;
    const supplies = journey.supply?.supplies ?? [];
    if (!held || journey.state === 'started') return desk.sendToPlace(res, journey, held);
    // From the consent page, without a value: back to the list.
    if (form.supply === undefined && journey.state === 'deciding') {
      return settle(req, res, await advance(req, pressed, { name: 'choose_again' }));
    }
    const chosen = form.supply !== undefined && /^\d+$/.test(form.supply) ? Number(form.supply) : -1;
    if (supplies[chosen]?.status !== 'available') {
      const problem = form.supply === undefined ? 'none_chosen' : 'not_available';
      res.redirect(303, `${desk.addressOf(journey, 'supply')}?problem=${problem}`);
      return;
    }
    await settle(req, res, await advance(req, pressed, { name: 'choose', chosen }));
  });

  const goBack = choice(async (req, res, pressed) => {
    // The customer has read that Flatpeak refused the decision; what is left is the way back.
    if (pressed.held && pressed.journey.state === 'undelivered') {
      res.redirect(303, `${desk.addressOf(pressed.journey, 'done')}?told=1`);
      return;
    }
    const mayPress = pressed.held || pressed.journey.state === 'started';
    if (!mayPress) return desk.sendToPlace(res, pressed.journey, pressed.held);
    const moved = await advance(req, pressed, { name: 'return' });
    await settle(req, res, moved);
  });

  return {
    continue: towardsSignIn('continue', true),
    retry: towardsSignIn('retry', false),
    switch: towardsSignIn('switch', false),
    choose,
    allow: decide('allow'),
    deny: decide('deny'),
    cancel: holdersChoice(() => ({ name: 'cancel' })),
    return: goBack,
  };
}

/** Before sign-in, a problem is that no sign-in could be begun. */
const stopped = ({ state, problem }: Journey): boolean => state === 'started' && problem !== null;

/** After sign-in, "retry" looks for the supplies again; everything else here leads to the identity provider. */
const startsSignIn = (before: Journey, name: 'continue' | 'retry' | 'switch'): boolean =>
  name !== 'retry' || before.state === 'started';
