import type { Pack } from './pack.ts';
import { placeholdersOf } from './template.ts';

type Claims = Record<string, string | number | boolean>;

/**
 * Which of a customer's claims a grant keeps: those that the pack's sources name in their addresses, headers,
 * bodies and keys, for they are needed again at every poll. A module may read any, so with one all are kept.
 */
export function claimsNamed(pack: Pick<Pack, 'supplies' | 'tariff'>): (claims: Claims) => Claims {
  const sources = [pack.supplies, pack.tariff.agreement, pack.tariff.prices].filter((source) => source !== null);
  if (sources.some(({ source }) => source === 'module')) return (claims) => claims;
  const names = new Set(
    sources
      .flatMap(textsOf)
      .flatMap(placeholdersOf)
      .filter((name) => name.startsWith('claims.'))
      .map((name) => name.slice('claims.'.length)),
  );
  return (claims) => Object.fromEntries(Object.entries(claims).filter(([name]) => names.has(name)));
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
