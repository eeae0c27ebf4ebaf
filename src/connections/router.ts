import { Router, urlencoded, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { codeOf, Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { randomReference, randomToken } from '../base/random.ts';
import { maskedName } from '../identity/claims.ts';
import type { IdentityProvider } from '../identity/identity-provider.ts';
import { rememberVisit } from '../pages/failure-page.ts';
import type { Frame, PageModel, ShareModel } from '../pages/models.ts';
import { sendPage } from '../pages/send-page.ts';
import type { Renderer } from '../pages/render.ts';
import { notForHeads } from '../web/allowed-methods.ts';
import { csrfMatches, csrfValue } from '../web/csrf.ts';
import { queryOf } from '../web/query.ts';
import { uiLocalesOf } from '../web/reader.ts';
import type { SecretCookie } from '../web/secret-cookies.ts';
import type { Sessions, SignedIn } from './sessions.ts';
import type { Shares } from './shares.ts';

export interface ConnectionsParts {
  sessions: Sessions;
  shares: Shares;
  /** Signs in only to know who it is: no tokens are kept. */
  identityProvider: Pick<IdentityProvider, 'start' | 'complete' | 'endSessionUrl'>;
  cookie: SecretCookie;
  renderer: Renderer;
  log: Log;
  /** Refuses forms that other sites send. */
  sameSiteOnly: RequestHandler;
}

const BASE = '/connections';
const formSchema = z.object({ csrf: z.string().max(100) });
const NO_VISIT = { about: 'connections', leaveUrl: null, frame: null } as const;
const NOBODY = { name: null, logo: null, termsUrl: null, privacyUrl: null, supportUrl: null };

/**
 * What a customer shares, with whom, and the way to stop it; behind the provider's own sign-in, in a session of its
 * own. Like everywhere, no form answers with a redirect to another site (DESIGN: "Leaving the site").
 */
export function connectionsRouter(parts: ConnectionsParts): Router {
  const { sessions, shares, identityProvider, cookie, log } = parts;
  const send = sendPage(parts.renderer);

  const frameOf = (secret: string): Frame => ({
    base: BASE,
    csrf: csrfValue(secret, 'connections', 'form'),
    recipient: NOBODY,
    reference: randomReference(),
  });

  /** A page for whoever is signed in; everyone else is shown the way in. */
  const signedIn =
    (show: (req: Request, customer: SignedIn, frame: Frame) => Promise<PageModel>): RequestHandler =>
    async (req, res) => {
      const secret = cookie.of(req);
      const customer = secret === null ? null : await sessions.find(secret);
      if (secret === null || customer === null) {
        res.redirect(303, BASE);
        return;
      }
      return send(req, res, await show(req, customer, frameOf(secret)));
    };

  const overview: RequestHandler = async (req, res) => {
    const secret = cookie.ensure(req, res);
    const frame = frameOf(secret);
    const customer = await sessions.find(secret);
    if (customer) {
      const all = await shares.of(customer.subject);
      const active = all.filter(({ ended }) => ended === null);
      const ended = all.filter((share) => share.ended !== null).sort(byEnd);
      return send(req, res, { step: 'connections', frame, customer, active, ended });
    }
    return send(req, res, { step: 'connections_sign_in', frame, signedOut: queryOf(req).has('signed_out') });
  };

  /** The secret and the customer behind a form that was really shown to this browser. */
  const pressed = async (req: Request): Promise<{ secret: string; customer: SignedIn | null }> => {
    const secret = cookie.of(req);
    const form = formSchema.safeParse(req.body);
    if (secret === null || !form.success) throw new Failure('form_rejected');
    if (!csrfMatches(secret, 'connections', 'form', form.data.csrf)) throw new Failure('form_rejected');
    return { secret, customer: await sessions.find(secret) };
  };

  /** `fresh`: credentials are asked for even where a session exists at the identity provider, as after signing out. */
  const towardsSignIn =
    (fresh: boolean): RequestHandler =>
    async (req, res) => {
      const { secret } = await pressed(req);
      const start = await identityProvider.start({ state: randomToken(), fresh, uiLocales: uiLocalesOf(req) });
      await sessions.begin(secret, start);
      res.redirect(303, `${BASE}/redirecting`);
    };

  const redirecting: RequestHandler = async (req, res) => {
    const secret = cookie.of(req);
    const url = secret === null ? null : await sessions.takeUrl(secret);
    if (secret === null || url === null) {
      res.redirect(303, BASE);
      return;
    }
    return send(req, res, { step: 'redirecting', frame: frameOf(secret), url });
  };

  /** The identity provider knows one callback address; answers to sign-ins of ours are ours, the rest are visits'. */
  const callback: RequestHandler = async (req, res, next) => {
    const states = queryOf(req).getAll('state');
    // What is used up by being read is not for whoever asks for its head alone.
    const begun = req.method === 'GET' && states.length === 1 ? await sessions.ofState(states[0] ?? '') : null;
    if (!begun) {
      next();
      return;
    }
    rememberVisit(res, NO_VISIT);
    if (!begun.isOf(cookie.of(req))) throw new Failure('sign_in_elsewhere');
    const checks = await sessions.spend(begun.id);
    // Repeated, by reloading or going back: shown where this browser is.
    if (checks === null) {
      res.redirect(303, BASE);
      return;
    }
    await complete(req, res, begun.id, checks);
  };

  const complete = async (
    req: Request,
    res: Response,
    id: string,
    checks: Parameters<IdentityProvider['complete']>[1],
  ): Promise<void> => {
    try {
      const identity = await identityProvider.complete(queryOf(req).toString(), checks);
      const secret = randomToken();
      await sessions.signedIn(id, secret, { subject: identity.subject, masked: maskedName(identity) });
      cookie.set(res, secret);
      log.info({ event: 'connections_opened' });
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'sign_in_cancelled') throw error;
    }
    res.redirect(303, BASE);
  };

  const stop: RequestHandler = async (req, res) => {
    const { customer } = await pressed(req);
    if (!customer) {
      res.redirect(303, BASE);
      return;
    }
    const id = grantOf(req);
    await shares.stop(customer.subject, id);
    // Also where it had ended already: what the customer wanted is so.
    res.redirect(303, `${BASE}/${id}/stopped`);
  };

  const stopped = signedIn(async (req, customer, frame) => {
    const share = await shares.one(customer.subject, grantOf(req));
    if (!share?.ended) throw new Failure('not_found');
    return { step: 'stop', frame, share };
  });

  const receipt = signedIn(async (req, customer, frame) => {
    const found = await shares.receipt(customer.subject, grantOf(req));
    if (!found) throw new Failure('not_found');
    return { step: 'receipt', frame, ...found, backUrl: BASE };
  });

  const signOut: RequestHandler = async (req, res) => {
    const { secret } = await pressed(req);
    await sessions.end(secret);
    cookie.clear(res);
    res.redirect(303, `${BASE}/signed-out`);
  };

  /** Signed out here; where the identity provider offers it, there as well (OpenID Connect RP-Initiated Logout 1.0). */
  const signedOut: RequestHandler = async (req, res) => {
    const url = await identityProvider.endSessionUrl({ uiLocales: uiLocalesOf(req) }).catch((error: unknown) => {
      log.warn({ event: 'sign_out_not_offered', code: codeOf(error) });
      return null;
    });
    if (url === null) {
      res.redirect(303, `${BASE}?signed_out`);
      return;
    }
    return send(req, res, { step: 'signing_out', frame: frameOf(cookie.ensure(req, res)), url });
  };

  const router = Router();
  router.get('/connect/callback', callback);
  router.use(BASE, (_req, res, next) => {
    rememberVisit(res, NO_VISIT);
    next();
  });
  router.get(BASE, overview);
  router.head(`${BASE}/redirecting`, notForHeads);
  router.get(`${BASE}/redirecting`, redirecting);
  router.get(`${BASE}/signed-out`, signedOut);
  router.get(`${BASE}/:grant/stopped`, stopped);
  router.get(`${BASE}/:grant/receipt`, receipt);
  const forms = [parts.sameSiteOnly, urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 })];
  const buttons = {
    continue: towardsSignIn(false),
    switch: towardsSignIn(true),
    signout: signOut,
    ':grant/stop': stop,
  };
  for (const [name, handle] of Object.entries(buttons)) {
    router.post(`${BASE}/${name}`, forms, handle);
    // An error page that answers a form stands at the button's address; reopened there, all begins at the overview.
    router.get(`${BASE}/${name}`, (_req, res) => res.redirect(303, BASE));
  }
  return router;
}

/** The last to end first. */
const byEnd = (one: ShareModel, other: ShareModel): number =>
  Date.parse(other.ended?.at ?? '') - Date.parse(one.ended?.at ?? '');

const grantOf = (req: Request): string => {
  const id = req.params.grant;
  if (typeof id !== 'string' || !/^grt_[A-Za-z0-9_-]{22}$/.test(id)) throw new Failure('not_found');
  return id;
};
