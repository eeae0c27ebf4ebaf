import type { Supply } from '../tariff/supplies.ts';
import type { SupplyModel } from '../pages/models.ts';
import { addressLines } from './sharing-terms.ts';

/** A supply as pages show it. Its key is its place in the list: internal identifiers stay inside. */
export const supplyModel = (supply: Supply, index: number): SupplyModel => ({
  key: String(index),
  label: supply.label,
  direction: supply.direction,
  tariffName: supply.tariff_name ?? null,
  addressLines: addressLines(supply.postal_address),
  unavailable:
    supply.status === 'available' ? null : { reason: supply.reason ?? 'other', text: supply.reason_text ?? null },
});

/** The key of a supply that can be chosen; null where it is gone, or cannot be shared any more. */
export function keyOfSupply(supplies: readonly Supply[], id: string | null): string | null {
  const index = supplies.findIndex((supply) => supply.id === id && supply.status === 'available');
  return index === -1 ? null : String(index);
}

export interface SupplyPage {
  supplies: SupplyModel[];
  search: { query: string; total: number; page: number; pages: number };
}

const PER_PAGE = 20;

/** A page of a list that may be long; the search looks at label, address and tariff name. Available ones come first. */
export function supplyPage(supplies: readonly Supply[], query: string, page: number): SupplyPage {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = supplies
    .map(supplyModel)
    .filter((supply) => {
      const text = [supply.label, supply.tariffName, ...supply.addressLines].join(' ').toLocaleLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((one, other) => Number(one.unavailable !== null) - Number(other.unavailable !== null));
  const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
  const current = Math.min(Math.max(1, page), pages);
  return {
    supplies: found.slice((current - 1) * PER_PAGE, current * PER_PAGE),
    search: { query, total: found.length, page: current, pages },
  };
}
