import { toNumber, type Exact } from '../decimals.ts';
import type { Declare } from './facts.ts';

/** Block sizes become thresholds counted from zero; thresholds stay. A null (the unbounded tier) stays null. */
export function thresholds(sizes: readonly (Exact | undefined)[], reading: Declare['tiers']): (number | null)[] {
  let reached: Exact | undefined;
  return sizes.map((size) => {
    if (size === undefined) return null;
    reached = reading === 'blocks' && reached ? reached.plus(size) : size;
    return toNumber(reached);
  });
}
