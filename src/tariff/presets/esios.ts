import { z } from 'zod';
import { startOfDay } from '../model/local-time.ts';
import { decimal, decimalComma, instant, wholeNumber } from './fields.ts';
import { headed, heading } from './heading.ts';
import { markup, withMarkup } from './markup.ts';
import { definePreset, refuse, refuseSelect } from './preset.ts';

/**
 * Spain's regulated tariff (PVPC) as Red Eléctrica publishes it, EUR per MWh without tax, in two shapes:
 * - an ESIOS indicator: one list of values for five territories (`geo_id`), with instants;
 * - the older `PVPC` archive: a row per hour of the civil day with decimal commas, a column per group of territories.
 *   Its hours are ordinals, not clock times: in autumn there is a "24-25", in spring no "02-03".
 */
const ZONE = 'Europe/Madrid';

const TERRITORIES = new Map([
  [8741, { name: 'Península', column: 'PCB', zone: ZONE }],
  [8742, { name: 'Canarias', column: 'PCB', zone: 'Atlantic/Canary' }],
  [8743, { name: 'Baleares', column: 'PCB', zone: ZONE }],
  [8744, { name: 'Ceuta', column: 'CYM', zone: ZONE }],
  [8745, { name: 'Melilla', column: 'CYM', zone: ZONE }],
] as const);
type Territory = typeof TERRITORIES extends Map<number, infer Value> ? Value : never;

const MINUTES = { Hora: 60, 'Quince minutos': 15 } as const;

const indicator = z.looseObject({
  tiempo: z.tuple([z.looseObject({ name: z.enum(['Hora', 'Quince minutos']) })]),
  values: z.array(z.looseObject({ value: decimal, datetime_utc: instant, geo_id: z.int() })).min(1),
});

const HOUR = /^(\d{2})-(\d{2})$/;
const archiveRow = z.looseObject({
  Dia: z.string().regex(/^\d{2}\/\d{2}\/\d{4}$/, { error: 'a day as dd/mm/yyyy' }),
  Hora: z.string().regex(HOUR, { error: 'an hour of the day as 00-01' }),
  PCB: decimalComma,
  CYM: decimalComma,
});
type ArchiveRow = z.output<typeof archiveRow>;

export const esios = definePreset({
  name: 'esios',
  select: z.strictObject({ ...heading, ...markup, geo_id: wholeNumber.optional() }),
  facts: { price_divisor: 1000, vat: 'excluded', currency: 'EUR', interval_end: 'open' },
  payload: z.looseObject({ indicator: indicator.optional(), PVPC: z.array(archiveRow).min(1).optional() }),
  read({ indicator: published, PVPC: archive }, selected, { declare }) {
    const territory = territoryOf(selected.geo_id, new Set(published?.values.map(({ geo_id }) => geo_id)));
    const hours = published ? publishedHours(published, territory.geo_id) : archiveHours(archive, territory.column);
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: `pvpc/${territory.geo_id}`,
          display_name: `PVPC ${territory.name}`,
          structure: 'MARKET',
        }),
        timezone: declare.timezone ?? territory.zone,
        // The archive shows the tolls and the supplier's margin among the columns that add up to the price.
        price_includes: declare.price_includes ?? ['energy', 'network'],
        prices: hours.map(({ price, ...times }) => ({
          ...times,
          price: { value: withMarkup(price, selected, declare.price_divisor) },
        })),
      },
    };
  },
});

function territoryOf(selected: number | undefined, published: ReadonlySet<number>): Territory & { geo_id: number } {
  const [only, ...others] = published;
  const geo_id = selected ?? (only !== undefined && others.length === 0 ? only : undefined);
  const known = [...TERRITORIES].map(([id, { name }]) => `${id} ${name}`).join(', ');
  if (geo_id === undefined) return refuseSelect('several_areas', 'geo_id', `one of ${known}`);
  const territory = TERRITORIES.get(geo_id as 8741);
  if (!territory) return refuseSelect('unknown_value', 'geo_id', `one of ${known}`);
  if (only !== undefined && !published.has(geo_id))
    return refuseSelect('selects_nothing', 'geo_id', 'not in the payload');
  return { ...territory, geo_id };
}

function publishedHours({ tiempo: [{ name }], values }: z.output<typeof indicator>, geo: number) {
  return values
    .filter(({ geo_id }) => geo_id === geo)
    .map(({ value, datetime_utc }) => ({
      valid_from: datetime_utc,
      valid_to: Temporal.Instant.from(datetime_utc).add({ minutes: MINUTES[name] }).toString(),
      price: value,
    }));
}

function archiveHours(rows: ArchiveRow[] | undefined, column: 'PCB' | 'CYM') {
  if (!rows) return refuse('missing', ['indicator'], 'an ESIOS indicator or a PVPC archive');
  return [...new Set(rows.map(({ Dia }) => Dia))].flatMap((day) => {
    const first = rows.findIndex(({ Dia }) => Dia === day);
    const midnight = startOfDay(dayOf(day, first), ZONE);
    const hours = rows.filter(({ Dia }) => Dia === day).sort((left, right) => ordinal(left) - ordinal(right));
    const expected = hoursOf(midnight);
    if (hours.length !== expected || new Set(hours.map(ordinal)).size !== expected) {
      refuse('day_incomplete', ['PVPC', first], `${day} has ${expected} hours, the payload ${hours.length} rows`);
    }
    return hours.map((row, index) => ({
      valid_from: midnight.add({ hours: index }).toString(),
      valid_to: midnight.add({ hours: index + 1 }).toString(),
      price: row[column],
    }));
  });
}

const ordinal = ({ Hora }: ArchiveRow): number => Number(HOUR.exec(Hora)?.[1]);

function dayOf(text: string, index: number): Temporal.PlainDate {
  const [day, month, year] = text.split('/').map(Number);
  try {
    return Temporal.PlainDate.from({ year: year ?? 0, month: month ?? 0, day: day ?? 0 }, { overflow: 'reject' });
  } catch {
    return refuse('malformed_time', ['PVPC', index, 'Dia'], 'a day the calendar has, as dd/mm/yyyy');
  }
}

/** 23, 24 or 25. */
const hoursOf = (midnight: Temporal.Instant): number => midnight.toZonedDateTimeISO(ZONE).hoursInDay;
