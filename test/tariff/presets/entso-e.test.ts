import { describe, expect, test } from '@jest/globals';
import {
  accepted,
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

const now = '2025-10-25T23:30:00Z';
const declare = { vat_rate: 0.06, timezone: 'Europe/Brussels' };
const night = (): Json => fixture('entso-e.xml');
const series = (payload: Json): Json => payload.Publication_MarketDocument.TimeSeries;

/** A second auction of the same night, in quarters of an hour. */
const twoAuctions = (): Json =>
  but(night(), (payload) => {
    const second = structuredClone(series(payload));
    second['classificationSequence_AttributeInstanceComponent.position'] = '2';
    second.Period.resolution = 'PT15M';
    payload.Publication_MarketDocument.TimeSeries = [series(payload), second];
  });

describe('an ENTSO-E day-ahead document', () => {
  test('gives every interval its price, those left out included (curve A03), whatever the order of the points', () =>
    expect(rowsOf(accepted('entso-e', night(), { now, declare }))).toEqual([
      ['2025-10-25T22:00:00Z', '2025-10-25T23:00:00Z', 0.0543],
      ['2025-10-25T23:00:00Z', '2025-10-26T00:00:00Z', 0.0543],
      ['2025-10-26T00:00:00Z', '2025-10-26T01:00:00Z', -0.00001],
      ['2025-10-26T01:00:00Z', '2025-10-26T02:00:00Z', -0.00001],
    ]));

  test('brings currency and zone of prices', () =>
    expect(accepted('entso-e', night(), { now, declare }).tariff).toMatchObject({
      provider_tariff_reference: 'entso-e/10YXX----------1',
      currency: 'EUR',
      vat: { included: false, rate: 0.06 },
    }));

  test('takes a markup', () =>
    expect(rowsOf(accepted('entso-e', night(), { now, declare, select: { markup_per_kwh: '0.02' } }))[2]).toContain(
      0.01999,
    ));

  test('may be in finer periods as time goes on', () => {
    const mixed = but(night(), (payload) => {
      const [hours] = [series(payload).Period];
      const quarters = {
        timeInterval: { start: '2025-10-26T02:00Z', end: '2025-10-26T02:30Z' },
        resolution: 'PT15M',
        Point: [{ position: '1', 'price.amount': '12.5' }],
      };
      series(payload).Period = [hours, quarters];
    });
    expect(rowsOf(accepted('entso-e', mixed, { now, declare })).slice(4)).toEqual([
      ['2025-10-26T02:00:00Z', '2025-10-26T02:15:00Z', 0.0125],
      ['2025-10-26T02:15:00Z', '2025-10-26T02:30:00Z', 0.0125],
    ]);
  });

  test.each([
    [{ sequence: 1 }, 4],
    [{ sequence: '2' }, 16],
  ])('of several auctions is read by %j', (select, count) =>
    expect(rowsOf(accepted('entso-e', twoAuctions(), { now, declare, select }))).toHaveLength(count),
  );

  test('of several resolutions is read by resolution', () => {
    const both = but(twoAuctions(), (payload) => {
      series(payload)[1]['classificationSequence_AttributeInstanceComponent.position'] = '1';
    });
    expect(refused('entso-e', both, { now, declare })).toEqual(['several_time_series select.resolution']);
    expect(rowsOf(accepted('entso-e', both, { now, declare, select: { resolution: 'PT60M' } }))).toHaveLength(4);
  });
});

describe('an ENTSO-E document is refused', () => {
  test.each<[string, (payload: Json) => void, string]>([
    [
      'of another type',
      ({ Publication_MarketDocument: body }) => (body.type = 'A75'),
      'unknown_value $.Publication_MarketDocument.type',
    ],
    [
      'in another unit',
      (payload) => (series(payload)['price_Measure_Unit.name'] = 'MAW'),
      'unknown_value $.Publication_MarketDocument.TimeSeries["price_Measure_Unit.name"]',
    ],
    [
      'with another curve',
      (payload) => (series(payload).curveType = 'A02'),
      'unknown_value $.Publication_MarketDocument.TimeSeries.curveType',
    ],
    [
      'with a hole (curve A01)',
      (payload) => (series(payload).curveType = 'A01'),
      'series_gap $.Publication_MarketDocument.TimeSeries[0].Period[0].Point',
    ],
    [
      'without its first point',
      (payload) => series(payload).Period.Point.splice(1),
      'series_gap $.Publication_MarketDocument.TimeSeries[0].Period[0].Point',
    ],
    [
      'with a point twice',
      (payload) => (series(payload).Period.Point[0].position = '1'),
      'series_conflict $.Publication_MarketDocument.TimeSeries[0].Period[0].Point[1].position',
    ],
    [
      'with a point after its end',
      (payload) => (series(payload).Period.Point[0].position = '5'),
      'point_outside $.Publication_MarketDocument.TimeSeries[0].Period[0].Point[0].position',
    ],
    [
      'with a price in words',
      (payload) => (series(payload).Period.Point[1]['price.amount'] = 'n/a'),
      'unparsed_number $.Publication_MarketDocument.TimeSeries.Period.Point[1]["price.amount"]',
    ],
    [
      'that lasts a thousand years',
      (payload) => (series(payload).Period.timeInterval.end = '3025-10-26T02:00Z'),
      'wrong_shape $.Publication_MarketDocument.TimeSeries[0].Period[0].timeInterval',
    ],
  ])('%s', (_, change, problem) =>
    expect(refused('entso-e', but(night(), change), { now, declare })).toEqual([problem]),
  );

  test.each([
    ['of several auctions, none selected', twoAuctions(), {}, 'several_time_series select.sequence'],
    ['of an auction that is not there', night(), { sequence: 3 }, 'selects_nothing select.sequence'],
    ['of another bidding zone', night(), { domain: '10YYY----------2' }, 'selects_nothing select.sequence'],
    [
      'that says there is no data',
      { Acknowledgement_MarketDocument: { Reason: { code: '999', text: 'No matching data found' } } },
      {},
      'error_body $.Acknowledgement_MarketDocument',
    ],
  ])('%s', (_, payload, select, problem) =>
    expect(refused('entso-e', payload, { now, declare, select })).toEqual([problem]),
  );
});

withSamples('real ENTSO-E documents', () => {
  test.each([
    ['day-ahead/entsoe-BE-60M.xml', '2024-10-08T00:00:00Z'],
    ['day-ahead/entsoe-BE-60M-15M-mix.xml', '2024-10-06T00:00:00Z'],
  ])('%s agrees with an independent computation', (file, at) =>
    expect(summary(accepted('entso-e', sample(file), { now: at, declare }))).toEqual(
      facts(expected(file).timeseries[0]),
    ),
  );
});
