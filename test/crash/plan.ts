import type { Chance } from './chance.ts';

export const LOGINS = ['alice', 'bob', 'carol'] as const;
export type Login = (typeof LOGINS)[number];

export type Plan = 'allow' | 'deny' | 'cancel_at_login' | 'cancel_at_provider' | 'cancel_at_supply';

/** One supply, several to choose from, or none. */
export function loginOf(chance: Chance): Login {
  const kind = chance.of('login').below(100);
  return kind < 70 ? 'alice' : kind < 94 ? 'bob' : 'carol';
}

/** What a customer means to do, if they get there. */
export function planOf(chance: Chance, login: Login): Plan {
  const kind = chance.of('plan').below(100);
  if (kind < 55) return 'allow';
  if (kind < 75) return 'deny';
  if (kind < 88) return 'cancel_at_login';
  if (kind < 94) return 'cancel_at_provider';
  return login === 'bob' ? 'cancel_at_supply' : 'allow';
}
