import { Exact } from '../model/decimals.ts';
import type { Declare } from '../model/declare.ts';
import { decimal } from './fields.ts';

/**
 * What a provider adds to a day-ahead price, declared beside the selectors. Amounts are in major units per kWh, on the
 * VAT basis of the feed's prices; the percentage is of the day-ahead price alone, a negative one included.
 */
export const markup = {
  markup_per_kwh: decimal.optional(),
  markup_percent: decimal.optional(),
  energy_tax_per_kwh: decimal.optional(),
};

export interface Markup {
  markup_per_kwh?: number | string | undefined;
  markup_percent?: number | string | undefined;
  energy_tax_per_kwh?: number | string | undefined;
}

/** Exact, in the feed's own unit, of which `divisor` make one major unit per kWh. */
export function withMarkup(price: number | string, added: Markup, divisor: number | string): string {
  const { markup_per_kwh = 0, markup_percent = 0, energy_tax_per_kwh = 0 } = added;
  const factor = new Exact(markup_percent).div(100).plus(1);
  const perKwh = new Exact(markup_per_kwh).plus(energy_tax_per_kwh).times(divisor);
  return new Exact(price).times(factor).plus(perKwh).toFixed();
}

export const hasMarkup = ({ markup_per_kwh, markup_percent, energy_tax_per_kwh }: Markup): boolean =>
  [markup_per_kwh, markup_percent, energy_tax_per_kwh].some((part) => part !== undefined);

/** What is inside the price: the market's energy, and the tax when it is added here. The pack may know of more. */
export const priceIncludes = ({ price_includes }: Declare, { energy_tax_per_kwh }: Markup): string[] =>
  price_includes ?? (energy_tax_per_kwh === undefined ? ['energy'] : ['energy', 'taxes']);
