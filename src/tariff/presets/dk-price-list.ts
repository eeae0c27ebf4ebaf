import { z } from 'zod';
import { bySight, decimal, label, local } from './fields.ts';
import { headed, heading } from './heading.ts';
import { definePreset, refuse, refuseSelect } from './preset.ts';
import type { RawSchedule } from './raw.ts';
import { everyDay, window } from './windows.ts';

/**
 * Energi Data Service `DatahubPricelist` (DK): what grid companies charge per kWh, a row for every time a charge
 * changed, DKK without VAT, a price per hour of the Danish day in Price1 to Price24. Price1 alone holds all day. Dates
 * are naive Danish times; an open end is null, or an object around a null.
 */
const HOURS = Array.from({ length: 24 }, (_, hour) => `Price${hour + 1}` as const);

/** D01 is exempt, D02 has the general rate. */
const VAT_RATES = { D01: '0', D02: '0.25' } as const;

const openEnd = z.looseObject({ Data: z.null() }).transform(() => null);

const charge = z.looseObject({
  ChargeOwner: z.string(),
  GLN_Number: z.string(),
  ChargeType: z.enum(['D01', 'D02', 'D03']),
  ChargeTypeCode: z.string(),
  Note: z.string().optional(),
  ValidFrom: local,
  ValidTo: z.union([local, z.null(), openEnd]),
  VATClass: z.enum(['D01', 'D02']),
  ResolutionDuration: z.string().optional(),
  ...Object.fromEntries(HOURS.map((name) => [name, decimal.nullish()])),
  Price1: decimal,
});
type Charge = z.output<typeof charge>;

const select = z.strictObject({
  ...heading,
  /** Number of the charge's owner (GLN); one owner has many charges. */
  gln: label.optional(),
  owner: label.optional(),
  code: label.optional(),
});

/** The dataset's envelope, or its rows alone. */
const payload = bySight<{ charges: Charge[]; at: string[] }>((value) =>
  Array.isArray(value)
    ? z.array(charge).transform((charges) => ({ charges, at: [] }))
    : z.looseObject({ records: z.array(charge) }).transform(({ records }) => ({ charges: records, at: ['records'] })),
);

export const dkPriceList = definePreset({
  name: 'dk-price-list',
  select,
  facts: { price_divisor: 1, vat: 'excluded', timezone: 'Europe/Copenhagen', currency: 'DKK', interval_end: 'open' },
  usual: { price_includes: ['network'] },
  payload,
  read({ charges, at }, selected) {
    const rows = charges
      .map((row, index) => ({ row, path: [...at, index] }))
      .filter(
        ({ row }) =>
          (selected.gln === undefined || row.GLN_Number === selected.gln) &&
          (selected.owner === undefined || row.ChargeOwner === selected.owner) &&
          (selected.code === undefined || row.ChargeTypeCode === selected.code),
      );
    const [first] = rows;
    if (!first) return refuseSelect('selects_nothing', 'code', 'no charge of this owner and code');
    const names = new Set(rows.map(({ row }) => `${row.ChargeOwner} (${row.GLN_Number}) ${row.ChargeTypeCode}`));
    if (names.size > 1) {
      const name = new Set(rows.map(({ row }) => row.GLN_Number)).size > 1 ? 'gln' : 'code';
      return refuseSelect('several_charges', name, `one of ${[...names].slice(0, 10).join(', ')}`);
    }
    const { ChargeOwner, ChargeTypeCode, Note, VATClass } = first.row;
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: `${first.row.GLN_Number}/${ChargeTypeCode}`,
          display_name: [ChargeOwner, Note ?? ChargeTypeCode].join(', '),
          structure: rows.some(({ row }) => byHour(row)) ? 'TIME_OF_DAY' : 'FIXED',
          type: 'NON_COMMODITY',
        }),
        vat: { rate: VAT_RATES[VATClass] },
        schedules: rows.map(({ row, path }) => scheduleOf(row, path)),
      },
    };
  },
});

const priceOf = (row: Charge, name: string) => row[name] as number | string | null | undefined;

const byHour = (row: Charge): boolean => HOURS.slice(1).some((name) => priceOf(row, name) != null);

function scheduleOf(row: Charge, path: PropertyKey[]): RawSchedule {
  if (row.ChargeType !== 'D03') {
    return refuse('not_per_kwh', [...path, 'ChargeType'], 'a subscription or a fee: only tariffs (D03) are per kWh');
  }
  const hours = byHour(row)
    ? HOURS.map((name, hour) =>
        window({ from: hour * 60, to: (hour + 1) * 60 }, [
          {
            value:
              priceOf(row, name) ??
              refuse('missing', [...path, name], 'either every hour has a price or only the first'),
          },
        ]),
      )
    : [window({ from: 0, to: 1440 }, [{ value: row.Price1 }])];
  return { valid_from: row.ValidFrom, valid_to: row.ValidTo, schedule: everyDay(hours) };
}
