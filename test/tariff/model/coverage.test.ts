import { describe, expect, test } from '@jest/globals';
import { coverageOf } from '../../../src/tariff/model/coverage.ts';
import { withEstimate } from '../../../src/tariff/model/estimate.ts';
import { pricesBetween } from '../../../src/tariff/model/prices.ts';
import { accepted, but, flat, halfHours, NOW, type Json } from './fixtures.ts';

const hours = (count: number): Json =>
  halfHours(Array.from({ length: 2 * count }, (_each, index) => (10 + (index % 40)) / 100));
const at = (text: string) => Temporal.Instant.from(text);

describe('rule 2: the next 24 hours', () => {
  test('an open-ended schedule covers them and more', () =>
    expect(coverageOf(accepted(but(flat(), (t) => (t.contract.end_date = null))), NOW)).toEqual({
      from: '2026-05-12T11:00:00Z',
      to: '2026-08-10T11:00:00Z',
      required_to: '2026-05-13T11:00:00Z',
      status: 'complete',
      last_good: false,
    }));

  test('a series that reaches just as far is complete', () =>
    expect(coverageOf(accepted(hours(25)), NOW)).toMatchObject({ to: '2026-05-13T11:00:00Z', status: 'complete' }));

  test('a day-ahead series before publication is a normal state with a name', () =>
    expect(coverageOf(accepted(hours(12)), NOW)).toMatchObject({
      to: '2026-05-12T22:00:00Z',
      status: 'partial',
      reason: 'awaiting_publication',
    }));

  test('any other series that ends too early is not', () =>
    expect(coverageOf(accepted(but(hours(12), (t) => (t.tariff.structure = 'FIXED'))), NOW).reason).toBe('prices_end'));

  test('a series that is over covers nothing', () =>
    expect(coverageOf(accepted(hours(1)), NOW)).toMatchObject({
      from: '2026-05-12T11:00:00Z',
      to: '2026-05-12T11:00:00Z',
      status: 'partial',
      reason: 'nothing_known_now',
    }));

  test('a schedule goes on where the series ends', () => {
    const source = but(flat(), (t) => (t.tariff.prices = hours(3).tariff.prices));
    expect(coverageOf(accepted(source), NOW).status).toBe('complete');
  });

  test('a schedule that ends before the series begins again leaves a hole', () => {
    const source = but(flat(), (t) => {
      t.tariff.schedules[0].valid_to = '2026-05-12T09:00:00Z';
      t.tariff.prices = hours(3).tariff.prices;
    });
    const coverage = coverageOf(accepted(source, {}, at('2026-05-12T08:00:00Z')), at('2026-05-12T08:00:00Z'));
    expect(coverage).toMatchObject({ to: '2026-05-12T09:00:00Z', status: 'partial', reason: 'prices_end' });
  });

  test('prices that are not certain are said to be estimates from the first of them on', () => {
    const source = but(hours(30), (t) =>
      t.tariff.prices.slice(20).forEach((row: Json) => (row.price.confidence = 0.8)),
    );
    expect(coverageOf(accepted(source), NOW)).toMatchObject({
      status: 'complete',
      estimated_from: '2026-05-12T20:00:00Z',
    });
  });
});

describe('rule 11: the end of the contract', () => {
  test('inside the horizon ends coverage there', () =>
    expect(coverageOf(accepted(but(flat(), (t) => (t.contract.end_date = '2026-05-13'))), NOW)).toMatchObject({
      to: '2026-05-12T23:00:00Z',
      status: 'partial',
      reason: 'contract_ends',
    }));

  test('beyond it only ends what is known', () =>
    expect(coverageOf(accepted(but(flat(), (t) => (t.contract.end_date = '2026-05-20'))), NOW)).toMatchObject({
      to: '2026-05-19T23:00:00Z',
      status: 'complete',
    }));
});

describe('an estimate the provider has switched on', () => {
  const estimate = { from: 'previous_day', confidence: 0.5 } as const;
  // Known from 10:00 on the 12th for 18 hours, asked at 20:00: the estimate begins at 04:00 on the 13th.
  const now = at('2026-05-12T20:00:00Z');
  const from = '2026-05-13T10:00:00Z';
  const known = () => accepted(hours(24), {}, now);

  test('goes on with the prices of the day before, marked as such', () => {
    const source = withEstimate(known(), estimate, now);
    const values = (start: string, hoursLong: number) =>
      pricesBetween(source, at(start), at(start).add({ hours: hoursLong })).flatMap(({ valid_from, valid_to, price }) =>
        Array.from({ length: at(valid_from).until(valid_to).total('minutes') / 15 }, () => price.value),
      );
    expect(values(from, 10)).toEqual(values('2026-05-12T10:00:00Z', 10));
  });

  test('completes the coverage and says from where on', () =>
    expect(coverageOf(withEstimate(known(), estimate, now), now)).toMatchObject({
      status: 'complete',
      estimated_from: from,
    }));

  test('repeats certain prices only, and so ends where they do', () => {
    const source = withEstimate(accepted(hours(24), {}, now), { ...estimate, from: 'previous_week' }, now);
    expect(coverageOf(source, now)).toMatchObject({ to: from, status: 'partial', reason: 'awaiting_publication' });
  });

  test('is the same hour of the wall clock when clocks change in between', () => {
    const first = at('2026-03-28T00:00:00Z');
    const prices = Array.from({ length: 24 }, (_each, index) => ({
      valid_from: first.add({ hours: index }).toString(),
      valid_to: first.add({ hours: index + 1 }).toString(),
      price: { value: (10 + index) / 100, confidence: 1 },
    }));
    const noon = at('2026-03-28T12:00:00Z');
    const source = withEstimate(
      accepted(
        but(hours(1), (t) => (t.tariff.prices = prices)),
        {},
        noon,
      ),
      estimate,
      noon,
    );
    // 10:00 UTC on the 29th is 11:00 in London, as 11:00 UTC was on the 28th.
    const [interval] = pricesBetween(source, at('2026-03-29T10:00:00Z'), at('2026-03-29T10:15:00Z'));
    expect(interval?.price).toEqual({ value: 0.21, confidence: 0.5 });
  });

  test('does not outlive the contract', () => {
    const ending = accepted(
      but(hours(24), (t) => (t.contract.end_date = '2026-05-13T12:00:00Z')),
      {},
      now,
    );
    expect(coverageOf(withEstimate(ending, estimate, now), now)).toMatchObject({
      to: '2026-05-13T12:00:00Z',
      reason: 'contract_ends',
    });
  });

  test('changes nothing where prices are known', () => {
    const source = accepted(hours(48), {}, NOW);
    expect(withEstimate(source, estimate, NOW)).toBe(source);
  });
});
