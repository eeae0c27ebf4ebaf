import { setTimeout as sleep } from 'node:timers/promises';
import { Customer, posting, type Shown } from '../support/customer.ts';
import type { Chance } from './chance.ts';
import type { Decision } from './decision.ts';
import type { Moments } from './moments.ts';
import { planOf, type Login } from './plan.ts';
import { read, type Told } from './reading.ts';

export interface Visit {
  name: string;
  token: string;
  login: Login;
  /** The recipient's account at Flatpeak. */
  account: string;
  chance: Chance;
  /** Decisions pressed that no page seen since has shown to be undone: at most one of them stands. */
  possible: Set<Decision>;
  presses: number;
  /** The customer was sent on to `finishing` or `done`: by the answer to a press, or when they came back. */
  acknowledgedBy: 'answer' | 'return' | null;
  told: Told | null;
  /** Back in the app, or the app was closed once the decision was acknowledged; null while under way. */
  end: 'in_app' | 'closed' | null;
  /** What should not have been seen. */
  complaints: string[];
}

export interface Surroundings {
  adapterUrl: string;
  moments: Moments;
  /** Resolves when the adapter is ready (again). */
  whenUp: () => Promise<void>;
  /** When a customer who is not back in the app yet is stranded; never while the adapter is still being killed. */
  strandedAt: () => number;
  /** Presses that wait for their answer. */
  pressing: Set<Visit>;
  /** What Flatpeak has accepted for a token. */
  accepted: (token: string) => Decision | null;
}

/** Tells of acknowledgements as they pass. */
class WatchedCustomer extends Customer {
  readonly #onAcknowledged: () => void;
  constructor(onAcknowledged: () => void) {
    super();
    this.#onAcknowledged = onAcknowledged;
  }

  override async fetch(url: string, init: RequestInit = {}): Promise<Shown> {
    const shown = await super.fetch(url, init);
    if (/\/(finishing|done)$/.test(shown.headers.get('location') ?? '')) this.#onAcknowledged();
    return shown;
  }
}

/** One customer with one link, however often the adapter dies under them. */
export async function walk(visit: Visit, around: Surroundings): Promise<void> {
  const { chance, token } = visit;
  const { moments, pressing } = around;
  const link = `${around.adapterUrl}/connect?connect_token=${token}`;
  const plan = planOf(chance, visit.login);
  const complain = (about: string) => visit.complaints.push(about);
  const customer = new WatchedCustomer(() => {
    if (visit.possible.size === 0) complain('sent on to finishing without a press');
    visit.acknowledgedBy ??= pressing.has(visit) ? 'answer' : 'return';
    pressing.delete(visit);
    moments.happen('acknowledged');
  });

  /** Presses a button that decides; the answer is followed, or the app is closed as soon as it is there. */
  const decide = async (button: string, decision: Decision): Promise<void> => {
    const { action, body } = customer.formOf(button);
    visit.presses += 1;
    visit.possible.add(decision);
    pressing.add(visit);
    moments.happen('pressed');
    const nth = chance.of(`press ${visit.presses}`);
    try {
      // A double click: the same form twice, at once.
      const twice = nth.happens(0.1) ? customer.fetch(action, posting(body)).catch(() => null) : null;
      if (nth.happens(0.3)) {
        const answer = await customer.fetch(action, posting(body));
        await twice;
        if (visit.acknowledgedBy !== null) visit.end = 'closed';
        else await customer.open(new URL(answer.headers.get('location') ?? link, action).href);
        return;
      }
      await Promise.all([customer.open(action, posting(body)), twice]);
    } finally {
      pressing.delete(visit);
    }
  };

  /** A customer who is asked again may have had second thoughts. */
  const atConsent = (): Promise<void> => {
    const fickle = visit.presses > 0 && chance.of(`again ${visit.presses}`).happens(0.3);
    return (plan === 'deny') === fickle ? decide('allow', 'allowed') : decide('deny', 'DISMISS_CONSENT');
  };

  /** Does what the page asks for, and begins anew where it asks for nothing. */
  const act = (): Promise<unknown> => {
    const { step, reason, document } = customer.page;
    const offers = (button: string) => document.querySelector(`[data-action="${button}"]`) !== null;
    if (step === 'login' && plan === 'cancel_at_login' && offers('cancel')) return decide('cancel', 'DISMISS_LOGIN');
    if (step === 'login') return customer.press('continue');
    if (step === 'sign-in' && plan === 'cancel_at_provider') return decide('cancel', 'DISMISS_LOGIN');
    if (step === 'sign-in') return customer.signIn(visit.login);
    if (step === 'supply' && plan === 'cancel_at_supply') return decide('cancel', 'DISMISS_CONSENT');
    if (step === 'supply') return customer.press('choose', { supply: '0' });
    if (step === 'consent') return atConsent();
    if (step === 'error' && reason === 'not_delivered') return customer.press('return');
    if (step === 'error' && reason === 'no_supply') return decide('return', 'ERROR');
    if (step === 'error' && offers('retry')) return customer.press('retry');
    return customer.open(link);
  };

  /** Takes in what the page says of the presses so far. */
  const look = (): void => {
    const { page, leftFor } = customer;
    if (visit.end !== null || !page.url.startsWith(around.adapterUrl)) return;
    if (page.status >= 500 && page.status !== 503) complain(`${page.status} at ${new URL(page.url).pathname}`);
    const said = read(page);
    if (said === 'unknown') complain('a page without an outcome');
    else if (said === 'undecided') {
      if (visit.acknowledgedBy !== null) complain('asked again after it was acknowledged');
      visit.possible.clear();
    } else if (said !== null) {
      if (said.connected && around.accepted(token) !== 'allowed') complain('connected too soon');
      // On the way back from there, the last page says once more that it failed.
      visit.told = visit.told === 'not_delivered' ? visit.told : said.told;
    }
    if (leftFor !== null) visit.end = 'in_app';
  };

  await customer.open(link).catch(() => undefined);
  while (visit.end === null) {
    if (performance.now() > around.strandedAt()) return;
    try {
      await ((customer.page as Shown | undefined) ? act() : customer.open(link));
      look();
    } catch (error) {
      if (!isLostConnection(error)) throw error;
      await around.whenUp();
      await sleep(chance.below(30));
      // The page of before may still be there to be pressed; or it is the link again, or what did not answer.
      if (chance.happens(0.2)) continue;
      const last = customer.visited.at(-1);
      const reload = last?.startsWith(around.adapterUrl) && chance.happens(0.5) ? last : link;
      await customer.open(reload).then(look, () => undefined);
    }
  }
}

/** By name: under jest the error comes from another realm. */
const isLostConnection = (error: unknown): boolean => (error as { name?: unknown }).name === 'TypeError';
