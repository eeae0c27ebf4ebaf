import { describe, expect, test } from '@jest/globals';
import { priceAt, pricesBetween } from '../../../src/tariff/model/prices.ts';
import type { SourceTariff } from '../../../src/tariff/model/provider-tariff.ts';
import { accepted, but, flat, halfHours, night, tiered, type Json } from './fixtures.ts';

const at = (text: string) => Temporal.Instant.from(text);
const between = (source: SourceTariff, from: string, to: string) =>
  pricesBetween(source, at(from), at(to)).map(
    ({ valid_from, valid_to, price }) => `${valid_from.slice(5, 16)} ${valid_to.slice(5, 16)} ${price.value}`,
  );

describe('a schedule', () => {
  test.each([
    ['2026-01-14T00:29:00Z', 0.3],
    ['2026-01-14T00:30:00Z', 0.09],
    ['2026-01-14T04:29:59Z', 0.09],
    ['2026-01-14T04:30:00Z', 0.3],
    ['2026-07-14T23:30:00Z', 0.09],
    ['2026-07-14T03:30:00Z', 0.3],
  ])('at %s costs %d: windows are wall-clock time', (instant, value) =>
    expect(priceAt(accepted(night()), at(instant))).toEqual({ value, confidence: 1 }),
  );

  test('becomes a series cut at its own bounds and at the window asked for', () =>
    expect(between(accepted(night()), '2026-07-14T12:00:00Z', '2026-07-15T12:00:00Z')).toEqual([
      '07-14T12:00 07-14T23:00 0.3',
      '07-14T23:00 07-14T23:30 0.3',
      '07-14T23:30 07-15T03:30 0.09',
      '07-15T03:30 07-15T12:00 0.3',
    ]));

  test('the night clocks go forward is an hour shorter', () =>
    expect(between(accepted(night()), '2026-03-29T00:00:00Z', '2026-03-29T12:00:00Z')).toEqual([
      '03-29T00:00 03-29T00:30 0.3',
      '03-29T00:30 03-29T03:30 0.09',
      '03-29T03:30 03-29T12:00 0.3',
    ]));

  test('the night clocks go back is an hour longer', () =>
    expect(between(accepted(night()), '2026-10-24T23:00:00Z', '2026-10-25T12:00:00Z')).toEqual([
      '10-24T23:00 10-24T23:30 0.3',
      '10-24T23:30 10-25T04:30 0.09',
      '10-25T04:30 10-25T12:00 0.3',
    ]));

  test('a window that lies within the repeated hour happens twice', () => {
    const source = but(night(), (t) => {
      const [first, second, third] = t.tariff.schedules[0].schedule[0].days_and_hours[0].hours;
      Object.assign(first, { valid_to: '01:15:00' });
      Object.assign(second, { valid_from: '01:15:00', valid_to: '01:45:00' });
      Object.assign(third, { valid_from: '01:45:00' });
    });
    expect(between(accepted(source), '2026-10-24T23:00:00Z', '2026-10-25T04:00:00Z')).toEqual([
      '10-24T23:00 10-25T00:15 0.3',
      '10-25T00:15 10-25T00:45 0.09',
      '10-25T00:45 10-25T01:00 0.3',
      '10-25T01:00 10-25T01:15 0.3',
      '10-25T01:15 10-25T01:45 0.09',
      '10-25T01:45 10-25T04:00 0.3',
    ]);
  });

  test.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-07-01', 24],
  ])('%s has %d hours', (day, hours) => {
    const start = Temporal.PlainDate.from(day).toZonedDateTime('Europe/London');
    const [only] = pricesBetween(accepted(flat()), start.toInstant(), start.add({ days: 1 }).toInstant());
    expect(at(only!.valid_from).until(at(only!.valid_to)).total('hours')).toBe(hours);
  });

  test('a fixed-offset tariff has no such days', () => {
    const source = but(night(), (t) => (t.tariff.timezone = 'Etc/GMT'));
    expect(between(accepted(source), '2026-03-29T00:00:00Z', '2026-03-29T05:00:00Z')).toEqual([
      '03-29T00:00 03-29T00:30 0.3',
      '03-29T00:30 03-29T04:30 0.09',
      '03-29T04:30 03-29T05:00 0.3',
    ]);
  });

  test('seasons and kinds of day are those of the wall clock', () => {
    const rate = (value: number) => [{ valid_from: '00:00:00', valid_to: '00:00:00', rate: [{ value }] }];
    const source = but(flat(), (t) => {
      t.tariff.timezone = 'Australia/Sydney';
      t.tariff.schedules[0].schedule = [
        {
          months: ['Jan', 'Feb', 'Dec'],
          days_and_hours: [
            { days: ['Weekday'], hours: rate(0.4) },
            { days: ['Weekend'], hours: rate(0.3) },
          ],
        },
        {
          months: ['Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov'],
          days_and_hours: [{ days: ['All'], hours: rate(0.2) }],
        },
      ];
    });
    // 28 February 2026 is a Saturday; Sydney is eleven hours ahead.
    expect(between(accepted(source), '2026-02-27T10:00:00Z', '2026-03-01T00:00:00Z')).toEqual([
      '02-27T10:00 02-27T13:00 0.4',
      '02-27T13:00 02-28T13:00 0.3',
      '02-28T13:00 03-01T00:00 0.2',
    ]);
  });
});

describe('tiers', () => {
  test('the first tier is the price, and all of them come along', () => {
    const price = priceAt(accepted(tiered()), at('2026-05-12T12:00:00Z'));
    expect(price).toEqual({
      value: 0.31,
      confidence: 1,
      tiers: [
        { to_kwh: 10, value: 0.31 },
        { to_kwh: 20, value: 0.28 },
        { to_kwh: null, value: 0.25 },
      ],
    });
  });

  test('also in a series', () => {
    const [interval] = pricesBetween(accepted(tiered()), at('2026-05-12T12:00:00Z'), at('2026-05-12T13:00:00Z'));
    expect(interval?.price.tiers).toHaveLength(3);
  });
});

describe('a series', () => {
  const both = (): SourceTariff =>
    accepted(but(flat(), (t) => (t.tariff.prices = halfHours([0.21, 0.19]).tariff.prices)));

  test('wins over the schedule as far as it reaches', () =>
    expect(between(both(), '2026-05-12T09:00:00Z', '2026-05-12T12:00:00Z')).toEqual([
      '05-12T09:00 05-12T10:00 0.2835',
      '05-12T10:00 05-12T10:30 0.21',
      '05-12T10:30 05-12T11:00 0.19',
      '05-12T11:00 05-12T12:00 0.2835',
    ]));

  test('is cut at the bounds asked for', () =>
    expect(between(accepted(halfHours()), '2026-05-12T10:10:00Z', '2026-05-12T10:40:00Z')).toEqual([
      '05-12T10:10 05-12T10:30 0.21',
      '05-12T10:30 05-12T10:40 0.19',
    ]));

  test('ends where it ends', () => expect(priceAt(accepted(halfHours()), at('2026-05-12T13:00:00Z'))).toBeNull());

  test('with an open end goes on', () => {
    const source = accepted(but(halfHours([0.21, 0.19]), (t) => (t.tariff.prices[1].valid_to = null)));
    expect(priceAt(source, at('2026-12-01T00:00:00Z'))?.value).toBe(0.19);
  });

  test('carries its confidence', () => {
    const source = accepted(but(halfHours(), (t) => (t.tariff.prices[1].price.confidence = 0.7)));
    expect(priceAt(source, at('2026-05-12T10:45:00Z'))).toEqual({ value: 0.19, confidence: 0.7 });
  });
});

describe('the contract bounds everything', () => {
  const until = (end_date: string): Json => but(night(), (t) => (t.contract.end_date = end_date));

  test('nothing is known before it begins', () =>
    expect(between(accepted(flat()), '2025-12-31T23:00:00Z', '2026-01-01T01:00:00Z')).toEqual([
      '01-01T00:00 01-01T01:00 0.2835',
    ]));

  test('nor after it ends', () =>
    expect(between(accepted(until('2026-05-13')), '2026-05-12T12:00:00Z', '2026-05-14T00:00:00Z')).toEqual([
      '05-12T12:00 05-12T23:00 0.3',
    ]));

  test('its end is not part of it', () =>
    expect(priceAt(accepted(until('2026-05-13')), at('2026-05-12T23:00:00Z'))).toBeNull());
});

test('a change of rates inside the contract happens at local midnight', () => {
  const source = but(flat(), (t) => {
    const [one] = t.tariff.schedules;
    const next = structuredClone(one);
    next.schedule[0].days_and_hours[0].hours[0].rate[0].value = 0.25;
    t.tariff.schedules = [
      { ...one, valid_to: '2026-07-01' },
      { ...next, valid_from: '2026-07-01' },
    ];
  });
  expect(between(accepted(source), '2026-06-30T12:00:00Z', '2026-07-01T12:00:00Z')).toEqual([
    '06-30T12:00 06-30T23:00 0.2835',
    '06-30T23:00 07-01T12:00 0.25',
  ]);
});
