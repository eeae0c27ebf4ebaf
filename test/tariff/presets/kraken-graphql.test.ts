import { describe, expect, test } from '@jest/globals';
import { priceAt } from '../../../src/tariff/model/prices.ts';
import { accepted, but, refused, rowsOf, type Json } from './support.ts';

const now = '2025-03-28T12:00:00Z';
const declare = { price_includes: ['energy', 'network', 'levies'] };

const agreement = (validFrom: string, validTo: string | null, mpan: string, tariff: Json): Json => ({
  validFrom,
  validTo,
  meterPoint: { mpan },
  tariff: { tariffCode: 'E-1R-X', displayName: 'Harbour', isExport: false, standingCharge: 47.85, ...tariff },
});
const standard = { __typename: 'StandardTariff', unitRate: 24.57, preVatUnitRate: 23.4 };
const halfHourly = {
  __typename: 'HalfHourlyTariff',
  unitRates: [
    { validFrom: '2025-03-28T12:30:00Z', validTo: '2025-03-28T13:00:00Z', value: -1.05, preVatValue: -1 },
    { validFrom: '2025-03-28T12:00:00Z', validTo: '2025-03-28T12:30:00Z', value: 21, preVatValue: 20 },
  ],
};

/** Export first, and the oldest before the newest: as such lists come. */
const account = (tariff: Json = standard): Json => ({
  data: {
    account: {
      electricityAgreements: [
        agreement('2024-06-01T00:00:00Z', null, '201', {
          __typename: 'StandardTariff',
          unitRate: 15,
          isExport: true,
          standingCharge: null,
        }),
        agreement('2023-01-01T00:00:00Z', '2025-01-01T00:00:00Z', '200', {
          __typename: 'ThreeRateTariff',
          dayRate: 30,
        }),
        agreement('2025-01-01T00:00:00Z', '2026-01-01T00:00:00+00:00', '200', tariff),
      ],
    },
  },
});
const listed = (payload: Json): Json[] => payload.data.account.electricityAgreements;
const read = (payload: Json, way: Json = {}) =>
  accepted('kraken-graphql', payload, { now, declare, agreement: undefined, ...way });
const LIST = '$.data.account.electricityAgreements';

describe('an account of Kraken’s', () => {
  test('brings contract and tariff together', () => {
    const { contract, tariff } = read(account());
    expect(contract).toEqual({ start_date: '2025-01-01T00:00:00Z', end_date: '2026-01-01T00:00:00+00:00' });
    expect(tariff).toMatchObject({
      provider_tariff_reference: 'E-1R-X',
      display_name: 'Harbour',
      direction: 'IMPORT',
      structure: 'FIXED',
      currency: 'GBP',
      vat: { included: true, rate: 0.05 },
      standing_charge: { value: 0.4785, vat_included: true },
    });
  });

  const at = (payload: Json, instant: string, way: Json = {}) =>
    priceAt(read(payload, way), Temporal.Instant.from(instant))?.value;
  const hours = { night_from: '00:30', night_to: '07:30' };

  test.each<[string, Json, Json, string, number]>([
    ['StandardTariff', standard, {}, now, 0.2457],
    ['PrepayTariff', { __typename: 'PrepayTariff', unitRate: '26.1' }, {}, now, 0.261],
    [
      'DayNightTariff',
      { __typename: 'DayNightTariff', dayRate: 31.5, nightRate: 13.65 },
      hours,
      '2025-03-28T07:29:00Z',
      0.1365,
    ],
    [
      'DayNightTariff',
      { __typename: 'DayNightTariff', dayRate: 31.5, nightRate: 13.65 },
      hours,
      '2025-03-28T07:30:00Z',
      0.315,
    ],
    [
      'DayNightTariff',
      { __typename: 'DayNightTariff', dayRate: 31.5, nightRate: 13.65 },
      hours,
      '2025-03-31T06:29:00Z',
      0.1365,
    ],
    ['HalfHourlyTariff', halfHourly, {}, '2025-03-28T12:45:00Z', -0.0105],
  ])('with a %s', (_, tariff, select, instant, value) => expect(at(account(tariff), instant, { select })).toBe(value));

  test('with half-hourly rates has them ascending', () =>
    expect(rowsOf(read(account(halfHourly))).map((row) => row[2])).toEqual([0.21, -0.0105]));

  test('for export is another agreement, without VAT where the pack says so', () => {
    const source = read(account(), { select: { direction: 'EXPORT' }, declare: { ...declare, vat_rate: 0 } });
    expect(source.tariff).toMatchObject({ direction: 'EXPORT', vat: { included: true, rate: 0 } });
    expect(priceAt(source, Temporal.Instant.from(now))?.value).toBe(0.15);
  });

  test('without directions is read by meter point', () => {
    const bare = but(account(), (copy) => listed(copy).forEach((each) => delete each.tariff.isExport));
    expect(at(bare, now, { select: { meter_point: '200' } })).toBe(0.2457);
    expect(at(bare, now, { supply: { meter_point_id: '201' } })).toBe(0.15);
  });

  test.each<[string, (payload: Json) => void, Json, string]>([
    [
      'nothing in force',
      (copy) => (listed(copy)[2]!.validTo = '2025-02-01T00:00:00Z'),
      {},
      `no_agreement_in_force ${LIST}`,
    ],
    [
      'two homes',
      (copy) => listed(copy).push(agreement('2025-02-01T00:00:00Z', null, '300', standard)),
      {},
      `several_agreements_in_force ${LIST}`,
    ],
    ['another meter point', () => undefined, { meter_point: '999' }, `no_agreement_in_force ${LIST}`],
    [
      'the meter point of the other direction',
      () => undefined,
      { meter_point: '201' },
      `no_agreement_in_force ${LIST}`,
    ],
    [
      'no direction',
      (copy) => listed(copy).splice(0, 3, { ...listed(copy)[2]!, tariff: standard }),
      {},
      `direction_unknown ${LIST}[0].tariff`,
    ],
    [
      'a tariff whose hours nobody tells',
      (copy) => Object.assign(listed(copy)[2]!.tariff, { __typename: 'ThreeRateTariff' }),
      {},
      `unknown_value ${LIST}[2].tariff.__typename`,
    ],
    [
      'night rates without hours',
      (copy) => Object.assign(listed(copy)[2]!.tariff, { __typename: 'DayNightTariff', dayRate: 3, nightRate: 2 }),
      {},
      'missing select.night_from',
    ],
    [
      'a rate that was not asked for',
      (copy) => delete listed(copy)[2]!.tariff.unitRate,
      {},
      `missing ${LIST}[2].tariff.unitRate`,
    ],
    [
      'VAT that does not fit',
      (copy) => (listed(copy)[2]!.tariff.preVatUnitRate = 20),
      {},
      'vat_ratio $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[0]',
    ],
    ['errors', (copy) => (copy.errors = [{ message: 'Unauthorized.' }]), {}, 'error_body $'],
  ])('is refused with %s', (_, change, select, problem) =>
    expect(refused('kraken-graphql', but(account(), change), { now, declare, select, agreement: undefined })).toEqual([
      problem,
    ]),
  );
});
