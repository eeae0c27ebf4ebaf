import { z } from 'zod';
import { readMoment } from '../model/moments.ts';
import { jsonPath, problemsOf } from '../model/problem.ts';
import { anyMoment, decimal, epochTime, label, wholeNumber } from './fields.ts';
import { headed, heading } from './heading.ts';
import { definePreset, parsed, refuse, refuseSelect } from './preset.ts';
import type { RawRow } from './raw.ts';

/**
 * Any list of intervals with a price each, under whatever names: `rows` is the path to the list (empty when the payload
 * is the list), the others name a row's fields. Unit, VAT, zone and closed ends are declared. A series without ends has
 * intervals of `minutes`; one with epoch times says in which unit.
 */
const select = z.strictObject({
  ...heading,
  rows: z.string().optional(),
  from: label.default('valid_from'),
  to: label.default('valid_to'),
  value: label.default('value'),
  value_inc_vat: label.default('value_inc_vat'),
  value_exc_vat: label.default('value_exc_vat'),
  confidence: label.default('confidence'),
  minutes: wholeNumber.optional(),
  epoch: z.enum(['s', 'ms']).optional(),
  /** Of rows that differ in this field, only those for `equals` (and those for everybody, which leave it empty). */
  where: label.optional(),
  equals: z.union([z.string(), z.number(), z.boolean()]).optional(),
});
type Select = z.output<typeof select>;

export const priceSeries = definePreset({
  name: 'price-series',
  select,
  facts: {},
  payload: z.unknown(),
  read(payload, selected) {
    const currency = z.looseObject({ currency: z.string().optional() }).safeParse(payload).data?.currency;
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: 'price-series',
          display_name: 'Price series',
          structure: 'DYNAMIC',
        }),
        currency,
        prices: selectedRows(payload, selected),
      },
    };
  },
});

function selectedRows(payload: unknown, selected: Select): RawRow[] {
  const path = selected.rows?.split('.').filter(Boolean) ?? (Array.isArray(payload) ? [] : ['prices']);
  const list = path.reduce<unknown>(
    (value, step) => z.record(z.string(), z.unknown()).safeParse(value).data?.[step],
    payload,
  );
  if (!Array.isArray(list)) return refuse('wrong_shape', path, 'a list of intervals; select.rows says where it is');
  const rows = parsed(z.array(rowSchema(selected)), list, (error) =>
    problemsOf(error, list).map((found) => ({ ...found, path: jsonPath(path) + found.path.slice(1) })),
  ).filter((row) => isFor(row, selected));
  if (rows.length === 0) return refuseSelect('selects_nothing', 'equals', 'no row is for this value');
  return rows.map((row) => priceRow(row, selected));
}

const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

function rowSchema({ from, to, value, value_inc_vat, value_exc_vat, confidence, epoch }: Select) {
  const moment = epoch === undefined ? anyMoment : epochTime(epoch === 's' ? 1000 : 1);
  return z.looseObject({
    [from]: moment,
    [to]: optional(moment),
    [value]: optional(decimal),
    [value_inc_vat]: optional(decimal),
    [value_exc_vat]: optional(decimal),
    [confidence]: optional(z.number()),
  });
}

function isFor(row: Record<string, unknown>, { where, equals }: Select): boolean {
  if (where === undefined) return true;
  if (equals === undefined) return refuseSelect('missing', 'equals', `which ${where} is meant`);
  const held = z.union([z.string(), z.number(), z.boolean()]).nullish().safeParse(row[where]).data ?? null;
  return held === null || String(held) === String(equals);
}

function priceRow(row: Record<string, unknown>, selected: Select): RawRow {
  const valid_from = row[selected.from] as string;
  return {
    valid_from,
    valid_to: (row[selected.to] as string | undefined) ?? endAfter(valid_from, selected.minutes),
    price: {
      value: row[selected.value] as number | string | undefined,
      value_inc_vat: row[selected.value_inc_vat] as number | string | undefined,
      value_exc_vat: row[selected.value_exc_vat] as number | string | undefined,
      confidence: row[selected.confidence] as number | undefined,
    },
  };
}

/** Without an end and without a length, a row holds until further notice. */
function endAfter(from: string, minutes: number | undefined): string | null {
  const start = readMoment(from);
  if (minutes === undefined || start === null || start.kind === 'date') return null;
  return start.at.add({ minutes }).toString();
}
