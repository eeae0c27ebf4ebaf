import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { priceAt, pricesBetween } from '../../../src/tariff/model/prices.ts';
import type { SourceTariff } from '../../../src/tariff/model/provider-tariff.ts';
import { accepted, but, flat, type Json } from './fixtures.ts';

/**
 * Three views of one schedule must agree at every quarter of an hour: the series it becomes, the price asked for an
 * instant, and the schedule read by hand with the calendar of `Intl`, which shares nothing with the code under test.
 */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const QUARTER = 15 * 60_000;

const clock = (quarter: number): string => {
  const minutes = (quarter * 15) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:00`;
};

const dayOfWindows = fc.uniqueArray(fc.integer({ min: 1, max: 95 }), { maxLength: 5 }).chain((cuts) => {
  const bounds = [0, ...cuts.sort((left, right) => left - right), 96];
  const rates = fc.array(fc.integer({ min: -20, max: 60 }), {
    minLength: bounds.length - 1,
    maxLength: bounds.length - 1,
  });
  return rates.map((cents) =>
    cents.map((cent, index) => ({
      valid_from: clock(bounds[index]!),
      valid_to: clock(bounds[index + 1]!),
      rate: [{ to_kwh: null, value: cent / 100 }],
    })),
  );
});

const weekOfDays = fc.oneof(
  fc.tuple(dayOfWindows).map(([all]) => [{ days: ['All'], hours: all }]),
  fc.tuple(dayOfWindows, dayOfWindows).map(([weekday, weekend]) => [
    { days: ['Weekday'], hours: weekday },
    { days: ['Weekend'], hours: weekend },
  ]),
  fc.tuple(dayOfWindows, dayOfWindows, dayOfWindows).map(([weekday, saturday, sunday]) => [
    { days: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'], hours: weekday },
    { days: ['Saturday'], hours: saturday },
    { days: ['Sunday'], hours: sunday },
  ]),
);

const year = fc
  .tuple(weekOfDays, weekOfDays, fc.subarray(MONTHS, { minLength: 1, maxLength: 11 }))
  .map(([one, other, months]) => [
    { months, days_and_hours: one },
    { months: MONTHS.filter((month) => !months.includes(month)), days_and_hours: other },
  ]);

function readByHand(source: SourceTariff, parts: Record<string, string>): number {
  const weekday = parts.weekday ?? '';
  const weekend = weekday === 'Saturday' || weekday === 'Sunday';
  const time = `${parts.hour}:${parts.minute}:00`;
  const hours = source.tariff
    .schedules![0]!.schedule.filter(({ months }) => months.some((month) => month === parts.month))
    .flatMap(({ days_and_hours }) => days_and_hours)
    .filter(({ days }) =>
      days.some((day) => day === 'All' || day === weekday || day === (weekend ? 'Weekend' : 'Weekday')),
    )
    .flatMap((day) => day.hours)
    .filter(({ valid_from, valid_to }) => valid_from <= time && (valid_to === '00:00:00' || time < valid_to));
  expect(hours).toHaveLength(1);
  return hours[0]!.rate[0]!.value;
}

const cases = [
  ['Europe/London', '2026-03-29', 23],
  ['Europe/London', '2026-10-25', 25],
  ['Europe/Madrid', '2026-03-29', 23],
  ['Europe/Madrid', '2026-10-25', 25],
  ['Australia/Sydney', '2026-10-04', 23],
  ['Australia/Sydney', '2026-04-05', 25],
  ['Australia/Lord_Howe', '2026-10-04', 23.5],
  ['Australia/Lord_Howe', '2026-04-05', 24.5],
  ['Australia/Brisbane', '2026-10-04', 24],
  ['Europe/London', '2028-02-29', 24],
  ['Australia/Sydney', '2028-02-29', 24],
  ['Europe/Madrid', '2026-12-31', 24],
  ['Australia/Lord_Howe', '2026-12-31', 24],
] as const;

describe.each(cases)('%s around %s', (timezone, day, hours) => {
  const start = Temporal.PlainDate.from(day).toZonedDateTime(timezone);
  const from = start.subtract({ days: 1 }).toInstant();
  const to = start.add({ days: 2 }).toInstant();
  const quarters = Array.from({ length: (to.epochMilliseconds - from.epochMilliseconds) / QUARTER }, (_each, index) =>
    from.add({ milliseconds: index * QUARTER }),
  );
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    month: 'short',
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
  });
  const byHand = quarters.map((at) =>
    Object.fromEntries(format.formatToParts(at.epochMilliseconds).map(({ type, value }) => [type, value])),
  );

  test(`the day has ${hours} hours`, () =>
    expect(start.until(start.add({ days: 1 }), { largestUnit: 'hour' }).total('hours')).toBe(hours));

  test('series, instant and schedule agree at every quarter of an hour', () => {
    fc.assert(
      fc.property(year, (schedule) => {
        const raw: Json = but(flat(), (t) => {
          t.contract = { start_date: '2026-01-01', end_date: null };
          t.tariff.timezone = timezone;
          t.tariff.structure = 'TIME_OF_DAY';
          t.tariff.direction = 'EXPORT';
          t.tariff.schedules[0].schedule = schedule;
        });
        const source = accepted(raw);
        const series = pricesBetween(source, from, to);
        const fromSeries = series.flatMap(({ valid_from, valid_to, price }) => {
          const length = Temporal.Instant.from(valid_from).until(valid_to).total('milliseconds');
          return Array.from({ length: length / QUARTER }, () => price.value);
        });
        expect(series[0]?.valid_from).toBe(from.toString());
        expect(series.slice(1).map(({ valid_from }) => valid_from)).toEqual(
          series.slice(0, -1).map(({ valid_to }) => valid_to),
        );
        expect(fromSeries).toEqual(quarters.map((at) => priceAt(source, at)?.value));
        expect(fromSeries).toEqual(byHand.map((parts) => readByHand(source, parts)));
      }),
      { numRuns: 8 },
    );
  });
});
