import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  EVENTS,
  isDecided,
  STATES,
  transition,
  TRANSITIONS,
  type Effect,
  type EventName,
  type State,
} from '../../../src/journey/rules/transitions.ts';

/** Every listed transition: state, event, the state it leads to, and what is done on the way. */
const LISTED: [State, EventName, State, string[]][] = [
  ['started', 'continue', 'started', ['take_over', 'begin_sign_in']],
  ['started', 'retry', 'started', ['take_over', 'begin_sign_in']],
  ['started', 'sign_in', 'signed_in', ['take_over', 'renew_secret', 'keep_customer', 'read_supplies']],
  ['started', 'sign_in_cancelled', 'decided', ['decide cancelled_at_identity_provider']],
  ['started', 'sign_in_failed', 'started', ['note_problem']],
  ['started', 'cancel', 'decided', ['take_over', 'decide cancelled_before_sign_in']],
  ['started', 'return', 'decided', ['take_over', 'decide the_problem']],

  ['signed_in', 'continue', 'signed_in', ['begin_sign_in']],
  ['signed_in', 'sign_in', 'signed_in', ['take_over', 'renew_secret', 'keep_customer', 'read_supplies']],
  ['signed_in', 'switch', 'started', ['forget_customer', 'begin_sign_in']],
  ['signed_in', 'supplies_none', 'signed_in', ['keep_supplies', 'note_problem']],
  ['signed_in', 'supplies_one', 'deciding', ['keep_supplies']],
  ['signed_in', 'supplies_several', 'choosing', ['keep_supplies']],
  ['signed_in', 'supplies_failed', 'signed_in', ['note_problem']],
  ['signed_in', 'retry', 'signed_in', ['read_supplies']],
  ['signed_in', 'cancel', 'decided', ['decide cancelled_choosing_supply']],
  ['signed_in', 'return', 'decided', ['decide the_problem']],

  ['choosing', 'continue', 'choosing', ['begin_sign_in']],
  ['choosing', 'sign_in', 'choosing', ['take_over', 'renew_secret']],
  ['choosing', 'switch', 'started', ['forget_customer', 'begin_sign_in']],
  ['choosing', 'choose', 'deciding', ['keep_supplies']],
  ['choosing', 'cancel', 'decided', ['decide cancelled_choosing_supply']],
  ['choosing', 'return', 'decided', ['decide internal']],

  ['deciding', 'continue', 'deciding', ['begin_sign_in']],
  ['deciding', 'sign_in', 'deciding', ['take_over', 'renew_secret']],
  ['deciding', 'switch', 'started', ['forget_customer', 'begin_sign_in']],
  ['deciding', 'choose', 'deciding', ['keep_supplies']],
  ['deciding', 'choose_again', 'choosing', ['keep_supplies']],
  ['deciding', 'tariff_not_supported', 'signed_in', ['note_problem']],
  ['deciding', 'allow', 'decided', ['decide consent_given']],
  ['deciding', 'deny', 'decided', ['decide consent_denied']],
  ['deciding', 'cancel', 'decided', ['decide consent_denied']],
  ['deciding', 'return', 'decided', ['decide internal']],

  ['decided', 'accepted', 'delivered', []],
  ['decided', 'refused', 'undelivered', []],
];

const written = (effect: Effect): string => (effect.do === 'decide' ? `decide ${effect.reason}` : effect.do);

test.each(LISTED)('%s, %s → %s', (state, event, to, effects) => {
  const step = transition(state, event);
  expect({ to: step?.to, effects: step?.effects.map(written) }).toEqual({ to, effects });
});

describe('every other event changes nothing', () => {
  const listed = new Set(LISTED.map(([state, event]) => `${state} ${event}`));
  const others = STATES.flatMap((state) => EVENTS.map((event) => [state, event] as const)).filter(
    ([state, event]) => !listed.has(`${state} ${event}`),
  );

  test('and there are as many as the table leaves', () => {
    expect(others).toHaveLength(STATES.length * EVENTS.length - LISTED.length);
  });

  test.each(others)('%s, %s', (state, event) => {
    expect(transition(state, event)).toBeNull();
  });
});

test.each([
  ['started', false],
  ['signed_in', false],
  ['choosing', false],
  ['deciding', false],
  ['decided', true],
  ['delivered', true],
  ['undelivered', true],
] as const)('in the state %s a decision has been made: %s', (state, decided) => {
  expect(isDecided(state)).toBe(decided);
});

describe('whatever the events and their order', () => {
  const walk = (events: EventName[]) => {
    let state: State = 'started';
    const steps: { from: State; to: State; effects: string[] }[] = [];
    for (const event of events) {
      const step = transition(state, event);
      if (!step) continue;
      steps.push({ from: state, to: step.to, effects: step.effects.map(written) });
      state = step.to;
    }
    return steps;
  };
  const decides = (step: { effects: string[] }) => step.effects.some((effect) => effect.startsWith('decide'));
  const journeys = fc.array(fc.constantFrom(...EVENTS), { maxLength: 40 });

  test('one journey decides at most once, and exactly on entering "decided"', () => {
    fc.assert(
      fc.property(journeys, (events) => {
        const steps = walk(events);
        expect(steps.filter(decides).length).toBeLessThanOrEqual(1);
        expect(steps.filter(decides)).toEqual(steps.filter(({ from, to }) => to === 'decided' && from !== 'decided'));
      }),
    );
  });

  test('consent is given only from the consent page, after somebody signed in', () => {
    fc.assert(
      fc.property(journeys, (events) => {
        const steps = walk(events);
        const given = steps.findIndex((step) => step.effects.includes('decide consent_given'));
        if (given < 0) return;
        expect(steps[given]?.from).toBe('deciding');
        const signedIn = steps.slice(0, given).findLastIndex((step) => step.effects.includes('keep_customer'));
        const forgotten = steps.slice(0, given).findLastIndex((step) => step.effects.includes('forget_customer'));
        expect(signedIn).toBeGreaterThan(forgotten);
      }),
    );
  });

  test('a customer, once kept, is replaced by nobody but through "switch"', () => {
    for (const state of ['signed_in', 'choosing', 'deciding', 'decided', 'delivered', 'undelivered'] as const) {
      expect(TRANSITIONS[state].sign_in_as_other).toBeUndefined();
    }
  });
});
