import type { Reason } from './outcomes.ts';

/**
 * A customer's visit as a table. Routes translate HTTP into events; what an event means in a state stands here and
 * nowhere else. An event that a state does not list changes nothing: the customer is shown where they really are.
 */
export const STATES = ['started', 'signed_in', 'choosing', 'deciding', 'decided', 'delivered', 'undelivered'] as const;

export type State = (typeof STATES)[number];

export const EVENTS = [
  /** Continue or retry before sign-in: this browser takes the journey over and goes to the identity provider. */
  'continue',
  /** The identity provider vouches for a customer; after the first time, for the same one. */
  'sign_in',
  /** It vouches for somebody other than the customer whose journey this is. */
  'sign_in_as_other',
  'sign_in_cancelled',
  'sign_in_failed',
  /** "Not you?": sign in as someone else. */
  'switch',
  'supplies_none',
  'supplies_one',
  'supplies_several',
  'supplies_failed',
  /** Look again for what could not be read. */
  'retry',
  'choose',
  'choose_again',
  'tariff_not_supported',
  'allow',
  'deny',
  'cancel',
  /** Leave from an error page: the journey's problem becomes its reason, an internal fault where it has none. */
  'return',
  /** Flatpeak has accepted the submission, or refused it for good. */
  'accepted',
  'refused',
] as const;

export type EventName = (typeof EVENTS)[number];

export type Effect =
  /** The browser of this request holds the journey from now on. */
  | { do: 'take_over' }
  /** Its cookie gets a new secret: what was known before sign-in opens nothing after it. */
  | { do: 'renew_secret' }
  | { do: 'begin_sign_in' }
  | { do: 'keep_customer' }
  | { do: 'forget_customer' }
  | { do: 'read_supplies' }
  | { do: 'keep_supplies' }
  | { do: 'note_problem' }
  | { do: 'decide'; reason: Reason | 'the_problem' };

export interface Transition {
  to: State;
  effects: readonly Effect[];
}

const go = (to: State, ...effects: Effect[]): Transition => ({ to, effects });
const decide = (reason: Reason | 'the_problem', ...effects: Effect[]): Transition =>
  go('decided', ...effects, { do: 'decide', reason });

const TAKE_OVER: Effect = { do: 'take_over' };
const RENEW_SECRET: Effect = { do: 'renew_secret' };
const BEGIN_SIGN_IN: Effect = { do: 'begin_sign_in' };
const KEEP_SUPPLIES: Effect = { do: 'keep_supplies' };
const NOTE_PROBLEM: Effect = { do: 'note_problem' };
const FORGET_CUSTOMER: Effect = { do: 'forget_customer' };

const signInAnew = go('started', FORGET_CUSTOMER, BEGIN_SIGN_IN);

export const TRANSITIONS: Record<State, Partial<Record<EventName, Transition>>> = {
  started: {
    continue: go('started', TAKE_OVER, BEGIN_SIGN_IN),
    retry: go('started', TAKE_OVER, BEGIN_SIGN_IN),
    sign_in: go('signed_in', TAKE_OVER, RENEW_SECRET, { do: 'keep_customer' }, { do: 'read_supplies' }),
    sign_in_cancelled: decide('cancelled_at_identity_provider'),
    sign_in_failed: go('started', NOTE_PROBLEM),
    cancel: decide('cancelled_before_sign_in', TAKE_OVER),
    return: decide('the_problem', TAKE_OVER),
  },
  signed_in: {
    // From here on another browser gets in only by signing in as the same customer.
    continue: go('signed_in', BEGIN_SIGN_IN),
    sign_in: go('signed_in', TAKE_OVER, RENEW_SECRET, { do: 'keep_customer' }, { do: 'read_supplies' }),
    switch: signInAnew,
    supplies_none: go('signed_in', KEEP_SUPPLIES, NOTE_PROBLEM),
    supplies_one: go('deciding', KEEP_SUPPLIES),
    supplies_several: go('choosing', KEEP_SUPPLIES),
    supplies_failed: go('signed_in', NOTE_PROBLEM),
    retry: go('signed_in', { do: 'read_supplies' }),
    cancel: decide('cancelled_choosing_supply'),
    return: decide('the_problem'),
  },
  choosing: {
    continue: go('choosing', BEGIN_SIGN_IN),
    sign_in: go('choosing', TAKE_OVER, RENEW_SECRET),
    switch: signInAnew,
    choose: go('deciding', KEEP_SUPPLIES),
    cancel: decide('cancelled_choosing_supply'),
    return: decide('internal'),
  },
  deciding: {
    continue: go('deciding', BEGIN_SIGN_IN),
    sign_in: go('deciding', TAKE_OVER, RENEW_SECRET),
    switch: signInAnew,
    choose: go('deciding', KEEP_SUPPLIES),
    choose_again: go('choosing', KEEP_SUPPLIES),
    tariff_not_supported: go('signed_in', NOTE_PROBLEM),
    allow: decide('consent_given'),
    deny: decide('consent_denied'),
    cancel: decide('consent_denied'),
    return: decide('internal'),
  },
  decided: {
    accepted: go('delivered'),
    refused: go('undelivered'),
  },
  delivered: {},
  undelivered: {},
};

/** Null when the event means nothing in this state. */
export const transition = (state: State, event: EventName): Transition | null => TRANSITIONS[state][event] ?? null;

export const isDecided = (state: State): boolean => ['decided', 'delivered', 'undelivered'].includes(state);
