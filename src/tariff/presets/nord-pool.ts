import { z } from 'zod';
import { decimal, instant, label } from './fields.ts';
import { headed, heading } from './heading.ts';
import { markup, priceIncludes, withMarkup } from './markup.ts';
import { definePreset, refuse, refuseSelect } from './preset.ts';

/**
 * Nord Pool day-ahead: the intervals of one delivery day (a CET day) in UTC, per interval one price for every area
 * asked for, per MWh without VAT.
 */
export const nordPool = definePreset({
  name: 'nord-pool',
  select: z.strictObject({ ...heading, ...markup, area: label.optional() }),
  facts: { price_divisor: 1000, vat: 'excluded', interval_end: 'open' },
  usual: { currency: 'EUR' },
  payload: z.looseObject({
    currency: z.string().optional(),
    areaStates: z.array(z.looseObject({ state: z.string(), areas: z.array(z.string()) })).optional(),
    multiAreaEntries: z
      .array(
        z.looseObject({ deliveryStart: instant, deliveryEnd: instant, entryPerArea: z.record(z.string(), decimal) }),
      )
      .min(1),
  }),
  read({ currency, areaStates = [], multiAreaEntries }, selected, { declare }) {
    const area = areaOf(
      multiAreaEntries.map(({ entryPerArea }) => entryPerArea),
      selected.area,
    );
    const pending = areaStates.findIndex(({ state, areas }) => areas.includes(area) && state !== 'Final');
    if (pending >= 0)
      refuse('prices_not_final', ['areaStates', pending, 'state'], `prices of ${area} may still change`);
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: `nord-pool/${area}`,
          display_name: `Nord Pool day-ahead ${area}`,
          structure: 'MARKET',
        }),
        currency: currency ?? declare.currency,
        timezone: declare.timezone ?? zoneOf(area),
        price_includes: priceIncludes(declare, selected),
        prices: multiAreaEntries.map(({ deliveryStart, deliveryEnd, entryPerArea }, index) => ({
          valid_from: deliveryStart,
          valid_to: deliveryEnd,
          price: {
            value: withMarkup(
              entryPerArea[area] ?? refuse('missing', ['multiAreaEntries', index, 'entryPerArea', area], 'required'),
              selected,
              declare.price_divisor,
            ),
          },
        })),
      },
    };
  },
});

function areaOf(entries: Record<string, unknown>[], selected: string | undefined): string {
  const areas = [...new Set(entries.flatMap((entry) => Object.keys(entry)))];
  const [only, ...others] = areas;
  if (selected !== undefined) {
    return areas.includes(selected)
      ? selected
      : refuseSelect('selects_nothing', 'area', `areas are ${areas.join(', ')}`);
  }
  if (only === undefined) return refuse('empty_answer', ['multiAreaEntries', 0, 'entryPerArea'], 'no area at all');
  return others.length === 0 ? only : refuseSelect('several_areas', 'area', `one of ${areas.join(', ')}`);
}

const ZONES: Record<string, string> = {
  AT: 'Europe/Vienna',
  BE: 'Europe/Brussels',
  DK: 'Europe/Copenhagen',
  EE: 'Europe/Tallinn',
  FI: 'Europe/Helsinki',
  FR: 'Europe/Paris',
  GER: 'Europe/Berlin',
  LT: 'Europe/Vilnius',
  LV: 'Europe/Riga',
  NL: 'Europe/Amsterdam',
  NO: 'Europe/Oslo',
  PL: 'Europe/Warsaw',
  SE: 'Europe/Stockholm',
};

/** The civil zone of a bidding area (SE3, NO2, GER); one not listed must be declared. */
const zoneOf = (area: string): string | undefined => ZONES[/^[A-Z]+/.exec(area)?.[0] ?? ''];
