import { describe, expect, test } from '@jest/globals';
import {
  accepted,
  agreement,
  but,
  expected,
  facts,
  fixture,
  refused,
  rowsOf,
  sample,
  summary,
  withSamples,
  type Json,
} from './support.ts';

const now = '2025-03-30T00:30:00Z';
const declare = { vat_rate: 0.25 };
const select = { area: 'SE4' };
const day = (): Json => fixture('nord-pool.json');
const values = (payload: Json, way: Json = {}) =>
  rowsOf(accepted('nord-pool', payload, { now, declare, select, ...way })).map((row) => row[2]);

describe('a Nord Pool day', () => {
  test('per MWh and for several areas becomes the area’s prices per kWh', () =>
    expect(rowsOf(accepted('nord-pool', day(), { now, declare, select }))).toEqual([
      ['2025-03-29T23:00:00Z', '2025-03-30T00:00:00Z', 0.0405],
      ['2025-03-30T00:00:00Z', '2025-03-30T01:00:00Z', -0.00125],
      ['2025-03-30T01:00:00Z', '2025-03-30T02:00:00Z', 0],
    ]));

  test('names currency, zone and basis', () =>
    expect(accepted('nord-pool', day(), { now, declare, select: { area: 'NO2' } }).tariff).toMatchObject({
      provider_tariff_reference: 'nord-pool/NO2',
      structure: 'MARKET',
      currency: 'EUR',
      timezone: 'Europe/Oslo',
      vat: { included: false, rate: 0.25 },
      price_includes: ['energy'],
    }));

  test('may be asked for by the agreement’s area', () =>
    expect(values(day(), { select: {}, agreement: { ...agreement, area: 'NO2' } })).toEqual([0.06107, 0.06, 0.0599]));

  test('of one area needs no selector', () => {
    const one = but(day(), ({ multiAreaEntries }) => {
      for (const { entryPerArea } of multiAreaEntries) delete entryPerArea.NO2;
    });
    expect(values(one, { select: {} })).toHaveLength(3);
  });
});

describe('the provider’s markup', () => {
  test.each([
    ['nothing', {}, [0.0405, -0.00125, 0]],
    ['an amount per kWh', { markup_per_kwh: 0.0164 }, [0.0569, 0.01515, 0.0164]],
    ['a percentage of the market price', { markup_percent: '7.5' }, [0.0435375, -0.00134375, 0]],
    ['energy tax', { energy_tax_per_kwh: '0.0439' }, [0.0844, 0.04265, 0.0439]],
    [
      'all of them',
      { markup_per_kwh: 0.0164, markup_percent: 7.5, energy_tax_per_kwh: 0.0439 },
      [0.1038375, 0.05895625, 0.0603],
    ],
  ])('of %s is added exactly', (_, added, prices) =>
    expect(values(day(), { select: { ...select, ...added } })).toEqual(prices),
  );

  test('is there before VAT is', () =>
    expect(
      values(day(), { select: { ...select, markup_per_kwh: 0.01 }, declare: { ...declare, output_vat: 'included' } }),
    ).toEqual([0.063125, 0.0109375, 0.0125]));

  test('with the tax in it is said so', () =>
    expect(
      accepted('nord-pool', day(), { now, declare, select: { ...select, energy_tax_per_kwh: 0.04 } }).tariff
        .price_includes,
    ).toEqual(['energy', 'taxes']));

  test('in words is refused', () =>
    expect(refused('nord-pool', day(), { now, declare, select: { ...select, markup_percent: 'some' } })).toEqual([
      'unparsed_number select.markup_percent',
    ]));
});

describe('a Nord Pool day is refused', () => {
  test.each<[string, (payload: Json) => void, Json, string]>([
    ['when several areas are there and none is declared', () => undefined, {}, 'several_areas select.area'],
    ['when the area is not there', () => undefined, { area: 'DK1' }, 'selects_nothing select.area'],
    [
      'when an interval lacks the area',
      ({ multiAreaEntries }) => delete multiAreaEntries[1].entryPerArea.SE4,
      select,
      'missing $.multiAreaEntries[1].entryPerArea.SE4',
    ],
    [
      'when a price is null',
      ({ multiAreaEntries }) => (multiAreaEntries[1].entryPerArea.SE4 = null),
      select,
      'unparsed_number $.multiAreaEntries[1].entryPerArea.SE4',
    ],
    [
      'when its prices are preliminary',
      ({ areaStates }) => (areaStates[0].state = 'Preliminary'),
      select,
      'prices_not_final $.areaStates[0].state',
    ],
    [
      'when an hour is missing',
      ({ multiAreaEntries }) => multiAreaEntries.splice(1, 1),
      select,
      'series_gap $.tariff.prices[1]',
    ],
    [
      'when a time has no offset',
      ({ multiAreaEntries }) => (multiAreaEntries[0].deliveryStart = '2025-03-29T23:00:00'),
      select,
      'malformed_time $.multiAreaEntries[0].deliveryStart',
    ],
    ['when it is empty', (payload) => (payload.multiAreaEntries = []), select, 'wrong_shape $.multiAreaEntries'],
  ])('%s', (_, change, selected, problem) =>
    expect(refused('nord-pool', but(day(), change), { now, declare, select: selected })).toEqual([problem]),
  );

  test('when the pack says that it holds VAT', () =>
    expect(refused('nord-pool', day(), { now, select, declare: { ...declare, vat: 'included' } })).toEqual([
      'fact_fixed_by_preset declare.vat',
    ]));
});

withSamples('real Nord Pool days', () => {
  const file = 'day-ahead/nordpool-SE3-2024-11-05.json';
  test('agree with an independent computation', () =>
    expect(summary(accepted('nord-pool', sample(file), { now: '2024-11-05T12:00:00Z', declare }))).toEqual(
      facts(expected(file)),
    ));
});
