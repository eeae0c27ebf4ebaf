import express, { Router, type Request, type Response } from 'express';
import { randomToken } from '../../base/random.ts';
import { customerByLogin, subjectOf, type Customer } from '../customers.ts';
import type { Provider } from '../oauth/library.ts';
import { sendPage } from '../page/page.ts';
import { ACR_VALUES } from './configuration.ts';
import { expiredPage, signInPage } from './pages.ts';

/** May be changed while the identity provider runs. */
export interface Behaviour {
  /** Sign this customer in at once, without a page. */
  autoLogin?: string | undefined;
  /**
   * The sign-in page lives on another host, as where a provider federates: an origin that reaches this server too,
   * such as `http://127.0.0.1:PORT` beside `http://localhost:PORT`.
   */
  federateTo?: string | undefined;
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

type Result = { customer: Customer } | 'cancelled';

/** Who is signing in: asked on a page of ours, here or on a federated host, and told to oidc-provider. */
export function signInRoutes(provider: Provider, issuer: string, behaviour: Behaviour): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '10kb' });
  // What the federated host found out, under a name that can be used once.
  const tickets = new Map<string, { uid: string; result: Result }>();

  const finish = async (request: Request, response: Response, result: Result) => {
    if (result === 'cancelled') {
      const refusal = { error: 'access_denied', error_description: 'The customer cancelled the sign-in.' };
      return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
    }
    const interaction = await provider.interactionDetails(request, response);
    const accountId = subjectOf(result.customer);
    if (interaction.session && interaction.session.accountId !== accountId) await forgetSignIn(provider, interaction);
    const { acr_values } = interaction.params;
    const wanted = typeof acr_values === 'string' ? acr_values.split(' ') : [];
    const acr = ACR_VALUES.find((value) => wanted.includes(value)) ?? ACR_VALUES[0];
    const login = { accountId, amr: ['pwd'], ...(acr === undefined ? {} : { acr }) };
    await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  };

  /** The customer who signs in without being asked, if any. */
  const automatic = (): Customer | undefined =>
    behaviour.autoLogin === undefined ? undefined : customerByLogin(behaviour.autoLogin);

  router.get('/interaction/:uid', async (request, response) => {
    const { prompt, params, uid } = await provider.interactionDetails(request, response);
    if (prompt.name === 'consent') {
      await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
      return;
    }
    const hint = typeof params.login_hint === 'string' ? params.login_hint : '';
    const customer = automatic();
    if (behaviour.federateTo !== undefined) {
      const query = new URLSearchParams({ hint });
      response.redirect(303, `${behaviour.federateTo}/federated/${uid}?${query.toString()}`);
    } else if (customer) await finish(request, response, { customer });
    else sendPage(response, signInPage({ action: `/interaction/${uid}`, login: hint, unknown: false }));
  });

  router.post('/interaction/:uid', form, async (request, response) => {
    const { uid } = await provider.interactionDetails(request, response);
    const { result, login } = readForm(request);
    if (result) await finish(request, response, result);
    else sendPage(response, signInPage({ action: `/interaction/${uid}`, login, unknown: true }), 422);
  });

  const bringBack = (response: Response, uid: string, result: Result) => {
    const ticket = randomToken();
    tickets.set(ticket, { uid, result });
    response.redirect(303, `${issuer}/interaction/${uid}/federated?ticket=${ticket}`);
  };

  router.get('/federated/:uid', (request, response) => {
    const { uid } = request.params;
    const customer = automatic();
    const login = typeof request.query.hint === 'string' ? request.query.hint : '';
    if (customer) bringBack(response, uid, { customer });
    else sendPage(response, signInPage({ action: `/federated/${uid}`, login, unknown: false }));
  });

  router.post('/federated/:uid', form, (request, response) => {
    const { uid } = request.params;
    const { result, login } = readForm(request);
    if (result) bringBack(response, uid, result);
    else sendPage(response, signInPage({ action: `/federated/${uid}`, login, unknown: true }), 422);
  });

  router.get('/interaction/:uid/federated', async (request, response) => {
    const name = typeof request.query.ticket === 'string' ? request.query.ticket : '';
    const ticket = tickets.get(name);
    tickets.delete(name);
    const { uid } = await provider.interactionDetails(request, response);
    if (ticket?.uid === uid) await finish(request, response, ticket.result);
    else sendPage(response, expiredPage(), 400);
  });

  return router;
}

function readForm(request: Request): { result: Result | null; login: string } {
  const fields = request.body as Record<string, unknown>;
  if (fields.cancel !== undefined) return { result: 'cancelled', login: '' };
  const login = typeof fields.login === 'string' ? fields.login.slice(0, 100) : '';
  const customer = customerByLogin(login);
  return { result: customer ? { customer } : null, login };
}

/**
 * Another customer signs in over the session of the one before. oidc-provider would first show a page that submits
 * itself by JavaScript; ending the earlier sign-in here keeps the way free of it.
 */
async function forgetSignIn(provider: Provider, interaction: Interaction): Promise<void> {
  const session = await provider.Session.findByUid(interaction.session?.uid ?? '');
  interaction.session = undefined;
  await interaction.persist();
  if (!session) return;
  session.accountId = undefined;
  session.authorizations = undefined;
  await session.persist();
}
