import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyAgreement, applyPreset } from '../../../src/tariff/presets/apply.ts';
import { agreementPresets, presets } from '../../../src/tariff/presets/registry.ts';
import { agreement, fixture, type Json } from './support.ts';

/** Whatever a provider's system answers, a preset accepts or refuses it; it never throws, and always says why. */
const now = Temporal.Instant.from('2025-03-28T12:00:00Z');
const declare = { vat_rate: 0.05, price_includes: ['energy'] };

const week = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];
const hours = Array.from({ length: 24 }, () => 0);

/** One sound payload of each kind, with what is needed to read it. */
const sound: Record<string, { payload: Json; select?: Json; declare?: Json }> = {
  'price-series': {
    payload: { prices: [{ valid_from: '2025-03-28T00:00:00Z', value: '0.2' }] },
    declare: { currency: 'GBP', timezone: 'Europe/London', vat: 'included' },
  },
  'octopus-rest': {
    payload: {
      results: [{ value_exc_vat: 20, value_inc_vat: 21, valid_from: '2025-01-01T00:00:00Z', valid_to: null }],
    },
  },
  'kraken-graphql': {
    payload: {
      data: {
        account: {
          electricityAgreements: [
            {
              validFrom: '2025-01-01T00:00:00Z',
              validTo: null,
              tariff: { __typename: 'StandardTariff', unitRate: 21, isExport: false },
            },
          ],
        },
      },
    },
  },
  'kraken-graphql-de': {
    payload: {
      data: {
        account: {
          properties: [
            {
              electricityMalos: [
                {
                  agreements: [
                    {
                      validFrom: '2025-01-01T00:00:00Z',
                      product: { code: 'A' },
                      unitRateInformation: {
                        __typename: 'SimpleProductUnitRateInformation',
                        latestGrossUnitRateCentsPerKwh: '30',
                      },
                    },
                  ],
                },
              ],
            },
          ],
        },
      },
    },
  },
  'nord-pool': { payload: fixture('nord-pool.json'), select: { area: 'SE4' } },
  'entso-e': { payload: fixture('entso-e.xml'), declare: { timezone: 'Europe/Brussels' } },
  'energy-zero': {
    payload: {
      all_in_with_vat: [{ start: '2025-03-28T12:00:00Z', end: '2025-03-28T13:00:00Z', price: { value: '0.2' } }],
    },
  },
  'easy-energy': {
    payload: {
      prices: [
        {
          from: '2025-03-28T13:00:00',
          until: '2025-03-28T14:00:00',
          unit: 'kWh',
          priceIncVat: 0.1,
          energyTax: 0.1,
          purchasePrice: 0,
          invoicePrice: 0.2,
        },
      ],
    },
  },
  esios: {
    payload: {
      indicator: {
        tiempo: [{ name: 'Hora' }],
        values: [{ value: 44.98, datetime_utc: '2025-03-28T12:00:00Z', geo_id: 8741 }],
      },
    },
  },
  'dk-price-list': {
    payload: {
      records: [
        {
          ChargeOwner: 'A',
          GLN_Number: '1',
          ChargeType: 'D03',
          ChargeTypeCode: 'C',
          ValidFrom: '2025-01-01T00:00:00',
          ValidTo: null,
          VATClass: 'D02',
          Price1: 0.2,
        },
      ],
    },
    declare: { vat_rate: 0.25 },
  },
  'dk-spot': { payload: { records: [{ HourUTC: '2025-03-28T12:00:00', PriceArea: 'DK1', SpotPriceDKK: 400 }] } },
  'cdr-plan-v3': {
    payload: {
      data: {
        planId: 'A',
        effectiveFrom: '2024-01-01',
        electricityContract: {
          tariffPeriod: [
            {
              startDate: '10-05',
              endDate: '04-05',
              rateBlockUType: 'singleRate',
              singleRate: { rates: [{ unitPrice: '0.3', volume: 10 }, { unitPrice: '0.2' }], period: 'P1D' },
            },
            {
              startDate: '04-06',
              endDate: '10-04',
              rateBlockUType: 'timeOfUseRates',
              timeOfUseRates: [
                { rates: [{ unitPrice: '0.3' }], timeOfUse: [{ days: week, startTime: '2200', endTime: '2159' }] },
              ],
            },
          ],
        },
      },
    },
  },
  urdb: {
    payload: {
      label: 'a',
      name: 'A',
      startdate: 1704067200,
      energyratestructure: [[{ rate: 0.1, adj: 0.02 }]],
      energyweekdayschedule: Array.from({ length: 12 }, () => hours),
      energyweekendschedule: Array.from({ length: 12 }, () => hours),
    },
    declare: { timezone: 'America/New_York', vat_rate: 0 },
  },
};

/** Every place in a payload, as a list of steps. */
const places = (value: unknown, at: PropertyKey[] = []): PropertyKey[][] =>
  typeof value === 'object' && value !== null
    ? [
        at,
        ...Object.entries(value)
          .slice(0, 6)
          .flatMap(([key, held]) => places(held, [...at, key])),
      ]
    : [at];

const changed = (payload: Json, place: PropertyKey[], value: unknown): unknown => {
  const [last, ...before] = [...place].reverse();
  if (last === undefined) return value;
  const copy = structuredClone(payload);
  const parent = before.reverse().reduce<Json>((held, step) => held[step as string] as Json, copy);
  parent[last as string] = value;
  return copy;
};

/** What breaks naive readers: extremes of time and number, and values of another type. */
const nasty = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    '-271821-04-20T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '0000-01-01T00:00:00',
    '2025-02-30T00:00:00Z',
    '24:00',
    '1e99',
    '-0',
    1e308,
    -1e-300,
    9007199254740991,
    9007199254740993,
    8.64e12,
    '02-29',
    '__proto__',
    'constructor',
    [[]],
    { '#text': 'x' },
  ),
);

describe.each(Object.keys(sound))('%s', (name) => {
  const { payload, select = {}, declare: more = {} } = sound[name]!;
  const read = (body: unknown) => applyPreset(name, body, { select, declare: { ...declare, ...more }, agreement, now });

  test('accepts its sound payload', () => expect(read(payload)).toMatchObject({ ok: true }));

  test('accepts or refuses any other, and never throws', () =>
    fc.assert(
      fc.property(fc.constantFrom(...places(payload)), nasty, (place, value) => {
        const answer = read(changed(payload, place, value));
        if (answer.ok) return;
        expect(answer.problems.length).toBeGreaterThan(0);
        for (const { code } of answer.problems) expect(code).toMatch(/^[a-z_]+$/);
      }),
      { numRuns: 150 },
    ));
});

test('every preset is tried', () =>
  expect([...presets.keys()].filter((name) => !(name in sound))).toEqual(['canonical', 'cdr-plan-v1']));

test('agreements are accepted or refused, whatever comes', () =>
  fc.assert(
    fc.property(fc.constantFrom(...agreementPresets.keys()), fc.jsonValue(), (name, payload) => {
      expect(applyAgreement(name, payload, { now, timezone: 'Europe/London' })).toMatchObject({ ok: false });
    }),
  ));
