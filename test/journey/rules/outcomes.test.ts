import { expect, test } from '@jest/globals';
import { actionOf, outcomeOf, PROBLEMS } from '../../../src/journey/rules/outcomes.ts';

/** Every way a journey ends, and what Flatpeak is told of it. */
test.each([
  ['consent_given', 'allowed', null],
  ['cancelled_before_sign_in', 'declined', 'DISMISS_LOGIN'],
  ['cancelled_at_identity_provider', 'declined', 'DISMISS_LOGIN'],
  ['cancelled_choosing_supply', 'declined', 'DISMISS_CONSENT'],
  ['consent_denied', 'declined', 'DISMISS_CONSENT'],
  ['sign_in_failed', 'failed', 'ERROR'],
  ['identity_provider_unavailable', 'failed', 'ERROR'],
  ['no_supply', 'failed', 'ERROR'],
  ['supplies_unavailable', 'failed', 'ERROR'],
  ['tariff_not_supported', 'failed', 'ERROR'],
  ['internal', 'failed', 'ERROR'],
] as const)('%s: the customer %s; Flatpeak is told %s', (reason, outcome, action) => {
  expect({ outcome: outcomeOf(reason), action: actionOf(reason) }).toEqual({ outcome, action });
});

test.each(PROBLEMS)('a journey given up for %s is told to Flatpeak as ERROR', (problem) => {
  expect(actionOf(problem)).toBe('ERROR');
});
