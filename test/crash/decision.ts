/** What a press of a button tells Flatpeak. */
export type Decision = 'allowed' | 'DISMISS_CONSENT' | 'DISMISS_LOGIN' | 'ERROR';

/** What the adapter's own books and pages call it. */
export const OUTCOMES: Record<Decision, 'allowed' | 'declined' | 'failed'> = {
  allowed: 'allowed',
  DISMISS_CONSENT: 'declined',
  DISMISS_LOGIN: 'declined',
  ERROR: 'failed',
};

/** What a submission's body says. */
export function decisionIn(body: string): Decision {
  const { action } = JSON.parse(body) as { action?: Decision };
  return action ?? 'allowed';
}
