import { describe, expect, test } from '@jest/globals';
import { applyAgreement } from '../../../src/tariff/presets/apply.ts';
import { accepted, but, expected, refused, sample, tiersAt, withSamples, type Json } from './support.ts';

const now = '2026-02-10T00:00:00Z';
const declare = { price_includes: ['energy', 'network'] };

const WEEK = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];
const block = (unitPrice: string, ...times: [days: string[], startTime: string, endTime: string][]): Json => ({
  displayName: `at ${unitPrice}`,
  rates: [{ unitPrice }],
  timeOfUse: times.map(([days, startTime, endTime]) => ({ days, startTime, endTime })),
});
const timeOfUse = (...timeOfUseRates: Json[]): Json => ({
  rateBlockUType: 'timeOfUseRates',
  dailySupplyCharge: '1.05',
  timeOfUseRates,
});
const flat = (unitPrice: string, more: Json = {}): Json => ({
  rateBlockUType: 'singleRate',
  dailySupplyCharge: '1.05',
  singleRate: { rates: [{ unitPrice }], period: 'P1D' },
  ...more,
});
const plan = (tariffPeriod: Json | Json[], contract: Json = {}): Json => ({
  data: {
    planId: 'HAR0001@EME',
    displayName: 'Harbour Saver',
    fuelType: 'ELECTRICITY',
    effectiveFrom: '2025-06-30T14:00:00Z',
    geography: { distributors: ['Ausgrid'] },
    electricityContract: { timeZone: 'LOCAL', tariffPeriod, ...contract },
  },
  meta: {},
});
const v3 = (payload: Json, way: Json = {}) => accepted('cdr-plan-v3', payload, { now, declare, ...way });
const problems = (payload: Json, way: Json = {}) => refused('cdr-plan-v3', payload, { now, declare, ...way });
const priceAt = (payload: Json, local: string, way: Json = {}) => tiersAt(v3(payload, way), local)?.[0]?.value;

describe('a flat plan', () => {
  test('in dollars without GST', () =>
    expect(v3(plan(flat('0.273'))).tariff).toMatchObject({
      provider_tariff_reference: 'HAR0001@EME',
      display_name: 'Harbour Saver',
      structure: 'FIXED',
      currency: 'AUD',
      timezone: 'Australia/Sydney',
      vat: { included: false, rate: 0.1 },
      standing_charge: { value: 1.05, vat_included: false },
      schedules: [{ valid_from: '2025-07-01T00:00:00+10:00', valid_to: null }],
    }));

  test('with GST where the pack wants it', () => {
    const { tariff } = v3(plan(flat('0.273')), { declare: { ...declare, output_vat: 'included' } });
    expect(tariff.schedules?.[0]?.schedule[0]?.days_and_hours[0]?.hours[0]?.rate[0]?.value).toBe(0.3003);
    expect(tariff.standing_charge).toEqual({ value: 1.155, vat_included: true });
  });

  test('of version 1 in cents', () => {
    const source = accepted(
      'cdr-plan-v1',
      plan(flat('27.3', { dailySupplyCharges: '105', dailySupplyCharge: undefined })),
      { now, declare },
    );
    expect(tiersAt(source, '2026-02-01T12:00')).toEqual([{ to_kwh: null, value: 0.273 }]);
    expect(source.tariff.standing_charge?.value).toBe(1.05);
  });

  test.each([
    ['cdr-plan-v3', '27.3', /price_divisor 100 /],
    ['cdr-plan-v1', '0.273', /too little for electricity/],
  ])('of the other version is refused by %s', (preset, price, reason) =>
    expect(() => accepted(preset, plan(flat(price)), { now, declare })).toThrow(reason),
  );
});

describe('ends of windows are read the way that fills the week', () => {
  test.each<[string, Json]>([
    ['last minutes', timeOfUse(block('0.5', [WEEK, '15:00', '20:59']), block('0.2', [WEEK, '21:00', '14:59']))],
    ['half-open', timeOfUse(block('0.5', [WEEK, '15:00', '21:00']), block('0.2', [WEEK, '21:00', '15:00']))],
    [
      'digits alone',
      timeOfUse(block('0.5', [WEEK, '1500', '2059']), block('0.2', [WEEK, '2100', '2359'], [WEEK, '0', '1459'])),
    ],
    [
      'with seconds',
      timeOfUse(
        block('0.5', [WEEK, '15:00:00', '20:59:59']),
        block('0.2', [WEEK, '00:00:00', '14:59:59'], [WEEK, '21:00:00', '23:59:59']),
      ),
    ],
    [
      'midnight as 24:00',
      timeOfUse(
        block('0.5', [WEEK, '15:00', '21:00']),
        block('0.2', [WEEK, '00:00', '15:00'], [WEEK, '21:00', '24:00']),
      ),
    ],
    [
      'one block without times',
      { ...timeOfUse(), timeOfUseRates: { rates: [{ unitPrice: '0.2' }], timeOfUse: { days: WEEK } } },
    ],
  ])('%s', (_, period) => {
    const source = v3(plan(period));
    const peak = period.timeOfUseRates.length === 2 ? 0.5 : 0.2;
    expect(
      ['14:59', '15:00', '20:59', '21:00', '00:00'].map((time) => tiersAt(source, `2026-02-10T${time}`)?.[0]?.value),
    ).toEqual([0.2, peak, peak, 0.2, 0.2]);
  });

  const businessNights = (nights: string[]) =>
    timeOfUse(
      block('0.2', [nights, '22:00', '06:59']),
      block('0.4', [nights, '07:00', '21:59']),
      block('0.3', [['SATURDAY', 'SUNDAY'], '00:00', '23:59']),
    );

  test('the hours after midnight belong to the day listed, if that is what fills the week', () => {
    const payload = plan(businessNights(['BUSINESS_DAYS']));
    expect(['2026-02-09T01:00', '2026-02-14T01:00'].map((local) => priceAt(payload, local))).toEqual([0.2, 0.3]);
  });

  test('or to the night that began the day before', () => {
    const period = timeOfUse(
      block('0.2', [['MON', 'TUE', 'WED', 'THU', 'FRI'], '22:00', '06:59']),
      block('0.4', [['MON'], '00:00', '21:59'], [['TUE', 'WED', 'THU', 'FRI'], '07:00', '21:59']),
      block('0.3', [['SAT'], '07:00', '23:59'], [['SUN'], '00:00', '23:59']),
    );
    expect(['2026-02-09T01:00', '2026-02-14T01:00'].map((local) => priceAt(plan(period), local))).toEqual([0.4, 0.2]);
  });

  test('working days are the days of the week, and public holidays are said to be lost', () =>
    expect(v3(plan(businessNights(['BUSINESS_DAYS']))).tariff.not_expressed.map(({ code }) => code)).toEqual([
      'public_holidays',
    ]));

  test.each<[string, Json, string]>([
    [
      'a hole',
      timeOfUse(block('0.5', [WEEK, '15:00', '20:59']), block('0.2', [WEEK, '22:00', '14:59'])),
      'windows_do_not_tile $.data.electricityContract.tariffPeriod[0]',
    ],
    [
      'an overlap',
      timeOfUse(block('0.5', [WEEK, '15:00', '20:59']), block('0.2', [WEEK, '20:00', '14:59'])),
      'windows_do_not_tile $.data.electricityContract.tariffPeriod[0]',
    ],
    [
      'a malformed time',
      timeOfUse(block('0.5', [WEEK, '15:00', '59::00'])),
      'malformed_time $.data.electricityContract.tariffPeriod[0].timeOfUseRates[0].timeOfUse[0].endTime',
    ],
    [
      'a 25th hour',
      timeOfUse(block('0.5', [WEEK, '1500', '2500'])),
      'malformed_time $.data.electricityContract.tariffPeriod[0].timeOfUseRates[0].timeOfUse[0].endTime',
    ],
    [
      'an unknown day',
      timeOfUse(block('0.5', [['FRIYAY'], '15:00', '20:59'])),
      'unknown_value $.data.electricityContract.tariffPeriod[0].timeOfUseRates[0].timeOfUse[0].days[0]',
    ],
    [
      'demand in the unit',
      plan(flat('0.3', { singleRate: { rates: [{ unitPrice: '0.3', measureUnit: 'KVA' }] } })).data.electricityContract
        .tariffPeriod,
      'unknown_value $.data.electricityContract.tariffPeriod[0].singleRate.rates[0].measureUnit',
    ],
  ])('%s is refused', (_, period, problem) => expect(problems(plan([period]))).toEqual([problem]));

  test('rates of public holidays are left out only if the pack agrees', () => {
    const payload = plan([timeOfUse(block('0.2', [[...WEEK, 'PUBLIC_HOLIDAYS'], '00:00', '23:59']))]);
    expect(problems(payload)).toEqual(['public_holidays_inexpressible $.data.electricityContract.tariffPeriod[0]']);
    expect(priceAt(payload, '2026-02-10T12:00', { select: { public_holidays: 'as_weekdays' } })).toBe(0.2);
  });
});

describe('seasons', () => {
  const season = (startDate: string, endDate: string, unitPrice: string) => flat(unitPrice, { startDate, endDate });
  const summerAndRest = plan([season('12-01', '02-28', '0.5'), season('03-01', '11-30', '0.3')]);

  test.each([
    ['2026-01-15T12:00', 0.5],
    ['2027-12-31T23:59', 0.5],
    ['2028-02-29T12:00', 0.5],
    ['2026-03-01T00:00', 0.3],
    ['2026-11-30T23:59', 0.3],
  ])('over the turn of the year, and on 29 February: %s costs %p', (local, value) =>
    expect(priceAt(summerAndRest, local)).toBe(value),
  );

  test('on bounds of months are months of one schedule', () =>
    expect(
      v3(summerAndRest).tariff.schedules?.map(({ schedule }) => schedule.map(({ months }) => months.length)),
    ).toEqual([[3, 9]]));

  test.each([
    ['2026-04-04T23:59', 0.5],
    ['2026-04-05T00:00', 0.3],
    ['2026-10-03T23:59', 0.3],
    ['2026-10-04T00:00', 0.5],
    ['2027-01-01T00:00', 0.5],
  ])('from the middle of months follow one another on the calendar: %s costs %p', (local, value) =>
    expect(priceAt(plan([season('10-04', '04-04', '0.5'), season('04-05', '10-03', '0.3')]), local)).toBe(value),
  );

  test('that last the whole year from any day are the whole year', () =>
    expect(v3(plan(season('07-15', '07-14', '0.3'))).tariff.schedules?.[0]?.schedule[0]?.months).toEqual(['All']));

  test('with supply charges of their own leave the charge unsaid', () => {
    const payload = plan([
      season('12-01', '02-28', '0.5'),
      { ...season('03-01', '11-30', '0.3'), dailySupplyCharge: '0.9' },
    ]);
    const { standing_charge, not_expressed } = v3(payload).tariff;
    expect([standing_charge, not_expressed.map(({ code }) => code)]).toEqual([undefined, ['supply_charge']]);
  });

  test.each<[string, Json[], string]>([
    ['name a day no year has', [season('12-01', '02-30', '0.5')], 'malformed_time'],
    ['leave a gap', [season('12-01', '02-28', '0.5'), season('04-01', '11-30', '0.3')], 'seasons_leave_a_gap'],
    ['overlap', [season('12-01', '03-31', '0.5'), season('03-01', '11-30', '0.3')], 'seasons_overlap'],
    ['leave a day', [season('10-04', '04-04', '0.5'), season('04-06', '10-03', '0.3')], 'seasons_leave_a_gap'],
    ['share a day', [season('10-04', '04-05', '0.5'), season('04-05', '10-03', '0.3')], 'seasons_overlap'],
  ])('that %s are refused', (_, periods, code) =>
    expect(problems(plan(periods))).toEqual([
      expect.stringContaining(`${code} $.data.electricityContract.tariffPeriod`),
    ]),
  );
});

describe('stepped rates', () => {
  const steps = (volumes: (number | null)[], period?: string): Json =>
    plan(
      flat('', {
        singleRate: {
          rates: volumes.map((volume, index) => ({ unitPrice: `0.${3 + index}`, volume })),
          ...(period && { period }),
        },
      }),
    );
  const read = (payload: Json, more: Json = {}) => {
    const { schedules } = v3(payload, { declare: { ...declare, ...more } }).tariff;
    return [
      schedules?.[0]?.tier_period,
      schedules?.[0]?.schedule[0]?.days_and_hours[0]?.hours[0]?.rate.map(({ to_kwh }) => to_kwh),
    ];
  };

  test('of two need no declaration', () => expect(read(steps([15, null], 'P1D'))).toEqual(['P1D', [15, null]]));

  test.each([
    ['blocks', [10, 30, null]],
    ['cumulative', [10, 20, null]],
  ])('of three are declared %s', (tiers, thresholds) =>
    expect(read(steps([10, 20, null], 'P3M'), { tiers })).toEqual(['P3M', thresholds]),
  );

  test('may have their period declared', () =>
    expect(read(steps([15, null]), { tier_period: 'P1M' })).toEqual(['P1M', [15, null]]));

  test.each<[string, Json, Json, string]>([
    [
      'their meaning',
      steps([10, 20, null], 'P1D'),
      {},
      'tiers_undeclared $.data.electricityContract.tariffPeriod[0].singleRate.rates',
    ],
    ['their period', steps([15, null]), {}, 'tier_period_missing $.tariff.schedules[0].tier_period'],
    [
      'a known period',
      steps([15, null], 'P1W'),
      {},
      'unknown_value $.data.electricityContract.tariffPeriod.singleRate.period',
    ],
    [
      'one period for all',
      plan([
        { ...steps([15, null], 'P1D').data.electricityContract.tariffPeriod, endDate: '06-30' },
        { ...steps([15, null], 'P1M').data.electricityContract.tariffPeriod, startDate: '07-01' },
      ]),
      {},
      'tier_periods_differ $.data.electricityContract.tariffPeriod',
    ],
    [
      'thresholds that rise',
      steps([20, 10, null], 'P1D'),
      { tiers: 'cumulative' },
      'tier_not_rising $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[1].to_kwh',
    ],
  ])('are refused without %s', (_, payload, more, problem) =>
    expect(problems(payload, { declare: { ...declare, ...more } })).toEqual([problem]),
  );
});

describe('the zone of a plan', () => {
  test.each([
    ['AEST', ['Ausgrid'], 'Australia/Brisbane'],
    [undefined, ['Powercor'], 'Australia/Brisbane'],
    ['LOCAL', ['Powercor', 'Jemena'], 'Australia/Melbourne'],
    ['LOCAL', ['SA Power Networks'], 'Australia/Adelaide'],
  ])('%s with %j is %s', (timeZone, distributors, zone) => {
    const payload = but(plan(flat('0.3'), { timeZone }), ({ data }) => (data.geography.distributors = distributors));
    expect(v3(payload).tariff.timezone).toBe(zone);
  });

  test.each([[['Ausgrid', 'Powercor']], [['Nobody Networks']], [[]]])(
    'LOCAL with %j is to be declared',
    (distributors) => {
      const payload = but(plan(flat('0.3')), ({ data }) => (data.geography.distributors = distributors));
      expect(problems(payload)).toEqual(['zone_undeclared $.data.geography.distributors']);
      expect(v3(payload, { declare: { ...declare, timezone: 'Australia/Perth' } }).tariff.timezone).toBe(
        'Australia/Perth',
      );
    },
  );
});

test('what the model cannot say is listed', () => {
  const payload = plan(
    [
      flat('0.3'),
      { rateBlockUType: 'demandCharges', displayName: 'Summer demand', demandCharges: [{ amount: '0.2' }] },
    ],
    {
      controlledLoad: { displayName: 'Hot water' },
      discounts: [{ displayName: '15% off usage', type: 'GUARANTEED' }],
      fees: [{ type: 'CONNECTION' }, { type: 'DISCONNECTION' }],
      solarFeedInTariff: [{ displayName: 'Single rate FiT' }],
    },
  );
  expect(v3(payload).tariff.not_expressed).toEqual([
    { code: 'demand_charge', detail: 'a charge on the highest demand: Summer demand' },
    { code: 'controlled_load', detail: 'circuits switched by the network have rates of their own: Hot water' },
    { code: 'discount', detail: 'taken off the bill: 15% off usage' },
    { code: 'fee', detail: 'charged for events, not for energy: CONNECTION; DISCONNECTION' },
    { code: 'feed_in_tariff', detail: 'paid for export, which is a tariff of its own: Single rate FiT' },
  ]);
});

test.each([
  [
    { data: { planId: 'G', fuelType: 'GAS', electricityContract: { tariffPeriod: [flat('0.1')] } } },
    'unknown_value $.data.fuelType',
  ],
  [
    { errors: [{ code: 'urn:au-cds:error:cds-all:Header/UnsupportedVersion', title: 'Unsupported Version' }] },
    'error_body $',
  ],
  [plan([]), 'missing $.data.electricityContract.tariffPeriod'],
])('%j is refused', (payload, problem) => expect(problems(payload)).toEqual([problem]));

test('what is only listed may be written in any way', () =>
  expect(v3(plan(flat('0.3'), { discounts: null, fees: ['none'], controlledLoad: [] })).tariff.not_expressed).toEqual([
    { code: 'fee', detail: 'charged for events, not for energy' },
  ]));

const account = (at: string, plans: Json[], meter_point_id: string | null = null) =>
  applyAgreement(
    'cdr-account',
    { data: { accountId: '1', plans } },
    { now: Temporal.Instant.from(at), timezone: 'Australia/Sydney', supply: { meter_point_id } },
  );

describe('the contract of a CDR account', () => {
  const held = (startDate: string, endDate: string | undefined, point = 'sp-1', planId = 'HAR0001@EME'): Json => ({
    planId,
    servicePointIds: [point],
    planOverview: { displayName: 'Harbour Saver', startDate, ...(endDate && { endDate }) },
  });
  const plans = [
    held('2024-01-01', '2025-01-01', 'sp-1', 'OLD'),
    held('2025-01-01', undefined),
    held('2023-01-01', undefined, 'sp-2', 'SHED'),
  ];

  test.each([
    ['2025-01-01T00:00:00+11:00', 'HAR0001@EME'],
    ['2024-12-31T23:59:59+11:00', 'OLD'],
  ])('is the plan in force for the service point at %s', (at, plan_id) =>
    expect(account(at, plans, 'sp-1')).toMatchObject({ ok: true, raw: { plan_id } }),
  );

  test('has dates, as local midnights', () => {
    const answer = account(now, plans, 'sp-1');
    const agreement = answer.ok ? answer.raw : null;
    expect(v3(plan(flat('0.3')), { agreement }).contract).toEqual({
      start_date: '2025-01-01T00:00:00+11:00',
      end_date: null,
    });
  });

  test.each<[string, Json[], string | null, string]>([
    ['two supplies and none named', plans, null, 'several_agreements_in_force'],
    ['another supply', plans, 'sp-3', 'no_agreement_in_force'],
    ['ended plans only', plans.slice(0, 1), null, 'no_agreement_in_force'],
  ])('is refused with %s', (_, list, meter, code) =>
    expect(account(now, list, meter)).toMatchObject({ ok: false, problems: [{ code, path: '$.data.plans' }] }),
  );
});

withSamples('real CDR plans', () => {
  const probes = (file: string) =>
    expected(file).probes as {
      local: string;
      tiers: { volume: string | null; aud_per_kwh_ex_gst: string; aud_per_kwh_inc_gst: string }[];
    }[];

  test.each([
    ['cdr-plan-v1', 'au-cdr/v1-ORI430485MRE2-seasonal-tou.json'],
    ['cdr-plan-v3', 'au-cdr/v3-1ST1018001MRE1-two-tier-P1D.json'],
    ['cdr-plan-v3', 'au-cdr/v3-GLO1003161MRE1-tou-with-tiers.json'],
    ['cdr-plan-v3', 'au-cdr/v3-OVO704318MRE19-4-season-tou.json'],
    ['cdr-plan-v3', 'au-cdr/v3-ergon-tariff12d.json'],
  ])('%s of %s agrees with an independent computation', (preset, file) => {
    const [without, included] = [undefined, 'included'].map((output_vat) =>
      accepted(preset, sample(file), { now, declare: { ...declare, ...(output_vat && { output_vat }) } }),
    );
    for (const { local, tiers } of probes(file)) {
      const limits = tiers.map(({ volume }) => (volume === null ? null : Number(volume)));
      expect([local, tiersAt(without!, local)]).toEqual([
        local,
        tiers.map((tier, index) => ({ to_kwh: limits[index], value: Number(tier.aud_per_kwh_ex_gst) })),
      ]);
      expect([local, tiersAt(included!, local)]).toEqual([
        local,
        tiers.map((tier, index) => ({ to_kwh: limits[index], value: Number(tier.aud_per_kwh_inc_gst) })),
      ]);
    }
  });

  test('a guaranteed discount is listed', () =>
    expect(v3(sample('au-cdr/v3-1ST672274MR-flat-discount.json')).tariff).toMatchObject({
      timezone: 'Australia/Melbourne',
      not_expressed: expect.arrayContaining([
        { code: 'discount', detail: expect.stringContaining('15% guaranteed discount') },
      ]),
    }));

  test('the regulator’s accounts, in the names of the interface', () => {
    const named = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(named)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value).map(([key, held]) => [
                key === 'AccountPlans' ? 'plans' : key.charAt(0).toLowerCase() + key.slice(1),
                named(held),
              ]),
            )
          : value;
    const { customers } = named(sample('au-cdr/mock-data-holder-accounts-seed.json')) as Json;
    const [first] = customers.flatMap(({ accounts }: Json) => accounts);
    expect(account('2022-06-01T00:00:00Z', first.plans)).toMatchObject({
      raw: {
        contract: { start_date: '2019-01-01', end_date: '2023-01-01' },
        tariff: { display_name: 'HOME SAVER PLAN' },
      },
    });
    expect(account(now, first.plans)).toMatchObject({ problems: [{ code: 'no_agreement_in_force' }] });
  });

  test('an error body stored as data is refused', () =>
    expect(problems(sample('au-cdr/v1-error-unsupported-version.json'))).toEqual(['error_body $']));
});
