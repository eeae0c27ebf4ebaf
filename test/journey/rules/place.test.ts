import { describe, expect, test } from '@jest/globals';
import { placeOf, type Place } from '../../../src/journey/rules/place.ts';
import { STATES, type State } from '../../../src/journey/rules/transitions.ts';

const BOTH = [true, false];

describe('the browser that holds the journey', () => {
  /** State, whether the journey shows a problem, whether the customer allowed; `null`: it makes no difference. */
  const HOLDER: [State, boolean | null, boolean | null, Place][] = [
    ['started', false, null, 'login'],
    ['started', true, null, 'problem'],
    ['signed_in', null, null, 'problem'],
    ['choosing', null, null, 'supply'],
    ['deciding', null, null, 'consent'],
    ['decided', null, null, 'finishing'],
    ['delivered', null, null, 'done'],
    ['undelivered', null, true, 'problem'],
    ['undelivered', null, false, 'done'],
  ];
  const every = HOLDER.flatMap(([state, problem, allowed, place]) =>
    (problem === null ? BOTH : [problem]).flatMap((hasProblem) =>
      (allowed === null ? BOTH : [allowed]).map((each) => [state, hasProblem, each, place] as const),
    ),
  );

  test('has a place in every state', () => {
    expect(every).toHaveLength(STATES.length * 4);
  });

  test.each(every)('%s, problem: %s, allowed: %s → %s', (state, hasProblem, allowed, place) => {
    expect(placeOf({ state, hasProblem, allowed, holds: true })).toBe(place);
  });
});

describe('any other browser is shown how to sign in, and after the decision that it was made', () => {
  const every = STATES.flatMap((state) =>
    BOTH.flatMap((hasProblem) => BOTH.map((allowed) => [state, hasProblem, allowed] as const)),
  );

  test.each(every)('%s, problem: %s, allowed: %s', (state, hasProblem, allowed) => {
    const decided = ['decided', 'delivered', 'undelivered'].includes(state);
    expect(placeOf({ state, hasProblem, allowed, holds: false })).toBe(decided ? 'done' : 'login');
  });
});
