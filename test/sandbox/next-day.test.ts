import { describe, expect, test } from '@jest/globals';
import { cheapestRun, nextDay } from '../../src/sandbox/companion/next-day.ts';
import { tariffSchema, type Tariff } from '../../src/sandbox/companion/view.ts';

const read = (tariff: Record<string, unknown>): Tariff =>
  tariffSchema.parse({
    contract: { start_date: '2026-01-01T00:00:00Z', end_date: null },
    tariff: { display_name: 'T', structure: 'FIXED', currency: 'GBP', timezone: 'Europe/London', ...tariff },
  }).tariff;

const hour = (valid_from: string, valid_to: string, value: number) => ({
  valid_from,
  valid_to,
  rate: [{ to_kwh: null, value }],
});
const schedule = (
  months: string[],
  days: string[],
  hours: unknown[],
  dates: [string, string | null] = ['2020-01-01T00:00:00Z', null],
) => ({
  valid_from: dates[0],
  valid_to: dates[1],
  schedule: [{ months, days_and_hours: [{ days, hours }] }],
});
const flat = (value: number) => [hour('00:00:00', '00:00:00', value)];
const values = (tariff: Tariff, now: string) => nextDay(tariff, Temporal.Instant.from(now)).map(({ value }) => value);

describe('the next 24 hours', () => {
  test('are 48 half-hours from the one that runs now', () => {
    const day = nextDay(
      read({ schedules: [schedule(['All'], ['All'], flat(0.25))] }),
      Temporal.Instant.from('2026-06-10T09:44:59Z'),
    );
    expect([day.length, String(day[0]?.from), String(day[47]?.from)]).toEqual([
      48,
      '2026-06-10T09:30:00Z',
      '2026-06-11T09:00:00Z',
    ]);
  });

  test('night hours are those of the tariff’s own clock, in summer too', () => {
    const night = [hour('00:00:00', '05:30:00', 0.07), hour('05:30:00', '00:00:00', 0.28)];
    const tariff = read({ schedules: [schedule(['All'], ['All'], night)] });
    const cheap = nextDay(tariff, Temporal.Instant.from('2026-06-10T12:00:00Z')).filter(({ value }) => value === 0.07);
    expect([cheap.length, String(cheap[0]?.from)]).toEqual([11, '2026-06-10T23:00:00Z']);
  });

  test.each([
    ['All', '2026-06-10T12:00:00Z', 1],
    ['Weekday', '2026-06-10T12:00:00Z', 1],
    ['Weekend', '2026-06-13T12:00:00Z', 1],
    ['Wednesday', '2026-06-10T12:00:00Z', 1],
    ['Wed', '2026-06-10T12:00:00Z', 1],
    ['Weekend', '2026-06-10T12:00:00Z', null],
    ['Thursday', '2026-06-10T12:00:00Z', null],
  ])('%s at %s: %p', (days, now, value) => {
    expect(values(read({ schedules: [schedule(['All'], [days], flat(1))] }), now)[0]).toBe(value);
  });

  test.each([
    ['Jun', 1],
    ['Jul', null],
  ])('month %s in June: %p', (month, value) => {
    expect(values(read({ schedules: [schedule([month], ['All'], flat(1))] }), '2026-06-10T12:00:00Z')[0]).toBe(value);
  });

  test('prices win over the schedule as far as they reach', () => {
    const price = {
      valid_from: '2026-06-10T12:00:00Z',
      valid_to: '2026-06-10T13:00:00Z',
      price: { value: -0.01, confidence: 0.8 },
    };
    const tariff = read({ prices: [price], schedules: [schedule(['All'], ['All'], flat(0.25))] });
    expect(values(tariff, '2026-06-10T12:00:00Z').slice(0, 4)).toEqual([-0.01, -0.01, 0.25, 0.25]);
  });

  test('a schedule ends when it says so, and nothing is made up behind it', () => {
    const until = schedule(['All'], ['All'], flat(0.25), ['2020-01-01T00:00:00Z', '2026-06-10T13:00:00Z']);
    expect(values(read({ schedules: [until] }), '2026-06-10T12:00:00Z').slice(0, 4)).toEqual([0.25, 0.25, null, null]);
  });
});

describe('the cheapest run', () => {
  const night = [
    hour('00:00:00', '02:00:00', 0.3),
    hour('02:00:00', '05:00:00', 0.1),
    hour('05:00:00', '00:00:00', 0.3),
  ];
  const day = (tariff: Record<string, unknown>) => nextDay(read(tariff), Temporal.Instant.from('2026-01-10T12:00:00Z'));

  test('is where the sum is lowest', () => {
    const run = cheapestRun(day({ schedules: [schedule(['All'], ['All'], night)] }), 6);
    expect([String(run?.from), String(run?.to)]).toEqual(['2026-01-11T02:00:00Z', '2026-01-11T05:00:00Z']);
  });

  test('is none where prices are missing', () => {
    expect(cheapestRun(day({}), 6)).toBeNull();
  });
});
