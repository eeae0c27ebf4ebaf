import { acceptTariff } from '../../../src/tariff/model/accept.ts';
import { declareSchema, type Declare } from '../../../src/tariff/model/declare.ts';
import type { SourceTariff } from '../../../src/tariff/model/provider-tariff.ts';

/** Hand-written tariffs, each as a provider would send it. `JSON` values may be broken at will by the tests. */
export type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

export const NOW = Temporal.Instant.from('2026-05-12T11:00:00Z');

const heads = {
  provider_tariff_reference: 'HARBOUR-12',
  display_name: 'Harbour Fixed',
  direction: 'IMPORT',
  type: 'COMMODITY',
  currency: 'GBP',
  timezone: 'Europe/London',
  vat: { included: true, rate: 0.05 },
  price_includes: ['energy', 'network', 'levies', 'taxes'],
  not_expressed: [],
};

const contract = { start_date: '2026-01-01', end_date: '2027-01-01' };

const hour = (valid_from: string, valid_to: string, value: number) => ({
  valid_from,
  valid_to,
  rate: [{ to_kwh: null, value }],
});

/** One rate all day, every day. */
export const flat = (): Json => ({
  contract: { ...contract },
  tariff: {
    ...heads,
    structure: 'FIXED',
    schedules: [
      {
        valid_from: '2026-01-01',
        valid_to: null,
        schedule: [
          { months: ['All'], days_and_hours: [{ days: ['All'], hours: [hour('00:00:00', '00:00:00', 0.2835)] }] },
        ],
      },
    ],
  },
});

/** Cheap from 00:30 to 04:30 by the clock on the wall. */
export const night = (): Json => ({
  contract: { ...contract },
  tariff: {
    ...heads,
    display_name: 'Harbour Night',
    structure: 'TIME_OF_DAY',
    schedules: [
      {
        valid_from: '2026-01-01',
        valid_to: null,
        schedule: [
          {
            months: ['All'],
            days_and_hours: [
              {
                days: ['All'],
                hours: [
                  hour('00:00:00', '00:30:00', 0.3),
                  hour('00:30:00', '04:30:00', 0.09),
                  hour('04:30:00', '00:00:00', 0.3),
                ],
              },
            ],
          },
        ],
      },
    ],
  },
});

/** The first 10 kWh of a day dearer than the next 10, and those than the rest. */
export const tiered = (): Json => {
  const source = flat();
  const schedule = source.tariff.schedules[0];
  schedule.tier_period = 'P1D';
  schedule.schedule[0].days_and_hours[0].hours[0].rate = [
    { to_kwh: 10, value: 0.31 },
    { to_kwh: 20, value: 0.28 },
    { to_kwh: null, value: 0.25 },
  ];
  return source;
};

/** Half-hourly prices from 10:00 on 12 May, `values.length` of them. */
export const halfHours = (values: number[] = [0.21, 0.19, -0.02, 0, 0.33, 0.24]): Json => {
  const first = Temporal.Instant.from('2026-05-12T10:00:00Z');
  const at = (index: number) => first.add({ minutes: 30 * index }).toString();
  return {
    contract: { ...contract },
    tariff: {
      ...heads,
      display_name: 'Harbour Market',
      structure: 'DYNAMIC',
      prices: values.map((value, index) => ({
        valid_from: at(index),
        valid_to: at(index + 1),
        price: { value, confidence: 1 },
      })),
    },
  };
};

export const declared = (facts: Json = {}): Declare => declareSchema.parse(facts);

export function accepted(raw: unknown, facts: Json = {}, now = NOW): SourceTariff {
  const answer = acceptTariff(raw, declared(facts), now);
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
  return answer.tariff;
}

/** `code path` of every problem; empty when the tariff was accepted. */
export function refused(raw: unknown, facts: Json = {}, now = NOW): string[] {
  const answer = acceptTariff(raw, declared(facts), now);
  return answer.ok ? [] : answer.problems.map(({ code, path }) => `${code} ${path}`);
}

/** A changed copy: `change` may do to it what it likes. */
export function but(source: Json, change: (copy: Json) => void): Json {
  const copy = structuredClone(source);
  change(copy);
  return copy;
}
