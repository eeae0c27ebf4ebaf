import { describe, expect, test } from '@jest/globals';
import { priceAt } from '../../../src/tariff/model/prices.ts';
import { accepted, but, refused, rowsOf, sample, withSamples, type Json } from './support.ts';

const now = '2025-07-01T12:00:00Z';

/** Cheap until 6, dear from 17 to 21. */
const byHour = (low: number, high: number): Json =>
  Object.fromEntries(
    Array.from({ length: 24 }, (_, hour) => [
      `Price${hour + 1}`,
      hour < 6 ? low : hour >= 17 && hour < 21 ? high : 0.2,
    ]),
  );

const charge = (ChargeTypeCode: string, ValidFrom: string, ValidTo: unknown, prices: Json, more: Json = {}): Json => ({
  ChargeOwner: 'Havn Net A/S',
  GLN_Number: '5790000000001',
  ChargeType: 'D03',
  ChargeTypeCode,
  Note: 'Nettarif C',
  ValidFrom,
  ValidTo,
  VATClass: 'D02',
  ...prices,
  ResolutionDuration: 'PT1H',
  ...more,
});

const priceList = (): Json => ({
  total: 3,
  records: [
    charge('C', '2025-04-01T00:00:00', { Data: null, UnityType: 2, AssemblyName: '' }, byHour(0.08, 0.42)),
    charge('C', '2024-10-01T00:00:00', '2025-04-01T00:00:00', byHour(0.11, 0.99)),
    charge('T', '2025-01-01T00:00:00', null, { Price1: 0.061, Price2: null, Price24: null }),
  ],
});
const select = { code: 'C' };

describe('a Danish price list', () => {
  test.each([
    ['2025-06-30T22:00:00Z', 0.08],
    ['2025-07-01T03:59:00Z', 0.08],
    ['2025-07-01T04:00:00Z', 0.2],
    ['2025-07-01T15:00:00Z', 0.42],
    ['2025-07-01T19:00:00Z', 0.2],
    ['2025-03-31T21:59:00Z', 0.2],
    ['2025-03-31T22:00:00Z', 0.08],
    ['2025-01-01T16:00:00Z', 0.99],
  ])('costs at %s: %p', (at, value) => {
    const source = accepted('dk-price-list', priceList(), { now, select });
    expect(priceAt(source, Temporal.Instant.from(at))?.value).toBe(value);
  });

  test('is a part of the price, in kroner without VAT', () =>
    expect(accepted('dk-price-list', priceList(), { now, select }).tariff).toMatchObject({
      provider_tariff_reference: '5790000000001/C',
      display_name: 'Havn Net A/S, Nettarif C',
      type: 'NON_COMMODITY',
      structure: 'TIME_OF_DAY',
      currency: 'DKK',
      vat: { included: false, rate: 0.25 },
      price_includes: ['network'],
    }));

  test('with one price has it all day, in a bare list as well', () => {
    const source = accepted('dk-price-list', priceList().records, { now, select: { code: 'T' } });
    expect(source.tariff).toMatchObject({ structure: 'FIXED' });
    expect(priceAt(source, Temporal.Instant.from('2025-07-01T18:00:00Z'))?.value).toBe(0.061);
  });

  test('of a charge without VAT says so', () => {
    const exempt = but(priceList(), ({ records }) => (records[2].VATClass = 'D01'));
    expect(accepted('dk-price-list', exempt, { now, select: { code: 'T' } }).tariff.vat.rate).toBe(0);
  });

  test.each<[string, (payload: Json) => void, Json, string]>([
    ['several charges', () => undefined, {}, 'several_charges select.code'],
    [
      'several owners',
      ({ records }) => (records[1].GLN_Number = '5790000000002'),
      select,
      'several_charges select.gln',
    ],
    ['no such charge', () => undefined, { code: 'A' }, 'selects_nothing select.code'],
    ['a subscription', ({ records }) => (records[0].ChargeType = 'D01'), select, 'not_per_kwh $.records[0].ChargeType'],
    ['an hour without a price', ({ records }) => (records[0].Price9 = null), select, 'missing $.records[0].Price9'],
    [
      'a gap between two rows',
      ({ records }) => (records[1].ValidTo = '2025-03-01T00:00:00'),
      select,
      'schedule_dates_gap $.tariff.schedules[0]',
    ],
    [
      'two open ends',
      ({ records }) => (records[1].ValidTo = null),
      select,
      'schedule_dates_overlap $.tariff.schedules[0]',
    ],
  ])('is refused with %s', (_, change, selected, problem) =>
    expect(refused('dk-price-list', but(priceList(), change), { now, select: selected })).toEqual([problem]),
  );
});

describe('Danish spot prices', () => {
  const record = (HourUTC: string, PriceArea: string, SpotPriceDKK: number | null, SpotPriceEUR: number): Json => ({
    HourUTC,
    HourDK: '1999-01-01T00:00:00',
    PriceArea,
    SpotPriceDKK,
    SpotPriceEUR,
  });
  const day = (): Json => ({
    dataset: 'Elspotprices',
    records: [
      record('2025-07-01T13:00:00', 'DK1', -37.31, -5),
      record('2025-07-01T13:00:00', 'DK2', 410.5, 55.02),
      record('2025-07-01T12:00:00', 'DK1', 373.125, 50),
    ],
  });

  test('are kroner per MWh, newest first, at UTC hours', () =>
    expect(rowsOf(accepted('dk-spot', day(), { now, select: { area: 'DK1' } }))).toEqual([
      ['2025-07-01T12:00:00Z', '2025-07-01T13:00:00Z', 0.373125],
      ['2025-07-01T13:00:00Z', '2025-07-01T14:00:00Z', -0.03731],
    ]));

  test('may be asked for in euros, with a markup', () =>
    expect(
      rowsOf(
        accepted('dk-spot', day(), {
          now,
          select: { area: 'DK1', markup_per_kwh: 0.01 },
          declare: { currency: 'EUR' },
        }),
      ),
    ).toEqual([
      ['2025-07-01T12:00:00Z', '2025-07-01T13:00:00Z', 0.06],
      ['2025-07-01T13:00:00Z', '2025-07-01T14:00:00Z', 0.005],
    ]));

  test.each<[string, (payload: Json) => void, Json, string]>([
    ['two areas', () => undefined, {}, 'several_areas select.area'],
    ['another area', () => undefined, { area: 'SE4' }, 'selects_nothing select.area'],
    [
      'an exchange rate still to come',
      ({ records }) => (records[0].SpotPriceDKK = null),
      { area: 'DK1' },
      'missing $.records[0].SpotPriceDKK',
    ],
    [
      'an hour with an offset',
      ({ records }) => (records[0].HourUTC = '2025-07-01T13:00:00Z'),
      { area: 'DK1' },
      'malformed_time $.records[0].HourUTC',
    ],
  ])('are refused with %s', (_, change, selected, problem) =>
    expect(refused('dk-spot', but(day(), change), { now, select: selected })).toEqual([problem]),
  );
});

withSamples('real Danish payloads', () => {
  const file = 'dk-energidataservice/datahub-pricelist-N1.json';
  test.each([
    ['2024-01-10T04:59:00Z', 0.110116],
    ['2024-01-10T05:00:00Z', 0.330349],
    ['2024-01-10T16:00:00Z', 0.991048],
    ['2024-01-10T20:00:00Z', 0.330349],
    ['2023-06-30T22:30:00Z', 0.2],
    ['2023-06-30T23:30:00Z', 0],
  ])('the grid company’s price at %s', (at, value) => {
    const source = accepted('dk-price-list', sample(file), {
      now: '2024-01-10T12:00:00Z',
      select: { owner: 'N1 A/S - 131' },
    });
    expect(priceAt(source, Temporal.Instant.from(at))?.value).toBe(value);
  });

  test('two grid companies are told apart by a selector only', () =>
    expect(refused('dk-price-list', sample(file), { now: '2024-01-10T12:00:00Z' })).toEqual([
      'several_charges select.gln',
    ]));

  test('spot prices in the only currency they have', () => {
    const source = accepted('dk-spot', sample('dk-energidataservice/elspotprices-response.json'), {
      now: '2022-07-18T20:00:00Z',
      declare: { currency: 'EUR' },
    });
    expect(rowsOf(source).at(-1)).toEqual(['2022-07-18T21:00:00Z', '2022-07-18T22:00:00Z', 0.469859985]);
  });
});
