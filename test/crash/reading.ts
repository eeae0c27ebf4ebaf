import { readFileSync } from 'node:fs';
import type { Shown } from '../support/customer.ts';

/** What a page says became of the decision. */
export type Told = 'allowed' | 'declined' | 'failed' | 'not_delivered';

/** The page after a decision names its outcome in words only. */
const { done } = JSON.parse(readFileSync(new URL('../../locales/en.json', import.meta.url), 'utf8')) as {
  done: Record<string, { heading: string }>;
};

export type Outcome = { told: Told; connected: boolean } | 'undecided' | 'unknown' | null;

/** What a page of the adapter says; null where it says nothing of it. */
export function read({ step, reason, document }: Shown): Outcome {
  if (step === 'done') {
    const heading = document.querySelector('h1')?.text.trim();
    const name = Object.keys(done).find((one) => done[one]?.heading === heading) ?? '';
    const told = (['allowed', 'declined', 'failed'] as const).find((one) => name.startsWith(`${one}_`));
    return told ? { told, connected: name === 'allowed_accepted' } : 'unknown';
  }
  if (step === 'error' && reason === 'not_delivered') return { told: 'not_delivered', connected: false };
  // Pages that ask for a decision say that none was made; so do those that tell why it cannot be asked for yet.
  const asks = step === 'login' || step === 'supply' || step === 'consent';
  return asks || (step === 'error' && (reason === 'no_supply' || reason === 'supplies_unavailable'))
    ? 'undecided'
    : null;
}
