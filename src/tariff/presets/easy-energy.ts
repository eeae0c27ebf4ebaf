import { z } from 'zod';
import { Exact } from '../model/decimals.ts';
import { decimal, local } from './fields.ts';
import { headed, heading } from './heading.ts';
import { markup, priceIncludes, withMarkup } from './markup.ts';
import { definePreset, refuse } from './preset.ts';

/**
 * EasyEnergy (NL): EUR per kWh with VAT, in naive Dutch local times with seven fractional digits, in order. The
 * invoice price is the market's price with VAT, the energy tax and the purchasing fee; a market price below zero
 * carries no VAT, so no rate explains the two. `costs: market` leaves the additions out, for a markup of one's own.
 */
const select = z.strictObject({ ...heading, ...markup, costs: z.enum(['all_in', 'market']).default('all_in') });

const hour = z.looseObject({
  from: local,
  until: local,
  unit: z.literal('kWh'),
  priceIncVat: decimal,
  energyTax: decimal,
  purchasePrice: decimal,
  invoicePrice: decimal,
});
type Hour = z.output<typeof hour>;

export const easyEnergy = definePreset({
  name: 'easy-energy',
  select,
  facts: { price_divisor: 1, vat: 'included', timezone: 'Europe/Amsterdam', interval_end: 'open' },
  usual: { vat_rate: 0.21, currency: 'EUR' },
  payload: z.looseObject({ prices: z.array(hour).min(1) }),
  read({ prices }, selected, { declare }) {
    const allIn = selected.costs === 'all_in';
    prices.forEach(refuseOddSum);
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: 'easy-energy',
          display_name: 'EasyEnergy',
          structure: 'MARKET',
        }),
        price_includes: declare.price_includes ?? (allIn ? ['energy', 'taxes'] : priceIncludes(declare, selected)),
        prices: prices.map(({ from, until, priceIncVat, invoicePrice }) => ({
          valid_from: from,
          valid_to: until,
          price: { value: withMarkup(allIn ? invoicePrice : priceIncVat, selected, 1) },
        })),
      },
    };
  },
});

/** Each of the three parts is rounded to five places. */
const ROUNDING = '0.00002';

function refuseOddSum({ priceIncVat, energyTax, purchasePrice, invoicePrice }: Hour, index: number): void {
  const sum = new Exact(priceIncVat).plus(energyTax).plus(purchasePrice);
  if (sum.minus(invoicePrice).abs().lte(ROUNDING)) return;
  refuse('parts_differ_from_sum', ['prices', index, 'invoicePrice'], `its parts make ${sum.toFixed()}`);
}
