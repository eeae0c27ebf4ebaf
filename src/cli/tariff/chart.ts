import type { Paint, Style } from '../text.ts';
import type { Slot } from './slots.ts';

/** Lines of bars in the chart, above and below zero together. */
const HEIGHT = 8;
const EIGHTHS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];
const ESTIMATE = '░';
const UNKNOWN = '·';

/** Bars over a wall clock: one column a slot, dear ones red and cheap ones green where there are colours. */
export function chart(slots: readonly Slot[], paint: Paint): string[] {
  const values = slots.flatMap(({ value }) => (value === null ? [] : [value]));
  const scale = scaleOf(values);
  const tone = toneOf(values);
  const column = ({ value, estimate }: Slot, row: number): string => {
    const cell = value === null ? (row === 0 ? UNKNOWN : ' ') : cellOf(value / scale.unit, row, estimate);
    return cell === ' ' || value === null ? cell : paint(tone(value), cell);
  };
  const bars = (row: number) => slots.map((slot) => column(slot, row)).join('');
  const above = Array.from({ length: scale.above }, (_, index) => scale.above - 1 - index);
  const below = Array.from({ length: scale.below }, (_, index) => -1 - index);

  const axis = slots.map((_, index) => (isTick(slots, index) ? '┴' : '─')).join('');
  const labels = [scale.high === 0 ? '' : priceText(scale.high), priceText(scale.low)];
  const width = Math.max(...labels.map(({ length }) => length), 1);
  const line = (label: string, edge: string, rest: string) => `  ${label.padStart(width)} ${edge}${rest}`.trimEnd();
  return [
    ...above.map((row, index) => line(index === 0 ? (labels[0] ?? '') : '', '┤', bars(row))),
    line('0', '┼', axis),
    ...below.map((row, index) => line(index === below.length - 1 ? (labels[1] ?? '') : '', '┤', bars(row))),
    line('', ' ', hourLabels(slots)),
    line('', ' ', dayLabels(slots)),
  ];
}

/** Lines above and below zero, and what one of them is worth. */
function scaleOf(values: readonly number[]) {
  const high = Math.max(0, ...values);
  const low = Math.min(0, ...values);
  const span = high - low;
  if (span === 0) return { high, low, above: 1, below: 0, unit: 1 };
  const below = low === 0 ? 0 : Math.min(HEIGHT - 1, Math.max(1, Math.round((HEIGHT * -low) / span)));
  const above = high === 0 ? 1 : HEIGHT - below;
  return { high, low, above, below, unit: Math.max(high / above, below === 0 ? 0 : -low / below) };
}

/** What stands in a line of the chart, counted upwards from 0 above the axis and downwards from -1 below it. */
function cellOf(height: number, row: number, estimate: boolean): string {
  const filled = row >= 0 ? height - row : -height + row + 1;
  // A price of zero, or too small for the scale, is known all the same.
  if (row === 0 && height >= 0 && filled < 1 / 8) return estimate ? ESTIMATE : '▁';
  if (filled <= 0) return ' ';
  if (estimate) return ESTIMATE;
  if (filled >= 1) return '█';
  if (row < 0) return filled >= 0.5 ? '▀' : '▔';
  return EIGHTHS[Math.round(filled * 8) - 1] ?? '█';
}

/** The third of the span that is cheapest and the one that is dearest. */
function toneOf(values: readonly number[]): (value: number) => Style {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  return (value) => {
    const place = span === 0 ? 0.5 : (value - low) / span;
    return place < 1 / 3 ? 'green' : place > 2 / 3 ? 'red' : 'yellow';
  };
}

/** The first slot of every sixth hour, as the wall clock shows them. */
function isTick(slots: readonly Slot[], index: number): boolean {
  const hour = slots[index]?.from.hour ?? 1;
  return hour % 6 === 0 && slots[index - 1]?.from.hour !== hour;
}

function hourLabels(slots: readonly Slot[]): string {
  return placed(
    slots.flatMap(({ from }, at) => (isTick(slots, at) ? [{ at, text: String(from.hour).padStart(2, '0') }] : [])),
  );
}

function dayLabels(slots: readonly Slot[]): string {
  return placed(
    slots.flatMap(({ from }, at) =>
      at === 0 || (from.hour === 0 && isTick(slots, at))
        ? [{ at, text: from.toLocaleString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' }) }]
        : [],
    ),
  );
}

/** Texts at their columns; of two that would touch, the one that begins a day is worth more than the one before. */
function placed(labels: readonly { at: number; text: string }[]): string {
  return labels.reduce((line, { at, text }, index) => {
    const next = labels[index + 1];
    return next && at + text.length >= next.at ? line : line.padEnd(at) + text;
  }, '');
}

/** A price for people: at most four decimals, without noise. */
const priceText = (value: number): string => String(Number(value.toFixed(4)));
