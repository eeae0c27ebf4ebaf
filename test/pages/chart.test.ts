import { describe, expect, test } from '@jest/globals';
import { drawChart, roundLevels } from '../../src/pages/chart.ts';
import { tellPrices, type PriceStory } from '../../src/pages/price-story.ts';
import type { PricePointModel } from '../../src/pages/models.ts';
import { halfHours, PRICES } from '../../src/sandbox/preview/states.ts';

const ZONE = 'Europe/London';
const told = (points: PricePointModel[]): PriceStory => tellPrices(points, ZONE)!;

describe('the story of a day of prices', () => {
  test('joins neighbours of one price', () => {
    expect(told(halfHours([20, 20, 30, 20])).runs).toHaveLength(3);
  });

  test('does not join across a hole, nor an estimate to a price', () => {
    expect(told([...halfHours([20]), ...halfHours([20], '2026-09-21T19:30:00Z')]).runs).toHaveLength(2);
    expect(told([...halfHours([20]), ...halfHours([20], '2026-09-21T18:00:00Z', 0.5)]).runs).toHaveLength(2);
  });

  test('knows the first lowest and the first highest', () => {
    const { lowest, highest } = told(halfHours([20, 10, 30, 10, 30]));
    expect([lowest.from, highest.from]).toEqual(['2026-09-21T18:00:00Z', '2026-09-21T18:30:00Z']);
  });

  test('of negative prices has the most negative as the lowest', () => {
    expect(told(halfHours([-5, 0, -12])).lowest.value).toBe(-0.12);
  });

  test('is no story without a price', () => expect(tellPrices([], ZONE)).toBeNull());

  test.each([
    ['48 half-hours', 48, null],
    ['47, the first having begun', 47, null],
    ['28', 28, '2026-09-22T07:30:00Z'],
  ])('%s', (_what, count, knownUntil) => {
    expect(told(halfHours(Array<number>(count).fill(20))).knownUntil).toBe(knownUntil);
  });

  test.each([
    ['the clocks go back', '2026-10-24T17:30:00Z', true],
    ['the clocks go forward', '2026-03-28T18:30:00Z', true],
    ['an ordinary night', '2026-10-26T17:30:00Z', false],
  ])('notices when %s', (_what, start, expected) => {
    expect(told(halfHours(Array<number>(48).fill(20), start)).clockChange).toBe(expected);
  });
});

describe('the picture', () => {
  test('stays inside its frame', () => {
    const chart = drawChart(told(PRICES.points), ZONE);
    const numbers = [...chart.line.matchAll(/[MH](-?[\d.]+)/g)].map(([, x]) => Number(x));
    expect(Math.min(...numbers)).toBe(chart.left);
    expect(Math.max(...numbers)).toBe(chart.right);
    for (const { y } of [...chart.levels, chart.lowest, chart.highest]) {
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThan(chart.height - 20);
    }
  });

  test('marks the lowest below the highest', () => {
    const { lowest, highest } = drawChart(told(PRICES.points), ZONE);
    expect(lowest.y).toBeGreaterThan(highest.y);
  });

  test('hangs negative prices below zero', () => {
    const chart = drawChart(told(halfHours([-5, 10])), ZONE);
    expect(chart.lowest.y).toBeGreaterThan(chart.zero);
    expect(chart.highest.y).toBeLessThan(chart.zero);
  });

  test('gives half a day half the width', () => {
    const chart = drawChart(told(halfHours([10, ...Array<number>(23).fill(20)])), ZONE);
    const end = Math.max(...[...chart.line.matchAll(/H([\d.]+)/g)].map(([, x]) => Number(x)));
    expect(end).toBeCloseTo((chart.left + chart.right) / 2, 0);
  });

  test('leaves a hole where prices are missing', () => {
    const chart = drawChart(told([...halfHours([10]), ...halfHours([20], '2026-09-21T20:30:00Z')]), ZONE);
    expect(chart.line.match(/M/g)).toHaveLength(2);
  });

  test('names the hours of the supply, not of the server', () => {
    const hours = drawChart(told(PRICES.points), ZONE).hours.map(({ instant }) => instant);
    expect(hours).toEqual(['2026-09-21T23:00:00Z', '2026-09-22T05:00:00Z', '2026-09-22T11:00:00Z']);
  });

  test('shades estimates', () => {
    const points = [...halfHours([10, 20]), ...halfHours([30], '2026-09-21T18:30:00Z', 0.5)];
    expect(drawChart(told(points), ZONE).estimates).toHaveLength(1);
  });

  test.each([
    [0, 0.382, [0, 0.1, 0.2, 0.3, 0.4]],
    [0, 0.9, [0, 0.25, 0.5, 0.75, 1]],
    [-0.0099, 0.15, [-0.05, 0, 0.05, 0.1, 0.15]],
    [0, 0, [0, 0.25]],
    [0, 3, [0, 1, 2, 3]],
  ])('from %d to %d has the levels %j', (low, high, levels) => expect(roundLevels(low, high)).toEqual(levels));
});
