import { describe, expect, test } from '@jest/globals';
import { priceAt } from '../../../src/tariff/model/prices.ts';
import { accepted, but, refused, rowsOf, type Json } from './support.ts';

const now = '2026-01-14T12:00:00Z';
const declare = { price_includes: ['energy', 'network', 'levies', 'taxes'] };

const simple = (gross: string, net?: string): Json => ({
  __typename: 'SimpleProductUnitRateInformation',
  latestGrossUnitRateCentsPerKwh: gross,
  ...(net && { netUnitRateCentsPerKwh: net }),
});
const slot = (gross: string, activeFromTime: string, activeToTime: string): Json => ({
  latestGrossUnitRateCentsPerKwh: gross,
  timeslotActivationRules: [{ activeFromTime, activeToTime }],
});
const byTime: Json = {
  __typename: 'TimeOfUseProductUnitRateInformation',
  rates: [slot('19.5', '23:00:00', '05:00:00'), slot('33.1', '05:00:00', '23:00:00')],
};
const agreement = (unitRateInformation: Json, more: Json = {}): Json => ({
  validFrom: '2025-12-31T23:00:00+00:00',
  validTo: null,
  product: { code: 'HAFEN-12', displayName: 'Hafenstrom' },
  unitRateInformation,
  unitRateForecast: [],
  ...more,
});
const account = (...agreements: Json[]): Json => ({
  data: { account: { properties: [{ electricityMalos: [{ maloNumber: '50000000001', agreements }] }] } },
});
const ROOT = '$.data.account.properties';
const first = `${ROOT}[0].electricityMalos[0].agreements[0]`;

describe('an account of Kraken’s in Germany', () => {
  const read = (payload: Json, select: Json = {}) =>
    accepted('kraken-graphql-de', payload, { now, declare, select, agreement: undefined });
  const cost = (payload: Json, at: string) => priceAt(read(payload), Temporal.Instant.from(at))?.value;

  test('with one rate', () => {
    const source = read(account(agreement(simple('30.94', '26'))));
    expect(source).toMatchObject({
      contract: { start_date: '2025-12-31T23:00:00+00:00', end_date: null },
      tariff: { display_name: 'Hafenstrom', structure: 'FIXED', currency: 'EUR', vat: { included: true, rate: 0.19 } },
    });
    expect(priceAt(source, Temporal.Instant.from(now))?.value).toBe(0.3094);
  });

  test.each([
    ['2026-01-14T21:59:00Z', 0.331],
    ['2026-01-14T22:00:00Z', 0.195],
    ['2026-01-14T03:59:00Z', 0.195],
    ['2026-01-14T04:00:00Z', 0.331],
    ['2026-07-14T02:59:00Z', 0.195],
    ['2026-07-14T03:00:00Z', 0.331],
  ])('with rates by time, wrapping over midnight: %s costs %p', (at, value) =>
    expect(cost(account(agreement(byTime)), at)).toBe(value),
  );

  test('with a forecast has its intervals', () => {
    const unitRateForecast = [
      { validFrom: '2026-01-14T12:00:00Z', validTo: '2026-01-14T12:15:00Z', unitRateInformation: simple('28.01') },
      {
        validFrom: '2026-01-14T12:15:00Z',
        validTo: '2026-01-14T12:30:00Z',
        unitRateInformation: { ...byTime, rates: [slot('-1.19', '00:00:00', '00:00:00')] },
      },
    ];
    expect(rowsOf(read(account(agreement(simple('30'), { unitRateForecast }))))).toEqual([
      ['2026-01-14T12:00:00Z', '2026-01-14T12:15:00Z', 0.2801],
      ['2026-01-14T12:15:00Z', '2026-01-14T12:30:00Z', -0.0119],
    ]);
  });

  test('of several market locations is read by its number', () => {
    const two = but(account(agreement(simple('30'))), ({ data }) =>
      data.account.properties.push({
        electricityMalos: [{ maloNumber: '50000000002', agreements: [agreement(simple('25'))] }],
      }),
    );
    expect(refused('kraken-graphql-de', two, { now, declare })).toEqual([`several_agreements_in_force ${ROOT}`]);
    expect(priceAt(read(two, { meter_point: '50000000002' }), Temporal.Instant.from(now))?.value).toBe(0.25);
  });

  test.each<[string, Json, string]>([
    ['a revoked agreement', agreement(simple('30'), { isRevoked: true }), `no_agreement_in_force ${ROOT}`],
    ['no rates', agreement(simple('30'), { unitRateInformation: null }), `missing ${first}.unitRateInformation`],
    [
      'rates that leave a hole',
      agreement({ ...byTime, rates: [slot('19.5', '23:00:00', '05:00:00')] }),
      'schedule_gap $.tariff.schedules[0]',
    ],
    [
      'rates of an unknown kind',
      agreement({ __typename: 'SeasonalUnitRateInformation' }),
      `unknown_value ${first}.unitRateInformation.__typename`,
    ],
    [
      'a rate with a comma',
      agreement(simple('30,94')),
      `unparsed_number ${first}.unitRateInformation.latestGrossUnitRateCentsPerKwh`,
    ],
    [
      'net and gross that do not fit',
      agreement(simple('30.94', '30')),
      'vat_ratio $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[0]',
    ],
  ])('is refused with %s', (_, each, problem) =>
    expect(refused('kraken-graphql-de', account(each), { now, declare })).toEqual([problem]),
  );
});
