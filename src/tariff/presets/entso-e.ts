import { z } from 'zod';
import { decimal, instant, label, oneOrMany, wholeNumber } from './fields.ts';
import { headed, heading } from './heading.ts';
import { markup, priceIncludes, withMarkup } from './markup.ts';
import { definePreset, refuse, refuseSelect } from './preset.ts';

/**
 * ENTSO-E transparency platform, day-ahead prices (document type A44), as JSON made from its XML: a time series per
 * auction, in it periods of one resolution, in them numbered points, per MWh without VAT.
 */
const plain = z.union([z.string(), z.looseObject({ '#text': z.string() }).transform((element) => element['#text'])]);

const MINUTES = { PT15M: 15, PT30M: 30, PT60M: 60, PT1H: 60 } as const;

const period = z.looseObject({
  timeInterval: z.looseObject({ start: instant, end: instant }),
  resolution: z.enum(['PT15M', 'PT30M', 'PT60M', 'PT1H']),
  Point: oneOrMany(z.looseObject({ position: wholeNumber, 'price.amount': decimal })),
});

const SEQUENCE = 'classificationSequence_AttributeInstanceComponent.position';

const timeSeries = z.looseObject({
  [SEQUENCE]: wholeNumber.optional(),
  'in_Domain.mRID': plain.optional(),
  'currency_Unit.name': z.string(),
  'price_Measure_Unit.name': z.literal('MWH'),
  curveType: z.enum(['A01', 'A03']).default('A01'),
  Period: oneOrMany(period),
});

const select = z.strictObject({
  ...heading,
  ...markup,
  /** EIC of the bidding zone. */
  domain: label.optional(),
  /** Which auction, where a day has several. */
  sequence: wholeNumber.optional(),
  resolution: z.enum(['PT15M', 'PT30M', 'PT60M']).optional(),
});

export const entsoE = definePreset({
  name: 'entso-e',
  select,
  facts: { price_divisor: 1000, vat: 'excluded', interval_end: 'open' },
  payload: z.looseObject({
    Publication_MarketDocument: z.looseObject({ type: z.literal('A44'), TimeSeries: oneOrMany(timeSeries) }),
  }),
  read({ Publication_MarketDocument: { TimeSeries } }, selected, { declare }) {
    const periods = TimeSeries.flatMap((series, s) =>
      series.Period.map((each, p) => ({ ...each, series, path: [...ROOT, s, 'Period', p] })),
    ).filter((each) => isSelected(each, selected));
    const [first] = periods;
    if (!first) return refuseSelect('selects_nothing', 'sequence', 'no period of this domain, sequence and resolution');
    const domain = only(periods, ({ series }) => series['in_Domain.mRID'], 'several_domains', 'domain');
    const currency = only(periods, ({ series }) => series['currency_Unit.name'], 'several_currencies', 'domain');
    refuseParallel(periods);
    return {
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: `entso-e/${domain ?? 'A44'}`,
          display_name: `Day-ahead ${domain ?? ''}`.trim(),
          structure: 'MARKET',
        }),
        currency,
        price_includes: priceIncludes(declare, selected),
        prices: periods.flatMap((each) =>
          intervals(each).map(({ price, ...times }) => ({
            ...times,
            price: { value: withMarkup(price, selected, declare.price_divisor) },
          })),
        ),
      },
    };
  },
});

const ROOT = ['Publication_MarketDocument', 'TimeSeries'] as const;

type Period = z.output<typeof period> & { series: z.output<typeof timeSeries>; path: PropertyKey[] };

function isSelected({ series, resolution }: Period, selected: z.output<typeof select>): boolean {
  const sequence = series[SEQUENCE];
  return (
    (selected.domain === undefined || series['in_Domain.mRID'] === selected.domain) &&
    (selected.sequence === undefined || sequence === undefined || sequence === selected.sequence) &&
    (selected.resolution === undefined || MINUTES[resolution] === MINUTES[selected.resolution])
  );
}

function only<Value extends string | undefined>(
  periods: Period[],
  of: (each: Period) => Value,
  code: string,
  selector: string,
): Value {
  const values = [...new Set(periods.map(of))];
  return values.length === 1 ? (values[0] as Value) : refuseSelect(code, selector, `one of ${values.join(', ')}`);
}

/** Two periods over the same time are two auctions or two resolutions of one: never to be merged. */
function refuseParallel(periods: readonly Period[]): void {
  const sorted = [...periods].sort((left, right) => compare(left.timeInterval.start, right.timeInterval.start));
  sorted.slice(1).forEach(({ series, resolution, timeInterval }, index) => {
    const before = sorted[index];
    if (!before || compare(timeInterval.start, before.timeInterval.end) >= 0) return;
    const name = before.series[SEQUENCE] === series[SEQUENCE] ? 'resolution' : 'sequence';
    const [one, other] = [before, { series, resolution }].map((each) =>
      name === 'sequence' ? each.series[SEQUENCE] : each.resolution,
    );
    refuseSelect('several_time_series', name, `${String(one)} and ${String(other)} both cover ${timeInterval.start}`);
  });
}

const compare = (left: string, right: string): number => Temporal.Instant.compare(left, right);

/** A month of quarters of an hour: nobody publishes further ahead, and a misprinted year would fill the memory. */
const LONGEST = 31 * 96;

/** Every interval of a period. In a curve A03 a point that equals the one before it is left out. */
function intervals({ timeInterval, resolution, Point, series, path }: Period) {
  const minutes = MINUTES[resolution];
  const start = Temporal.Instant.from(timeInterval.start);
  const count = start.until(timeInterval.end).total('minutes') / minutes;
  if (!Number.isInteger(count) || count < 1 || count > LONGEST) {
    return refuse(
      'wrong_shape',
      [...path, 'timeInterval'],
      `not a whole number of ${resolution}, or longer than a month`,
    );
  }
  const prices = new Map<number, number | string>();
  Point.forEach((point, index) => {
    const at = [...path, 'Point', index, 'position'];
    if (point.position < 1 || point.position > count) refuse('point_outside', at, `the period has ${count} positions`);
    if (prices.has(point.position)) refuse('series_conflict', at, `position ${point.position} is there twice`);
    prices.set(point.position, point['price.amount']);
  });
  let last: number | string | undefined;
  return Array.from({ length: count }, (_, index) => {
    last = prices.get(index + 1) ?? (series.curveType === 'A03' ? last : undefined);
    if (last === undefined) return refuse('series_gap', [...path, 'Point'], `no price for position ${index + 1}`);
    return {
      valid_from: start.add({ minutes: index * minutes }).toString(),
      valid_to: start.add({ minutes: (index + 1) * minutes }).toString(),
      price: last,
    };
  });
}
