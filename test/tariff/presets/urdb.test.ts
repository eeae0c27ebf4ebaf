import { describe, expect, test } from '@jest/globals';
import { accepted, but, expected, refused, sample, tiersAt, withSamples, type Json } from './support.ts';

const now = '2026-05-12T12:00:00Z';
const declare = { timezone: 'America/New_York', price_includes: ['energy', 'network'] };

const always = (held: number): number[][] => Array.from({ length: 12 }, () => Array<number>(24).fill(held));

/** Dear from two to six on summer weekdays. */
const record = (): Json => ({
  label: 'abc123',
  name: 'Residential Harbour',
  utility: 'Harbour Power',
  startdate: 1767225600,
  energyratestructure: [
    [
      { rate: 0.1, adj: 0.02, max: 500, unit: 'kWh' },
      { rate: 0.2, adj: 0.02, unit: 'kWh' },
    ],
    [{ rate: 0.35, unit: 'kWh' }],
  ],
  energyweekdayschedule: always(0).map((hours, month) =>
    hours.map((held, hour) => (month >= 5 && month <= 7 && hour >= 14 && hour < 18 ? 1 : held)),
  ),
  energyweekendschedule: always(0),
});
const dearest = [{ to_kwh: null, value: 0.35 }];
const usual = [
  { to_kwh: 500, value: 0.12 },
  { to_kwh: null, value: 0.22 },
];

describe('a rate of the Utility Rate Database', () => {
  test.each([
    ['2026-07-15T13:59', usual],
    ['2026-07-15T14:00', dearest],
    ['2026-07-15T17:59', dearest],
    ['2026-07-15T18:00', usual],
    ['2026-07-18T15:00', usual],
    ['2026-05-13T15:00', usual],
  ])('costs at %s what rate and adjustment make, by tier', (local, tiers) =>
    expect(tiersAt(accepted('urdb', record(), { now, declare }), local)).toEqual(tiers),
  );

  test('joins hours and months that are alike', () => {
    const [schedule] = accepted('urdb', record(), { now, declare }).tariff.schedules ?? [];
    expect(schedule?.tier_period).toBe('P1M');
    expect(schedule?.schedule.map(({ months }) => months.length)).toEqual([9, 3]);
    expect(schedule?.schedule[1]?.days_and_hours.map(({ hours }) => hours.length)).toEqual([3, 1]);
  });

  test.each([
    ['has no threshold where max is 0', (payload: Json) => (payload.energyratestructure[0][1].max = 0), usual],
    [
      'counts tiers by day where it says so',
      (payload: Json) => payload.energyratestructure.flat().forEach((each: Json) => (each.unit = 'kWh daily')),
      usual,
    ],
  ])('%s', (_, change, tiers) =>
    expect(tiersAt(accepted('urdb', but(record(), change), { now, declare }), '2026-05-13T15:00')).toEqual(tiers),
  );

  test('has a standing charge only where it is per day', () => {
    const charged = (fixedchargefirstmeter: number, fixedchargeunits: string) => {
      const payload = { ...record(), fixedchargefirstmeter, fixedchargeunits };
      const { standing_charge, not_expressed } = accepted('urdb', payload, { now, declare }).tariff;
      return [standing_charge?.value, not_expressed];
    };
    expect(charged(0.6, '$/day')).toEqual([0.6, []]);
    expect(charged(18.38, '$/month')).toEqual([undefined, [{ code: 'fixed_charge', detail: '18.38 $/month' }]]);
  });

  test('lists demand charges, least bills and what is paid for export', () => {
    const payload = but(record(), (copy) => {
      Object.assign(copy, { flatdemandstructure: [[{ rate: 4 }]], mincharge: 7, annualmincharge: 0 });
      copy.fueladjustmentsmonthly = [0, 0.01, ...Array<number>(10).fill(0)];
      copy.energyratestructure[1][0].sell = 0.05;
    });
    const codes = accepted('urdb', payload, { now, declare }).tariff.not_expressed.map(({ code }) => code);
    expect(codes).toEqual(['demand_charge', 'mincharge', 'fueladjustmentsmonthly', 'sell_rate']);
  });

  test('is found in a list by its label', () => {
    const items = { items: [{ ...record(), label: 'other' }, record()] };
    expect(refused('urdb', items, { now, declare })).toEqual(['several_rates select.label']);
    expect(refused('urdb', items, { now, declare, select: { label: 'none' } })).toEqual([
      'selects_nothing select.label',
    ]);
    const found = accepted('urdb', items, { now, declare, select: { label: 'abc123' } });
    expect(found.tariff.provider_tariff_reference).toBe('abc123');
  });

  test.each<[string, (payload: Json) => void, string]>([
    [
      'tiers per kW',
      ({ energyratestructure }) => (energyratestructure[0][0].unit = 'kWh/kW'),
      'unknown_value $.energyratestructure[0][0].unit',
    ],
    [
      'tiers by day and by month',
      ({ energyratestructure }) => (energyratestructure[0][0].unit = 'kWh daily'),
      'tier_periods_differ $.energyratestructure',
    ],
    [
      'a period that is not there',
      ({ energyweekendschedule }) => (energyweekendschedule[2][5] = 7),
      'unknown_value $.energyweekendschedule[2][5]',
    ],
    [
      'eleven months',
      ({ energyweekdayschedule }) => energyweekdayschedule.pop(),
      'wrong_shape $.energyweekdayschedule',
    ],
    [
      'a day of 23 hours',
      ({ energyweekdayschedule }) => energyweekdayschedule[0].pop(),
      'wrong_shape $.energyweekdayschedule[0]',
    ],
    [
      'thresholds that fall',
      ({ energyratestructure }) => energyratestructure[0].unshift({ rate: 0.1, max: 600 }),
      'tier_not_rising $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[1].to_kwh',
    ],
  ])('is refused with %s', (_, change, problem) =>
    expect(refused('urdb', but(record(), change), { now, declare })[0]).toBe(problem),
  );

  test('is refused without a declared zone', () =>
    expect(refused('urdb', record(), { now, declare: { price_includes: ['energy'] } })).toEqual([
      'missing $.tariff.timezone',
    ]));
});

withSamples('real rates of the Utility Rate Database', () => {
  test.each(['urdb/ohio-power-RS-TOU.json', 'urdb/ohio-power-flat.json'])(
    '%s agrees with an independent computation',
    (file) => {
      const source = accepted('urdb', sample(file), { now: '2026-05-01T00:00:00Z', declare });
      const [schedule] = source.tariff.schedules ?? [];
      // The rate began in April; the probes ask what it would be in January.
      const always = {
        ...source,
        tariff: { ...source.tariff, schedules: [{ ...schedule!, valid_from: '2020-01-01T00:00:00Z' }] },
      };
      for (const { local, tiers } of expected(file).probes as Json[]) {
        expect([local, tiersAt(always, local)]).toEqual([
          local,
          tiers.map(({ max_kwh_per_month, usd_per_kwh }: Json) => ({
            to_kwh: max_kwh_per_month === null ? null : Number(max_kwh_per_month),
            value: Number(usd_per_kwh),
          })),
        ]);
      }
    },
  );
});
