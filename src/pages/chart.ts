import type { PriceRun, PriceStory } from './price-story.ts';

/** The next 24 hours as geometry for an SVG of `width` × `height`; views/parts/chart.ejs draws it. */
export interface Chart {
  width: number;
  height: number;
  left: number;
  right: number;
  /** SVG path data. A hole in the prices is a hole in the line. */
  line: string;
  area: string;
  zero: number;
  /** Horizontal lines at round values, in major currency units per kWh. */
  levels: { y: number; value: number }[];
  /** Marks below, at 0, 6, 12 and 18 o'clock of the supply's zone. */
  hours: { x: number; instant: string }[];
  lowest: Mark;
  highest: Mark;
  estimates: { x: number; width: number }[];
}

interface Mark {
  x: number;
  y: number;
}

const WIDTH = 320;
const HEIGHT = 152;
const LEFT = 42;
const RIGHT = WIDTH - 6;
const TOP = 12;
const BOTTOM = HEIGHT - 24;
/** Hours keep clear of the time at which the picture begins, at the left, and of the edge at the right. */
const AFTER_START = LEFT + 62;
const EDGE = WIDTH - 16;

const round = (value: number): number => Math.round(value * 10) / 10;
const epoch = (instant: string): number => Temporal.Instant.from(instant).epochMilliseconds;

export function drawChart(story: PriceStory, timezone: string): Chart {
  const { runs, lowest, highest } = story;
  const start = epoch(runs[0]?.from ?? lowest.from);
  // Always a whole day across, so that half a day of known prices looks like half a day.
  const end = Math.max(epoch(runs.at(-1)?.to ?? lowest.to), start + 24 * 3_600_000);
  const levels = roundLevels(Math.min(0, lowest.value), Math.max(0, highest.value));
  const bottom = levels[0] ?? 0;
  const top = levels.at(-1) ?? 1;

  const x = (instant: string) => round(LEFT + ((epoch(instant) - start) / (end - start)) * (RIGHT - LEFT));
  const y = (value: number) => round(BOTTOM - ((value - bottom) / (top - bottom)) * (BOTTOM - TOP));
  const mark = (run: PriceRun): Mark => ({ x: round((x(run.from) + x(run.to)) / 2), y: y(run.value) });
  const stretches = unbroken(runs);
  const steps = (stretch: PriceRun[]) => stretch.map((run) => `V${y(run.value)}H${x(run.to)}`).join('');
  const head = (stretch: PriceRun[]) => stretch[0] ?? lowest;

  return {
    width: WIDTH,
    height: HEIGHT,
    left: LEFT,
    right: RIGHT,
    line: stretches.map((s) => `M${x(head(s).from)} ${y(head(s).value)}${steps(s)}`).join(''),
    area: stretches.map((s) => `M${x(head(s).from)} ${y(0)}${steps(s)}V${y(0)}Z`).join(''),
    zero: y(0),
    levels: levels.map((value) => ({ y: y(value), value })),
    hours: roundHours(start, end, timezone)
      .map((instant) => ({ x: x(instant), instant }))
      .filter((hour) => hour.x >= AFTER_START && hour.x <= EDGE),
    lowest: mark(lowest),
    highest: mark(highest),
    estimates: runs
      .filter((run) => run.estimate)
      .map((run) => ({ x: x(run.from), width: round(x(run.to) - x(run.from)) })),
  };
}

function unbroken(runs: readonly PriceRun[]): PriceRun[][] {
  const stretches: PriceRun[][] = [];
  for (const run of runs) {
    const current = stretches.at(-1);
    if (current?.at(-1)?.to === run.from) current.push(run);
    else stretches.push([run]);
  }
  return stretches;
}

/** Three to five round values that enclose the range. */
export function roundLevels(low: number, high: number): number[] {
  const range = high - low > 0 ? high - low : 1;
  const magnitude = 10 ** Math.floor(Math.log10(range));
  const step =
    [0.2, 0.25, 0.5, 1, 2, 2.5, 5].map((part) => part * magnitude).find((size) => range / size <= 4) ?? range;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  // The twelfth digit on is the noise of binary fractions.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toFixed(12)));
}

function roundHours(start: number, end: number, timezone: string): string[] {
  const found: string[] = [];
  const first = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(timezone);
  let hour = first.round({ smallestUnit: 'hour', roundingMode: 'ceil' });
  while (hour.epochMilliseconds < end) {
    if (hour.hour % 6 === 0 && hour.minute === 0) found.push(hour.toInstant().toString());
    hour = hour.add({ hours: 1 });
  }
  return found;
}
