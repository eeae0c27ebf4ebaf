import { z } from 'zod';
import { clockTime, decimal, instant } from './fields.ts';
import { headed, heading } from './heading.ts';
import { definePreset, refuse, refuseSelect } from './preset.ts';
import type { RawMoney, RawRow, RawSchedule } from './raw.ts';
import { twoRates } from './windows.ts';

/**
 * Octopus (Kraken) REST unit rates, `…/electricity-tariffs/{tariff}/standard-unit-rates/`: pence per kWh on both VAT
 * bases, UTC instants, half-open, newest first, null for open-ended. An interval may come once per way of paying.
 *
 * Economy 7 has its rates at two addresses, `day-` and `night-unit-rates/`, and its hours nowhere: such a source gives
 * `{ day, night }` and selects the hours in `night_from` and `night_to` (local time of the declared zone). Standing
 * charges (pence per day, a third address) may come beside either as `standing_charges`.
 */
const PAYMENT_METHODS = ['DIRECT_DEBIT', 'NON_DIRECT_DEBIT'] as const;

const select = z.strictObject({
  ...heading,
  payment_method: z.enum(PAYMENT_METHODS).optional(),
  night_from: clockTime.optional(),
  night_to: clockTime.optional(),
});
type Select = z.output<typeof select>;

const row = z.looseObject({
  value_exc_vat: decimal,
  value_inc_vat: decimal,
  valid_from: instant,
  valid_to: instant.nullish(),
  payment_method: z.enum(PAYMENT_METHODS).nullish(),
});
const page = z.looseObject({ results: z.array(row) });
type Row = z.output<typeof row>;

const payload = z.looseObject({
  results: z.array(row).optional(),
  standard: page.optional(),
  day: page.optional(),
  night: page.optional(),
  standing_charges: page.optional(),
  single_register_electricity_tariffs: z.unknown().optional(),
});

export const octopusRest = definePreset({
  name: 'octopus-rest',
  select,
  facts: { price_divisor: 100, standing_charge_divisor: 100, vat: 'included', interval_end: 'open' },
  usual: { vat_rate: 0.05, currency: 'GBP', timezone: 'Europe/London' },
  payload,
  read(body, selected, { now }) {
    if (body.single_register_electricity_tariffs !== undefined) {
      return refuse(
        'product_listing',
        [],
        'headline rates of a product, not its hours or dates: ask for its unit rates',
      );
    }
    const rates = ratesIn(body, selected);
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: 'octopus',
          display_name: 'Octopus Energy',
          structure: 'prices' in rates ? structureOf(rates.prices) : 'TIME_OF_DAY',
        }),
        ...rates,
        standing_charge: chargeNow(body.standing_charges?.results, selected, now),
      },
    };
  },
});

function ratesIn(
  body: z.output<typeof payload>,
  selected: Select,
): { prices: RawRow[] } | { schedules: RawSchedule[] } {
  const standard = body.results ?? body.standard?.results;
  if (standard) return { prices: paidBy(standard, selected).map(priceRow) };
  if (!body.day || !body.night) return refuse('missing', ['results'], 'unit rates, or those of day and night');
  const { night_from, night_to } = selected;
  if (night_from === undefined || night_to === undefined || night_from === night_to) {
    return refuseSelect(
      'missing',
      'night_from',
      'Economy 7 rates do not hold their hours: give night_from and night_to',
    );
  }
  const segments = registers(paidBy(body.day.results, selected), paidBy(body.night.results, selected));
  return {
    schedules: segments.map(({ day, night, ...dates }) => ({
      ...dates,
      schedule: twoRates({ from: night_from, to: night_to }, [moneyOf(night)], [moneyOf(day)]),
    })),
  };
}

function paidBy(rows: Row[], { payment_method: method }: Select): Row[] {
  if (method === undefined) {
    const methods = [...new Set(rows.flatMap((each) => each.payment_method ?? []))];
    if (methods.length < 2) return rows;
    return refuseSelect('several_payment_methods', 'payment_method', `prices differ between ${methods.join(' and ')}`);
  }
  const kept = rows.filter((each) => each.payment_method == null || each.payment_method === method);
  if (kept.length === 0 && rows.length > 0)
    refuseSelect('selects_nothing', 'payment_method', `no rate is for ${method}`);
  return kept;
}

const moneyOf = ({ value_exc_vat, value_inc_vat }: Row): RawMoney => ({ value_exc_vat, value_inc_vat });

const priceRow = (each: Row): RawRow => ({
  valid_from: each.valid_from,
  valid_to: each.valid_to ?? null,
  price: moneyOf(each),
});

const start = ({ valid_from }: Row): number => Temporal.Instant.from(valid_from).epochMilliseconds;
const end = ({ valid_to }: Row): number =>
  valid_to == null ? Infinity : Temporal.Instant.from(valid_to).epochMilliseconds;

/** The rate in force at an instant; two that differ are nobody's to choose from. */
function rateAt(rows: Row[], at: number, path: string): Row | undefined {
  const [rate, ...others] = rows.filter((each) => start(each) <= at && end(each) > at);
  if (rate && others.some((other) => String(other.value_inc_vat) !== String(rate.value_inc_vat))) {
    return refuse('series_conflict', [path, 'results'], `two rates hold from ${rate.valid_from}`);
  }
  return rate;
}

/** The registers' rates change on different days: a segment for every stretch in which neither does. */
function registers(days: Row[], nights: Row[]) {
  const bounds = [...new Set([...days, ...nights].flatMap((each) => [start(each), end(each)]))].sort((a, b) => a - b);
  const text = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toString();
  return bounds.slice(0, -1).flatMap((from, index) => {
    const to = bounds[index + 1] ?? Infinity;
    const [day, night] = [rateAt(days, from, 'day'), rateAt(nights, from, 'night')];
    return day && night ? [{ valid_from: text(from), valid_to: to === Infinity ? null : text(to), day, night }] : [];
  });
}

function chargeNow(rows: Row[] | undefined, selected: Select, now: Temporal.Instant): RawMoney | undefined {
  const current = rateAt(paidBy(rows ?? [], selected), now.epochMilliseconds, 'standing_charges');
  return current && moneyOf(current);
}

/** Half-hours are dynamic, days follow the market, windows within a day are its times, anything longer is fixed. */
function structureOf(rows: RawRow[]): string {
  const hours = rows.map(({ valid_from, valid_to }) =>
    valid_to === null ? Infinity : Temporal.Instant.from(valid_from).until(valid_to).total('hours'),
  );
  const longest = Math.max(...hours);
  if (longest <= 0.5) return 'DYNAMIC';
  if (longest < 23) return 'TIME_OF_DAY';
  return longest <= 25 ? 'MARKET' : 'FIXED';
}
