import { describe, expect, test } from '@jest/globals';
import { windowFor } from '../../../src/tariff/window.ts';

const at = (text: string) => Temporal.Instant.from(text);
const texts = (window: { from: Temporal.Instant; to: Temporal.Instant; usual: boolean }) => [
  window.from.toString(),
  window.to.toString(),
  window.usual,
];

const now = at('2025-03-29T15:30:00Z');

describe('the window prices are asked for', () => {
  test('runs from yesterday to a week ahead, in whole days of the zone, over the change of clocks', () => {
    expect(texts(windowFor({}, now, 'Europe/London'))).toEqual(['2025-03-28T00:00:00Z', '2025-04-05T23:00:00Z', true]);
  });

  test('is the same all day long', () => {
    const times = ['2025-03-29T00:00:00Z', '2025-03-29T12:00:00Z', '2025-03-29T23:59:59Z'].map(at);
    expect(new Set(times.map((time) => texts(windowFor({}, time, 'Europe/London')).join())).size).toBe(1);
  });

  test.each([
    [
      'a stretch within it',
      '2025-03-29T10:00:00Z',
      '2025-03-30T10:00:00Z',
      ['2025-03-28T00:00:00Z', '2025-04-05T23:00:00Z', true],
    ],
    [
      'a stretch before',
      '2025-01-01T10:00:00Z',
      '2025-01-02T10:00:00Z',
      ['2025-01-01T00:00:00Z', '2025-01-03T00:00:00Z', false],
    ],
    [
      'whole days before',
      '2025-01-01T00:00:00Z',
      '2025-01-02T00:00:00Z',
      ['2025-01-01T00:00:00Z', '2025-01-02T00:00:00Z', false],
    ],
    [
      'a stretch beyond',
      '2025-03-29T10:00:00Z',
      '2025-05-01T00:00:00Z',
      ['2025-03-29T00:00:00Z', '2025-05-01T23:00:00Z', false],
    ],
  ])('for %s', (_, from, to, expected) => {
    expect(texts(windowFor({ from: at(from), to: at(to) }, now, 'Europe/London'))).toEqual(expected);
  });

  test('from a later day on reaches a week beyond it', () => {
    expect(texts(windowFor({ from: at('2025-06-01T10:00:00Z') }, now, 'Europe/London'))).toEqual([
      '2025-05-31T23:00:00Z',
      '2025-06-08T23:00:00Z',
      false,
    ]);
  });

  test('is the usual one when there is nothing between the bounds', () => {
    expect(windowFor({ to: at('2020-01-01T00:00:00Z') }, now, 'Europe/London').usual).toBe(true);
  });
});
