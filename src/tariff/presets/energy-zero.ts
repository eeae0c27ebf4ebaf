import { z } from 'zod';
import { decimal, instant } from './fields.ts';
import { headed, heading } from './heading.ts';
import { hasMarkup, markup, priceIncludes, withMarkup } from './markup.ts';
import { definePreset, refuse } from './preset.ts';
import type { RawMoney, RawRow } from './raw.ts';

/**
 * EnergyZero (NL), GraphQL `energyMarketPrices` and REST `/public/v1/prices`: EUR per kWh on both VAT bases, UTC
 * instants. The market's price alone is not what a customer pays: GraphQL lists the additional costs beside it, REST
 * has a list with and one without them. A reseller with costs of its own selects `costs: market` and a markup.
 */
const select = z.strictObject({ ...heading, ...markup, costs: z.enum(['all_in', 'market']).default('all_in') });
type Select = z.output<typeof select>;

const hour = z.looseObject({
  from: instant,
  till: instant,
  type: z.enum(['Electricity', 'Gas']).optional(),
  energyPriceExcl: decimal,
  energyPriceIncl: decimal,
  additionalCosts: z.array(z.looseObject({ priceExcl: decimal, priceIncl: decimal })),
});
const market = z.looseObject({ prices: z.array(hour) });

const stream = z.array(z.looseObject({ start: instant, end: instant, price: z.looseObject({ value: decimal }) }));

export const energyZero = definePreset({
  name: 'energy-zero',
  select,
  facts: { price_divisor: 1, vat: 'included', interval_end: 'open' },
  usual: { vat_rate: 0.21, currency: 'EUR', timezone: 'Europe/Amsterdam' },
  payload: z.looseObject({
    data: z.looseObject({ energyMarketPrices: market }).optional(),
    base: stream.optional(),
    base_with_vat: stream.optional(),
    all_in: stream.optional(),
    all_in_with_vat: stream.optional(),
  }),
  read(payload, selected, { declare }) {
    const { data } = payload;
    const without = selected.costs === 'all_in' ? 'all_in' : 'base';
    const prices = data
      ? fromGraphQl(data.energyMarketPrices.prices, selected)
      : fromRest(payload[`${without}_with_vat`], payload[without], selected, `${without}_with_vat`);
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: 'energy-zero',
          display_name: 'EnergyZero',
          structure: 'MARKET',
        }),
        // The additional costs are the energy tax and a purchasing fee.
        price_includes:
          declare.price_includes ??
          (selected.costs === 'all_in' ? ['energy', 'taxes'] : priceIncludes(declare, selected)),
        prices,
      },
    };
  },
});

function fromGraphQl(hours: z.output<typeof hour>[], selected: Select): RawRow[] {
  const electricity = hours.filter(({ type }) => type !== 'Gas');
  if (electricity.length === 0) {
    return refuse('no_electricity', ['data', 'energyMarketPrices', 'prices'], 'prices of gas, or none');
  }
  return electricity.map(({ from, till, energyPriceExcl, energyPriceIncl, additionalCosts }) => {
    const costs = selected.costs === 'all_in' ? additionalCosts : [];
    return {
      valid_from: from,
      valid_to: till,
      price: retail(
        energyPriceIncl,
        energyPriceExcl,
        costs.map(({ priceIncl }) => priceIncl),
        costs.map(({ priceExcl }) => priceExcl),
        selected,
      ),
    };
  });
}

function fromRest(
  included: z.output<typeof stream> | undefined,
  excluded: z.output<typeof stream> = [],
  selected: Select,
  name: string,
): RawRow[] {
  const without = new Map(excluded.map(({ start, price }) => [start, price.value]));
  return (included ?? refuse('missing', [name], 'required')).map(({ start, end, price }) => ({
    valid_from: start,
    valid_to: end,
    price: retail(price.value, without.get(start), [], [], selected),
  }));
}

/** Both bases, so that their ratio is checked; with a markup, which is declared on one of them, only that one. */
function retail(
  included: number | string,
  excluded: number | string | undefined,
  costsIncluded: (number | string)[],
  costsExcluded: (number | string)[],
  selected: Select,
): RawMoney {
  const value_inc_vat = [withMarkup(included, selected, 1), ...costsIncluded];
  if (excluded === undefined || hasMarkup(selected)) return { value_inc_vat };
  return { value_inc_vat, value_exc_vat: [excluded, ...costsExcluded] };
}
