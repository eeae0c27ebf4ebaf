import { Decimal } from 'decimal.js';
import { describe, expect, test } from '@jest/globals';
import { priceAt } from '../../../src/tariff/model/prices.ts';
import { applyAgreement } from '../../../src/tariff/presets/apply.ts';
import { accepted, but, expected, facts, refused, rowsOf, sample, summary, withSamples, type Json } from './support.ts';

const now = '2025-03-28T12:00:00Z';
const declare = { price_includes: ['energy', 'network', 'levies'] };

const rate = (value: number, from: string, to: string | null, payment_method: string | null = null) => ({
  value_exc_vat: value,
  value_inc_vat: new Decimal(value).times('1.05').toNumber(),
  valid_from: from,
  valid_to: to,
  payment_method,
});

/** Newest first, as the interface lists them; the cheap window is 00:30 to 04:30 on the wall, so it moves with the clocks. */
const windows = (): Json => ({
  count: 4,
  next: null,
  previous: null,
  results: [
    rate(30, '2025-03-30T03:30:00Z', '2025-03-30T23:30:00Z'),
    rate(8, '2025-03-30T00:30:00Z', '2025-03-30T03:30:00Z'),
    rate(30, '2025-03-29T04:30:00Z', '2025-03-30T00:30:00Z'),
    rate(8, '2025-03-29T00:30:00Z', '2025-03-29T04:30:00Z'),
  ],
});

const byPayment = (): Json => ({
  results: [
    rate(24, '2025-04-01T00:00:00+01:00', null, 'DIRECT_DEBIT'),
    rate(26, '2025-04-01T00:00:00+01:00', null, 'NON_DIRECT_DEBIT'),
    rate(25, '2025-01-01T00:00:00Z', '2025-04-01T00:00:00+01:00', 'NON_DIRECT_DEBIT'),
    rate(23, '2025-01-01T00:00:00Z', '2025-04-01T00:00:00+01:00', 'DIRECT_DEBIT'),
  ],
});

describe('Octopus unit rates', () => {
  test('in pence with VAT become pounds, ascending', () =>
    expect(rowsOf(accepted('octopus-rest', windows(), { now, declare })).slice(0, 2)).toEqual([
      ['2025-03-29T00:30:00Z', '2025-03-29T04:30:00Z', 0.084],
      ['2025-03-29T04:30:00Z', '2025-03-30T00:30:00Z', 0.315],
    ]));

  test('are half of a contract: without the agreement there is none', () =>
    expect(refused('octopus-rest', windows(), { now, declare, agreement: undefined })).toEqual(['missing $.contract']));

  test.each([
    ['half-hours', ['2025-03-28T12:00:00Z', '2025-03-28T12:30:00Z', '2025-03-28T13:00:00Z'], 'DYNAMIC'],
    ['windows of a day', ['2025-03-28T00:30:00Z', '2025-03-28T04:30:00Z', '2025-03-29T00:30:00Z'], 'TIME_OF_DAY'],
    ['days, one an hour short', ['2025-03-29T00:00:00Z', '2025-03-30T00:00:00Z', '2025-03-30T23:00:00Z'], 'MARKET'],
    ['quarters', ['2025-01-01T00:00:00Z', '2025-03-31T23:00:00Z', '2025-06-30T23:00:00Z'], 'FIXED'],
  ])('in %s are told by their length', (_, [first, second, third], structure) => {
    const results = [rate(20, first!, second!), rate(21, second!, third!)];
    expect(accepted('octopus-rest', { results }, { now, declare }).tariff.structure).toBe(structure);
  });

  test.each([
    ['DIRECT_DEBIT', 0.2415, 0.252],
    ['NON_DIRECT_DEBIT', 0.2625, 0.273],
  ])('that differ by way of paying: %s', (payment_method, before, after) =>
    expect(rowsOf(accepted('octopus-rest', byPayment(), { now, declare, select: { payment_method } }))).toEqual([
      ['2025-01-01T00:00:00Z', '2025-03-31T23:00:00Z', before],
      ['2025-03-31T23:00:00Z', null, after],
    ]),
  );

  test('that differ by way of paying: as the agreement says', () => {
    const own = { contract: { start_date: '2024-01-01' }, payment_method: 'NON_DIRECT_DEBIT' };
    expect(rowsOf(accepted('octopus-rest', byPayment(), { now, declare, agreement: own }))[0]).toContain(0.2625);
  });

  test.each<[string, Json, Json, string]>([
    ['an undeclared way of paying', byPayment(), {}, 'several_payment_methods select.payment_method'],
    ['an unknown way of paying', byPayment(), { payment_method: 'CASH' }, 'unknown_value select.payment_method'],
    [
      'a way of paying nobody has',
      { results: [rate(24, '2025-01-01T00:00:00Z', null, 'DIRECT_DEBIT')] },
      { payment_method: 'NON_DIRECT_DEBIT' },
      'selects_nothing select.payment_method',
    ],
    [
      'a new way of paying',
      { results: [rate(24, '2025-01-01T00:00:00Z', null, 'BARTER')] },
      {},
      'unknown_value $.results[0].payment_method',
    ],
    [
      'VAT bases that do not fit',
      { results: [{ ...rate(24, '2025-01-01T00:00:00Z', null), value_inc_vat: 24 }] },
      {},
      'vat_ratio $.tariff.prices[0].price',
    ],
    [
      'a product instead of its rates',
      { code: 'X', single_register_electricity_tariffs: { _A: {} } },
      {},
      'product_listing $',
    ],
    ['gas, or nothing', { gas: { results: [rate(7, '2025-01-01T00:00:00Z', null)] } }, {}, 'missing $.results'],
  ])('are refused with %s', (_, payload, select, problem) =>
    expect(refused('octopus-rest', payload, { now, declare, select })).toEqual([problem]),
  );

  test('have a fixed unit', () =>
    expect(refused('octopus-rest', windows(), { now, declare: { ...declare, price_divisor: 1 } })).toEqual([
      'fact_fixed_by_preset declare.price_divisor',
    ]));
});

describe('Economy 7', () => {
  const payload = (): Json => ({
    day: {
      results: [rate(32, '2025-03-01T00:00:00Z', null), rate(30, '2025-01-01T00:00:00Z', '2025-03-01T00:00:00Z')],
    },
    night: { results: [rate(12, '2025-01-01T00:00:00Z', null)] },
    standing_charges: {
      results: [rate(50, '2025-03-01T00:00:00Z', null), rate(40, '2025-01-01T00:00:00Z', '2025-03-01T00:00:00Z')],
    },
  });
  const select = { night_from: '23:30', night_to: '06:30' };

  test('has a schedule for every stretch in which neither register changes', () => {
    const { schedules, standing_charge } = accepted('octopus-rest', payload(), { now, declare, select }).tariff;
    expect(schedules?.map(({ valid_from, valid_to }) => [valid_from, valid_to])).toEqual([
      ['2025-01-01T00:00:00Z', '2025-03-01T00:00:00Z'],
      ['2025-03-01T00:00:00Z', null],
    ]);
    expect(standing_charge).toEqual({ value: 0.525, vat_included: true });
  });

  test.each([
    ['2025-03-29T23:29:00Z', 0.336],
    ['2025-03-29T23:30:00Z', 0.126],
    ['2025-03-30T05:29:00Z', 0.126],
    ['2025-03-30T05:30:00Z', 0.336],
    ['2025-03-30T22:30:00Z', 0.126],
    ['2025-02-01T12:00:00Z', 0.315],
  ])('costs at %s: %p', (at, value) => {
    const source = accepted('octopus-rest', payload(), { now, declare, select });
    expect(priceAt(source, Temporal.Instant.from(at))?.value).toBe(value);
  });

  test('of a meter without summer time keeps its hours', () => {
    const source = accepted('octopus-rest', payload(), { now, select, declare: { ...declare, timezone: 'Etc/UTC' } });
    expect(priceAt(source, Temporal.Instant.from('2025-03-30T06:00:00Z'))?.value).toBe(0.126);
  });

  test.each<[string, Json, Json, string]>([
    ['its hours', payload(), {}, 'missing select.night_from'],
    ['a readable hour', payload(), { ...select, night_to: '6.30' }, 'malformed_time select.night_to'],
    ['its nights', but(payload(), (copy) => delete copy.night), select, 'missing $.results'],
    [
      'one rate at a time',
      but(payload(), ({ night }) => night.results.push(rate(13, '2025-02-01T00:00:00Z', null))),
      select,
      'series_conflict $.night.results',
    ],
  ])('is refused without %s', (_, body, selected, problem) =>
    expect(refused('octopus-rest', body, { now, declare, select: selected })).toEqual([problem]),
  );
});

const agreementOf = (payload: Json, at: string, select: Json = {}, meter_point_id: string | null = null) =>
  applyAgreement('octopus-account', payload, { select, supply: { meter_point_id }, now: Temporal.Instant.from(at) });
const problemOf = (...given: Parameters<typeof agreementOf>): string[] => {
  const answer = agreementOf(...given);
  return answer.ok ? [] : answer.problems.map(({ code, path }) => `${code} ${path}`);
};

describe('the agreement of an Octopus account', () => {
  const meter = (mpan: string, agreements: [string, string, string | null][], is_export = false) => ({
    mpan,
    is_export,
    agreements: agreements.map(([tariff_code, valid_from, valid_to]) => ({ tariff_code, valid_from, valid_to })),
  });
  const account = (): Json => ({
    number: 'A-1',
    properties: [
      {
        moved_out_at: '2025-01-31T00:00:00Z',
        electricity_meter_points: [meter('100', [['E-1R-OLD-24-01-01-C', '2024-01-01T00:00:00Z', null]])],
      },
      {
        moved_out_at: null,
        electricity_meter_points: [
          meter('201', [['E-1R-OUTGOING-24-01-01-C', '2025-01-01T00:00:00Z', null]], true),
          meter('200', [
            ['E-1R-NEXT-25-04-01-C', '2025-04-01T00:00:00+01:00', null],
            ['E-1R-SLIP-25-03-01-C', '2025-03-28T12:00:00Z', '2025-03-28T12:00:00Z'],
            ['E-2R-NOW-24-10-01-C', '2025-02-01T00:00:00Z', '2025-04-01T00:00:00+01:00'],
            ['E-1R-BEFORE-24-01-01-C', '2024-02-01T00:00:00Z', '2025-02-01T00:00:00Z'],
          ]),
        ],
      },
    ],
  });

  test('is the one in force at the meter point of the direction', () =>
    expect(agreementOf(account(), now)).toEqual({
      ok: true,
      raw: {
        contract: { start_date: '2025-02-01T00:00:00Z', end_date: '2025-04-01T00:00:00+01:00' },
        tariff: { provider_tariff_reference: 'E-2R-NOW-24-10-01-C', direction: 'IMPORT' },
        direction: 'IMPORT',
        tariff_code: 'E-2R-NOW-24-10-01-C',
        registers: '2',
        product: 'NOW-24-10-01',
        region: 'C',
        following: {
          contract: { start_date: '2025-04-01T00:00:00+01:00', end_date: null },
          tariff: { provider_tariff_reference: 'E-1R-NEXT-25-04-01-C', direction: 'IMPORT' },
          direction: 'IMPORT',
          tariff_code: 'E-1R-NEXT-25-04-01-C',
          registers: '1',
          product: 'NEXT-25-04-01',
          region: 'C',
        },
      },
    }));

  test.each<[string, Json]>([
    ['ends when nothing begins', { valid_from: '2025-04-02T00:00:00+01:00' }],
    ['is followed by something nobody can read', { tariff_code: 'G-1R-GAS-25-04-01-C' }],
    ['is followed by what never was', { valid_to: '2025-04-01T00:00:00+01:00' }],
  ])('that %s has no following one', (_name, change) => {
    const changed = account();
    Object.assign(changed.properties[1].electricity_meter_points[1].agreements[0], change);
    const answer = agreementOf(changed, now);
    expect(answer.ok && 'following' in answer.raw).toBe(false);
    expect(answer.ok).toBe(true);
  });

  test.each([
    ['2025-02-01T00:00:00Z', 'E-2R-NOW-24-10-01-C'],
    ['2025-01-31T23:59:59Z', 'E-1R-BEFORE-24-01-01-C'],
    ['2025-03-31T22:59:59Z', 'E-2R-NOW-24-10-01-C'],
    ['2025-03-31T23:00:00Z', 'E-1R-NEXT-25-04-01-C'],
  ])('at %s is %s', (at, tariff_code) =>
    expect(agreementOf(account(), at, {}, '200')).toMatchObject({ raw: { tariff_code } }),
  );

  test('is the supply’s, whatever meter point the pack names', () =>
    expect(problemOf(account(), now, { meter_point: '200' }, '100')).toEqual(['selects_nothing select.meter_point']));

  test('for export is another meter point’s', () =>
    expect(agreementOf(account(), now, { direction: 'EXPORT' })).toMatchObject({
      raw: { tariff_code: 'E-1R-OUTGOING-24-01-01-C' },
    }));

  test.each<[string, Json, string, Json, string]>([
    [
      'before there was one',
      account(),
      '2024-01-15T00:00:00Z',
      { meter_point: '200' },
      'no_agreement_in_force $.properties[1].electricity_meter_points[1].agreements',
    ],
    ['at two homes at once', account(), '2025-01-15T00:00:00Z', {}, 'several_meter_points select.meter_point'],
    ['at a home left behind', account(), now, { meter_point: '100' }, 'selects_nothing select.meter_point'],
    [
      'when two overlap',
      but(account(), ({ properties }) => (properties[1].electricity_meter_points[1].agreements[2].valid_to = null)),
      '2025-05-01T00:00:00Z',
      {},
      'several_agreements_in_force $.properties[1].electricity_meter_points[1].agreements',
    ],
    [
      'with a tariff code of gas',
      but(
        account(),
        ({ properties }) => (properties[1].electricity_meter_points[1].agreements[2].tariff_code = 'G-1R-NOW-C'),
      ),
      now,
      {},
      'unknown_value $.properties[1].electricity_meter_points[1].agreements[2].tariff_code',
    ],
    [
      'with an unreadable date',
      but(
        account(),
        ({ properties }) => (properties[1].electricity_meter_points[0].agreements[0].valid_from = '1 May'),
      ),
      now,
      {},
      'malformed_time $.properties[1].electricity_meter_points[0].agreements[0].valid_from',
    ],
    ['of nobody', { detail: 'Not found.' }, now, {}, 'error_body $'],
  ])('is refused %s', (_, payload, at, select, problem) => expect(problemOf(payload, at, select)).toEqual([problem]));
});

withSamples('real Octopus payloads', () => {
  test('unit rates agree with an independent computation', () => {
    const file = 'octopus/go-standard-unit-rates-bst.json';
    const source = accepted('octopus-rest', sample(file), { now: '2022-10-08T12:00:00Z', declare });
    expect(summary(source)).toEqual(facts(expected(file)));
  });

  test('the account’s agreement at every instant', () => {
    const file = 'octopus/accounts-rest.json';
    const account = sample(file);
    const codes = expected(file).probes.map(({ at }: Json) => agreementOf(account, at));
    expect(codes).toMatchObject(
      expected(file).probes.map(({ tariff_code }: Json) => ({ raw: { tariff_code: tariff_code[0] } })),
    );
  });

  test.each(['product-agile-24-10-01', 'product-go', 'product-flexible-structure'])('%s is no tariff', (name) =>
    expect(refused('octopus-rest', sample(`octopus/${name}.json`), { now, declare })).toEqual(['product_listing $']),
  );
});
