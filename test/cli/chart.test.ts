import { describe, expect, test } from '@jest/globals';
import { chart } from '../../src/cli/tariff/chart.ts';
import { slotsOf, type Slot } from '../../src/cli/tariff/slots.ts';
import { pricesBetween } from '../../src/tariff/model/prices.ts';
import { accepted, halfHours, night } from '../tariff/model/fixtures.ts';

const plain = (_style: string, text: string) => text;
const start = Temporal.ZonedDateTime.from('2026-05-12T10:00[Europe/London]');
const slots = (...values: (number | null)[]): Slot[] =>
  values.map((value, index) => ({ from: start.add({ hours: index }), value, estimate: false }));
const draw = (list: Slot[]) => chart(list, plain).slice(0, -2).join('\n');

describe('slots', () => {
  const at = Temporal.Instant.from('2026-05-12T10:20:00Z');
  const day = (now: Temporal.Instant, source = accepted(halfHours())) =>
    pricesBetween(source, now, now.add({ hours: 2 }));

  test('begin where the wall clock is even, and hold the mean of what is known, weighted by time', () => {
    // 10 minutes at 0.21 and 30 at 0.19.
    const [first, second] = slotsOf(day(at), at, 'Europe/London', 2, 60);
    expect([String(first?.from.toPlainTime()), first?.value?.toFixed(4)]).toEqual(['11:00:00', '0.1950']);
    expect(second?.value?.toFixed(4)).toBe('-0.0100');
  });

  test('are half-hours where there is room', () =>
    expect(slotsOf(day(at), at, 'Europe/London', 2, 30).map(({ value }) => value)).toEqual([0.21, 0.19, -0.02, 0]));

  test('are even in zones whose hours are not those of UTC', () =>
    expect(String(slotsOf([], at, 'Asia/Kathmandu', 1, 60)[0]?.from.toPlainTime())).toBe('16:00:00'));

  test('without a price are unknown', () =>
    expect(slotsOf(day(at), at, 'Europe/London', 4, 60).map(({ value }) => value === null)).toEqual([
      false,
      false,
      false,
      true,
    ]));

  test('tell estimates', () => {
    const prices = day(at).map((each) => ({ ...each, price: { ...each.price, confidence: 0.5 } }));
    expect(slotsOf(prices, at, 'Europe/London', 1, 60)[0]?.estimate).toBe(true);
  });

  test('count the hours of a day on which clocks change', () => {
    const change = Temporal.Instant.from('2026-10-24T23:00:00Z');
    const source = accepted(night(), {}, change);
    const list = slotsOf(pricesBetween(source, change, change.add({ hours: 48 })), change, 'Europe/London', 48, 60);
    expect(list.slice(0, 4).map(({ from }) => from.hour)).toEqual([0, 1, 1, 2]);
    expect([list.length, list.at(-1)?.from.hour]).toEqual([48, 22]);
  });
});

describe('the chart', () => {
  test('is as high as the dearest price', () =>
    expect(draw(slots(0.4, 0.2, 0.1, 0.05, 0))).toBe(`  0.4 ┤█
      ┤█
      ┤█
      ┤█
      ┤██
      ┤██
      ┤███
      ┤████▁
    0 ┼──┴──`));

  test('goes below zero', () =>
    expect(draw(slots(0.3, -0.1, -0.03, -0.02))).toBe(`   0.3 ┤█
       ┤█
       ┤█
       ┤█
       ┤█
       ┤█
     0 ┼──┴─
       ┤ █▀▔
  -0.1 ┤ █`));

  test('of negative prices only has one line above zero', () =>
    expect(draw(slots(-0.1, null)).split('\n').slice(0, 3)).toEqual(['       ┤ ·', '     0 ┼──', '       ┤█']));

  test('tells what is not known from what costs nothing', () =>
    expect(
      draw(slots(0.1, null, 0))
        .split('\n')
        .at(-2),
    ).toBe('      ┤█·▁'));

  test('of a tariff that costs nothing is a line', () => expect(draw(slots(0, 0))).toBe('    ┤▁▁\n  0 ┼──'));

  test('marks estimates', () =>
    expect(draw([{ from: start, value: 0.1, estimate: true }]).split('\n')[0]).toBe('  0.1 ┤░'));

  test('names every sixth hour and every day', () =>
    expect(chart(slots(...Array.from({ length: 30 }, () => 0.1)), plain).slice(-2)).toEqual([
      '         12    18    00    06    12',
      '       Tue 12 May    Wed 13 May',
    ]));

  test('leaves a day out that ends before it can be named', () => {
    const late = slots(0.1, 0.1, 0.1, 0.1, 0.1).map((slot, index) => ({
      ...slot,
      from: start.add({ hours: 12 + index }),
    }));
    expect(chart(late, plain).at(-1)).toBe('         Wed 13 May');
  });

  test('says by colour which third of the span a price is in', () => {
    const drawn = chart(slots(0.3, 0.2, 0.1), (style, text) => (text === '█' ? (style[0] ?? '') : text));
    expect(drawn[7]).toBe('      ┤ryg');
  });
});
