/** How a journey ends, precisely. Only `actionOf` reduces a reason to what Flatpeak's guide knows. */
export type Reason =
  | 'consent_given'
  | 'cancelled_before_sign_in'
  | 'cancelled_at_identity_provider'
  | 'cancelled_choosing_supply'
  | 'consent_denied'
  | 'sign_in_failed'
  | 'identity_provider_unavailable'
  | 'no_supply'
  | 'supplies_unavailable'
  | 'tariff_not_supported'
  | 'internal';

export type Outcome = 'allowed' | 'declined' | 'failed';

export type DismissAction = 'DISMISS_LOGIN' | 'DISMISS_CONSENT' | 'ERROR';

/** Reasons a journey can stand still for, and be given up for; also the `data-reason` of its error page. */
export const PROBLEMS = [
  'sign_in_failed',
  'identity_provider_unavailable',
  'no_supply',
  'supplies_unavailable',
  'tariff_not_supported',
  'internal',
] as const satisfies readonly Reason[];

export type Problem = (typeof PROBLEMS)[number];

const OUTCOMES: Record<Reason, { outcome: Outcome; action: DismissAction | null }> = {
  consent_given: { outcome: 'allowed', action: null },
  cancelled_before_sign_in: { outcome: 'declined', action: 'DISMISS_LOGIN' },
  cancelled_at_identity_provider: { outcome: 'declined', action: 'DISMISS_LOGIN' },
  cancelled_choosing_supply: { outcome: 'declined', action: 'DISMISS_CONSENT' },
  consent_denied: { outcome: 'declined', action: 'DISMISS_CONSENT' },
  sign_in_failed: { outcome: 'failed', action: 'ERROR' },
  identity_provider_unavailable: { outcome: 'failed', action: 'ERROR' },
  no_supply: { outcome: 'failed', action: 'ERROR' },
  supplies_unavailable: { outcome: 'failed', action: 'ERROR' },
  tariff_not_supported: { outcome: 'failed', action: 'ERROR' },
  internal: { outcome: 'failed', action: 'ERROR' },
};

export const outcomeOf = (reason: Reason): Outcome => OUTCOMES[reason].outcome;

/** The `action` Flatpeak is told, null when the customer allowed (guide for energy providers, "Process customer decision"). */
export const actionOf = (reason: Reason): DismissAction | null => OUTCOMES[reason].action;
