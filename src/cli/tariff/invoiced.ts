import { Exact, readDecimal } from '../../tariff/model/decimals.ts';
import { readMoment } from '../../tariff/model/moments.ts';
import { priceAt, pricesBetween, type Price } from '../../tariff/model/prices.ts';
import type { SourceTariff } from '../../tariff/model/provider-tariff.ts';
import type { Csv } from '../csv.ts';
import { UsageProblem } from '../surroundings.ts';

/** What a customer was last billed per kWh, in major units, on the basis that is served. */
export interface InvoicedRate {
  at: string;
  rate: Exact;
  /** The moment it was billed for; without one, it must be one of the rates in force. */
  moment: Temporal.Instant | null;
}

/** Invoiced rates by supply, from the columns `supply_id`, `unit_rate` and perhaps `at`. */
export function invoicedRates({ columns, rows, separator }: Csv): Map<string, InvoicedRate[]> {
  for (const name of ['supply_id', 'unit_rate']) {
    if (!columns.includes(name)) throw new UsageProblem(`the file of invoiced rates needs a column ${name}`);
  }
  const rates = new Map<string, InvoicedRate[]>();
  for (const { line, fields } of rows) {
    const { supply_id, unit_rate, at } = fields;
    if (supply_id === undefined || unit_rate === undefined) {
      throw new UsageProblem(`line ${line} of the invoiced rates lacks supply_id or unit_rate`);
    }
    const read = readDecimal(separator === ';' ? unit_rate.replace(',', '.') : unit_rate);
    if (!read.ok) throw new UsageProblem(`line ${line} of the invoiced rates: unit_rate is no number`);
    const moment = at === undefined ? null : readMoment(at);
    if (moment !== null && moment.kind !== 'instant') throw badMoment(line);
    if (at !== undefined && moment === null) throw badMoment(line);
    const known = rates.get(supply_id) ?? [];
    rates.set(supply_id, [...known, { at: `line ${line}`, rate: read.value, moment: moment?.at ?? null }]);
  }
  return rates;
}

const badMoment = (line: number) =>
  new UsageProblem(`line ${line} of the invoiced rates: at is no RFC 3339 date-time with its offset`);

export type Comparison =
  | { kind: 'equal' | 'different'; invoiced: number; served: number }
  | { kind: 'not_comparable'; reason: 'changing_prices_need_at' | 'no_price_known_then' };

/** The served price that comes nearest to an invoiced one; equal when the invoice, as it is printed, may mean it. */
export function compareRate(
  source: SourceTariff,
  { rate, moment }: Pick<InvoicedRate, 'rate' | 'moment'>,
  now: Temporal.Instant,
): Comparison {
  const { structure } = source.tariff;
  if (moment === null && (structure === 'MARKET' || structure === 'DYNAMIC')) {
    return { kind: 'not_comparable', reason: 'changing_prices_need_at' };
  }
  const prices =
    moment === null
      ? pricesBetween(source, now, now.add({ hours: 7 * 24 })).map(({ price }) => price)
      : [priceAt(source, moment)].filter((price) => price !== null);
  const [nearest] = prices
    .flatMap(valuesOf)
    .map((value) => new Exact(value))
    .sort((left, right) => left.minus(rate).abs().cmp(right.minus(rate).abs()));
  if (!nearest) return { kind: 'not_comparable', reason: 'no_price_known_then' };
  // An invoice rounds to the places it prints: 0.284 may mean 0.2835.
  const rounding = new Exact(10).pow(-rate.decimalPlaces()).div(2);
  const equal = nearest.minus(rate).abs().lte(rounding);
  return { kind: equal ? 'equal' : 'different', invoiced: rate.toNumber(), served: nearest.toNumber() };
}

const valuesOf = ({ value, tiers }: Price): number[] => tiers?.map((tier) => tier.value) ?? [value];
