import { describe, expect, test } from '@jest/globals';
import { accepted, but, refused, rowsOf, type Json } from './support.ts';

const now = '2026-05-12T11:00:00Z';
const declare = { price_divisor: 100, vat: 'included', vat_rate: 0.05, price_includes: ['energy'], currency: 'GBP' };
const facts = { ...declare, timezone: 'Europe/London' };

const series = (): Json => ({
  prices: [
    { valid_from: '2026-05-12T11:00:00Z', valid_to: '2026-05-12T11:30:00Z', value: '28.35' },
    { valid_from: '2026-05-12T10:30:00Z', valid_to: '2026-05-12T11:00:00Z', value: -1.5 },
  ],
});

describe('a price series under the model’s own names', () => {
  test('comes out ascending and in major units, exactly', () =>
    expect(rowsOf(accepted('price-series', series(), { now, declare: facts }))).toEqual([
      ['2026-05-12T10:30:00Z', '2026-05-12T11:00:00Z', -0.015],
      ['2026-05-12T11:00:00Z', '2026-05-12T11:30:00Z', 0.2835],
    ]));

  test('may be the whole payload', () =>
    expect(rowsOf(accepted('price-series', series().prices, { now, declare: facts }))).toHaveLength(2));

  test('has the payload’s currency before the declared one', () =>
    expect(accepted('price-series', { ...series(), currency: 'EUR' }, { now, declare: facts }).tariff.currency).toBe(
      'EUR',
    ));

  test('takes its names from the agreement first, then from the selectors', () => {
    const way = {
      now,
      declare: facts,
      select: { display_name: 'Harbour Market', reference: 'HM', direction: 'EXPORT' },
    };
    const own = { contract: { start_date: '2026-01-01' }, tariff: { display_name: 'Mrs Hall’s Harbour' } };
    expect(accepted('price-series', series(), { ...way, agreement: own }).tariff).toMatchObject({
      display_name: 'Mrs Hall’s Harbour',
      provider_tariff_reference: 'HM',
      direction: 'EXPORT',
      structure: 'DYNAMIC',
    });
  });

  test.each<[string, (payload: Json) => void, string]>([
    ['a price in words', ({ prices }) => (prices[1].value = 'cheap'), 'unparsed_number $.prices[1].value'],
    ['a price with a comma', ({ prices }) => (prices[1].value = '28,35'), 'unparsed_number $.prices[1].value'],
    [
      'a time of the 25th hour',
      ({ prices }) => (prices[0].valid_to = '2026-05-12T25:00:00Z'),
      'malformed_time $.prices[0].valid_to',
    ],
    ['a row without a start', ({ prices }) => delete prices[0].valid_from, 'missing $.prices[0].valid_from'],
    ['no list', (payload) => (payload.prices = { first: 1 }), 'wrong_shape $.prices'],
    ['a row that is no object', ({ prices }) => (prices[0] = 28.35), 'wrong_shape $.prices[0]'],
    ['a row without a price', ({ prices }) => delete prices[0].value, 'missing $.tariff.prices[0].price.value'],
    ['a hole', ({ prices }) => (prices[0].valid_from = '2026-05-12T11:05:00Z'), 'series_gap $.tariff.prices[0]'],
  ])('is refused with %s', (_, change, problem) =>
    expect(refused('price-series', but(series(), change), { now, declare: facts })).toEqual([problem]),
  );
});

describe('a price series under other names', () => {
  const marketData = {
    data: [
      { start_timestamp: 1778583600000, marketprice: 94.1 },
      { start_timestamp: 1778587200000, marketprice: -3.02 },
    ],
  };
  const select = { rows: 'data', from: 'start_timestamp', value: 'marketprice', minutes: '60', epoch: 'ms' };
  const spot = { ...facts, currency: 'EUR', price_divisor: 1000, vat: 'excluded', timezone: 'Europe/Vienna' };

  test('has epoch times in the declared unit and intervals of the declared length', () =>
    expect(rowsOf(accepted('price-series', marketData, { now, select, declare: spot }))).toEqual([
      ['2026-05-12T11:00:00Z', '2026-05-12T12:00:00Z', 0.0941],
      ['2026-05-12T12:00:00Z', '2026-05-12T13:00:00Z', -0.00302],
    ]));

  test('has no epoch times unless their unit is declared', () =>
    expect(
      refused('price-series', marketData, { now, select: { ...select, epoch: undefined }, declare: spot }),
    ).toEqual(['malformed_time $.data[0].start_timestamp', 'malformed_time $.data[1].start_timestamp']));

  test('reads naive times in the declared zone, closed ends where declared', () => {
    const rows = { prices: [{ valid_from: '2026-05-12T12:00:00', valid_to: '2026-05-12T12:29:59', value: 28 }] };
    expect(rowsOf(accepted('price-series', rows, { now, declare: { ...facts, interval_end: 'closed' } }))).toEqual([
      ['2026-05-12T11:00:00Z', '2026-05-12T11:30:00Z', 0.28],
    ]);
  });

  test('refuses naive times without a zone', () =>
    expect(
      refused('price-series', { prices: [{ valid_from: '2026-05-12T12:00:00', value: 28 }] }, { now, declare }),
    ).toEqual(['zone_undeclared $.tariff.prices[0].valid_from']));

  test('checks the two values of a row against the VAT rate', () => {
    const rows = { prices: [{ valid_from: '2026-05-12T11:00:00Z', value_inc_vat: 21, value_exc_vat: 19 }] };
    expect(refused('price-series', rows, { now, declare: facts })).toEqual(['vat_ratio $.tariff.prices[0].price']);
  });
});

describe('rows for different customers', () => {
  const row = (value: number, meter: string | null) => ({ valid_from: '2026-05-12T11:00:00Z', value, meter });
  const both = { prices: [row(21, 'day'), row(9, 'night')] };

  test('are told apart by a declared field and value', () =>
    expect(
      rowsOf(accepted('price-series', both, { now, declare: facts, select: { where: 'meter', equals: 'night' } })),
    ).toEqual([['2026-05-12T11:00:00Z', null, 0.09]]));

  test('whose value the agreement may bring', () =>
    expect(
      rowsOf(
        accepted('price-series', both, {
          now,
          declare: facts,
          select: { where: 'meter' },
          agreement: { contract: { start_date: '2026-01-01' }, equals: 'day' },
        }),
      ),
    ).toEqual([['2026-05-12T11:00:00Z', null, 0.21]]));

  test('include those for everybody', () =>
    expect(
      rowsOf(
        accepted(
          'price-series',
          { prices: [row(12, null)] },
          {
            now,
            declare: facts,
            select: { where: 'meter', equals: 'night' },
          },
        ),
      ),
    ).toHaveLength(1));

  test.each([
    [{}, 'series_conflict $.tariff.prices[1]'],
    [{ where: 'meter' }, 'missing select.equals'],
    [{ where: 'meter', equals: 'evening' }, 'selects_nothing select.equals'],
    [{ wher: 'meter' }, 'unknown_key select.wher'],
    [{ minutes: 'sixty' }, 'unparsed_number select.minutes'],
    [{ direction: 'SIDEWAYS' }, 'unknown_value select.direction'],
  ])('are refused with %j', (select, problem) =>
    expect(refused('price-series', both, { now, declare: facts, select })).toEqual([problem]),
  );
});
