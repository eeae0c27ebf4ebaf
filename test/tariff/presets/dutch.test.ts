import { describe, expect, test } from '@jest/globals';
import { accepted, but, expected, facts, refused, rowsOf, sample, summary, withSamples, type Json } from './support.ts';

const values = (preset: string, payload: Json, way: Json = {}) =>
  rowsOf(accepted(preset, payload, { now: '2025-05-31T00:30:00Z', ...way })).map((row) => row[2]);
const problems = (preset: string, payload: Json, way: Json = {}) =>
  refused(preset, payload, { now: '2025-05-31T00:30:00Z', ...way });

describe('EnergyZero over GraphQL', () => {
  const hour = (from: string, till: string, excl: number, incl: number, type = 'Electricity') => ({
    from,
    till,
    type,
    energyPriceExcl: excl,
    energyPriceIncl: incl,
    additionalCosts: [
      { name: 'Energy tax', priceExcl: 0.1, priceIncl: 0.121 },
      { name: 'Purchasing cost', priceExcl: 0.02, priceIncl: 0.0242 },
    ],
  });
  const day = (): Json => ({
    data: {
      energyMarketPrices: {
        prices: [
          hour('2025-05-31T00:00:00Z', '2025-05-31T01:00:00Z', 0.08, 0.0968),
          hour('2025-05-31T01:00:00Z', '2025-05-31T02:00:00Z', -0.01, -0.0121),
        ],
      },
    },
  });

  test.each([
    ['with every cost', {}, [0.242, 0.1331]],
    ['of the market alone', { costs: 'market' }, [0.0968, -0.0121]],
    [
      'of the market with a markup',
      { costs: 'market', markup_per_kwh: 0.03, energy_tax_per_kwh: 0.12 },
      [0.2468, 0.1379],
    ],
    ['with every cost and a percentage', { markup_percent: 10 }, [0.25168, 0.13189]],
  ])('%s', (_, select, prices) => expect(values('energy-zero', day(), { select })).toEqual(prices));

  test('without VAT where the pack wants it: not, for the format has it', () =>
    expect(problems('energy-zero', day(), { declare: { vat: 'excluded' } })).toEqual([
      'fact_fixed_by_preset declare.vat',
    ]));

  test.each<[string, (payload: Json) => void, string]>([
    [
      'bases that do not fit',
      ({ data }) => (data.energyMarketPrices.prices[0].energyPriceIncl = 0.08),
      'vat_ratio $.tariff.prices[0].price',
    ],
    [
      'gas',
      ({ data }) => data.energyMarketPrices.prices.forEach((each: Json) => (each.type = 'Gas')),
      'no_electricity $.data.energyMarketPrices.prices',
    ],
    [
      'another fuel',
      ({ data }) => (data.energyMarketPrices.prices[0].type = 'Hydrogen'),
      'unknown_value $.data.energyMarketPrices.prices[0].type',
    ],
    ['errors beside data', (payload) => (payload.errors = [{ message: 'partial' }]), 'error_body $'],
    [
      'costs without an amount',
      ({ data }) => delete data.energyMarketPrices.prices[1].additionalCosts[0].priceIncl,
      'missing $.data.energyMarketPrices.prices[1].additionalCosts[0].priceIncl',
    ],
  ])('is refused with %s', (_, change, problem) =>
    expect(problems('energy-zero', but(day(), change))).toEqual([problem]),
  );
});

describe('EnergyZero over REST', () => {
  const stream = (...prices: string[]) =>
    prices.map((value, index) => ({
      start: `2025-05-31T0${index}:00:00Z`,
      end: `2025-05-31T0${index + 1}:00:00Z`,
      price: { value },
    }));
  const day = (): Json => ({
    interval: 2,
    base: stream('0.080000', '-0.010000'),
    base_with_vat: stream('0.096800', '-0.012100'),
    all_in: stream('0.200000', '0.110000'),
    all_in_with_vat: stream('0.242000', '0.133100'),
  });

  test.each([
    [{}, [0.242, 0.1331]],
    [{ costs: 'market' }, [0.0968, -0.0121]],
    [{ costs: 'market', markup_percent: '1' }, [0.097768, -0.012221]],
  ])('with %j', (select, prices) => expect(values('energy-zero', day(), { select })).toEqual(prices));

  test.each<[string, (payload: Json) => void, string]>([
    ['the list it needs', (payload) => delete payload.all_in_with_vat, 'missing $.all_in_with_vat'],
    [
      'prices with a point',
      (payload) => (payload.all_in[1].price.value = '0,11'),
      'unparsed_number $.all_in[1].price.value',
    ],
    ['lists that fit each other', (payload) => (payload.all_in = payload.base), 'vat_ratio $.tariff.prices[0].price'],
  ])('is refused without %s', (_, change, problem) =>
    expect(problems('energy-zero', but(day(), change))[0]).toBe(problem),
  );

  test('that complains is refused', () =>
    expect(problems('energy-zero', { code: 3, message: 'invalid date', details: [] })).toEqual(['error_body $']));
});

describe('EasyEnergy', () => {
  const hour = (from: string, until: string, priceIncVat: number, invoicePrice: number) => ({
    from: `${from}.0000000`,
    until: `${until}.0000000`,
    price: 0,
    unit: 'kWh',
    priceIncVat,
    energyTax: 0.11,
    purchasePrice: 0.02,
    invoicePrice,
  });
  const autumnNight = (): Json => ({
    prices: [
      hour('2025-10-26T01:00:00', '2025-10-26T02:00:00', 0.1, 0.23),
      hour('2025-10-26T02:00:00', '2025-10-26T03:00:00', 0.09, 0.22),
      hour('2025-10-26T02:00:00', '2025-10-26T03:00:00', -0.003, 0.127),
      hour('2025-10-26T03:00:00', '2025-10-26T04:00:00', 0.12, 0.25),
    ],
  });
  const now = '2025-10-25T23:30:00Z';

  test('has Dutch local times: the hour that happens twice is there twice, in order', () =>
    expect(rowsOf(accepted('easy-energy', autumnNight(), { now }))).toEqual([
      ['2025-10-25T23:00:00Z', '2025-10-26T00:00:00Z', 0.23],
      ['2025-10-26T00:00:00Z', '2025-10-26T01:00:00Z', 0.22],
      ['2025-10-26T01:00:00Z', '2025-10-26T02:00:00Z', 0.127],
      ['2025-10-26T02:00:00Z', '2025-10-26T03:00:00Z', 0.25],
    ]));

  test('of the market alone takes a markup with VAT', () =>
    expect(values('easy-energy', autumnNight(), { now, select: { costs: 'market', markup_per_kwh: '0.015' } })).toEqual(
      [0.115, 0.105, 0.012, 0.135],
    ));

  test.each<[string, (payload: Json) => void, string]>([
    [
      'an hour listed once though it happens twice',
      ({ prices }) => prices.splice(2, 1),
      'local_time_ambiguous $.tariff.prices[1].valid_from',
    ],
    ['gas', ({ prices }) => (prices[0].unit = 'm3'), 'unknown_value $.prices[0].unit'],
    [
      'parts that do not make the sum',
      ({ prices }) => (prices[1].energyTax = 0.12),
      'parts_differ_from_sum $.prices[1].invoicePrice',
    ],
    [
      'times with an offset',
      ({ prices }) => (prices[0].from = '2025-10-26T01:00:00Z'),
      'malformed_time $.prices[0].from',
    ],
    ['no hours', (payload) => Object.assign(payload, { prices: [], providedAt: now }), 'wrong_shape $.prices'],
  ])('is refused with %s', (_, change, problem) =>
    expect(problems('easy-energy', but(autumnNight(), change), { now })).toContain(problem),
  );
});

withSamples('real Dutch payloads agree with an independent computation', () => {
  test.each([
    ['energy-zero', 'day-ahead/energyzero-graphql-energy.json', '2025-05-31T12:00:00Z'],
    ['easy-energy', 'day-ahead/easyenergy-hour.json', '2026-04-19T12:00:00Z'],
  ])('%s', (preset, file, now) =>
    expect(summary(accepted(preset, sample(file), { now }))).toEqual(facts(expected(file))),
  );
});
