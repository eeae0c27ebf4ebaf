import { isDecided, type State } from './transitions.ts';

/** The page a customer belongs on; a page asked for out of order redirects here. */
export type Place = 'login' | 'supply' | 'consent' | 'problem' | 'finishing' | 'done';

export interface Standing {
  state: State;
  /** The journey stands still for a reason it shows. */
  hasProblem: boolean;
  allowed: boolean;
  /** This browser holds the journey. */
  holds: boolean;
}

export function placeOf({ state, hasProblem, allowed, holds }: Standing): Place {
  // Somebody else's browser learns that a decision was made, and before that only how to sign in.
  if (!holds) return isDecided(state) ? 'done' : 'login';
  switch (state) {
    case 'started':
      return hasProblem ? 'problem' : 'login';
    case 'signed_in':
      return 'problem';
    case 'choosing':
      return 'supply';
    case 'deciding':
      return 'consent';
    case 'decided':
      return 'finishing';
    case 'delivered':
      return 'done';
    case 'undelivered':
      // Whoever allowed must hear that nothing came of it; a refusal needs no such news.
      return allowed ? 'problem' : 'done';
  }
}
