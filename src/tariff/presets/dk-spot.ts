import { z } from 'zod';
import { decimal, label, local } from './fields.ts';
import { headed, heading } from './heading.ts';
import { markup, priceIncludes, withMarkup } from './markup.ts';
import { definePreset, refuse, refuseSelect } from './preset.ts';

/**
 * Energi Data Service `Elspotprices` (DK): a row per hour and price area, newest first, the hour's start in UTC (though
 * written without an offset), per MWh without VAT, in euros and, once the day's exchange rate is known, in kroner.
 * The declared currency says which column is read.
 */
const columns = { DKK: 'SpotPriceDKK', EUR: 'SpotPriceEUR' } as const;

export const dkSpot = definePreset({
  name: 'dk-spot',
  select: z.strictObject({ ...heading, ...markup, area: label.optional() }),
  facts: { price_divisor: 1000, vat: 'excluded', interval_end: 'open' },
  usual: { vat_rate: 0.25, currency: 'DKK', timezone: 'Europe/Copenhagen' },
  payload: z.looseObject({
    records: z
      .array(
        z.looseObject({
          HourUTC: local,
          PriceArea: z.string(),
          SpotPriceDKK: decimal.nullish(),
          SpotPriceEUR: decimal.nullish(),
        }),
      )
      .min(1),
  }),
  read({ records }, selected, { declare }) {
    const { currency } = declare;
    if (currency !== 'DKK' && currency !== 'EUR') {
      return refuse('unknown_value', ['records', 0], 'prices are in DKK and EUR: declare currency as one of them');
    }
    const column = columns[currency];
    const area = areaOf([...new Set(records.map(({ PriceArea }) => PriceArea))], selected.area);
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: `energi-data-service/${area}`,
          display_name: `Day-ahead ${area}`,
          structure: 'MARKET',
        }),
        currency,
        price_includes: priceIncludes(declare, selected),
        prices: records.flatMap((record, index) => {
          if (record.PriceArea !== area) return [];
          const start = Temporal.Instant.from(`${record.HourUTC}Z`);
          const price = record[column] ?? refuse('missing', ['records', index, column], `not known in ${currency}`);
          return [
            {
              valid_from: start.toString(),
              valid_to: start.add({ hours: 1 }).toString(),
              price: { value: withMarkup(price, selected, declare.price_divisor) },
            },
          ];
        }),
      },
    };
  },
});

function areaOf(areas: readonly string[], selected: string | undefined): string {
  const area = selected ?? (areas.length === 1 ? areas[0] : undefined);
  if (area === undefined) return refuseSelect('several_areas', 'area', `one of ${areas.join(', ')}`);
  return areas.includes(area) ? area : refuseSelect('selects_nothing', 'area', `areas are ${areas.join(', ')}`);
}
