import { html, type Html } from '../page/html.ts';
import { cheapestRun, SLOT_MINUTES, type Slot } from './next-day.ts';

const WIDTH = 358;
const HEIGHT = 190;
const LEFT = 30;
const TOP = 10;
const BOTTOM = 22;
/** What the word beside the first bar takes of the line of hours. */
const NOW_WIDTH = 44;
const plotWidth = WIDTH - LEFT;
const plotHeight = HEIGHT - TOP - BOTTOM;

const HUNDREDTHS: Record<string, string> = { GBP: 'p', EUR: 'ct', USD: '¢' };

/** What a hundredth of the currency is called. */
export const unitOf = (currency: string): string => HUNDREDTHS[currency] ?? `${currency}/100`;

/** 24 p, 24.5 p, 7.25 ct: hundredths of the currency, as households read prices. */
export function perUnit(value: number, currency: string): string {
  const number = (value * 100).toLocaleString('en-GB', { maximumFractionDigits: 2 });
  return `${number} ${unitOf(currency)}`;
}

export const clockTime = (at: Temporal.Instant, zone: string): string =>
  at.toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'minute' });

/** Round numbers that the bars stand between: 0 and a few steps, below it too when prices are negative. */
function grid(values: number[]): { low: number; high: number; lines: number[] } {
  const top = Math.max(0, ...values);
  const bottom = Math.min(0, ...values);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5].find((size) => (top - bottom) / size <= 5) ?? 10;
  const low = Math.floor(bottom / step + 1e-9) * step;
  const high = Math.max(step, Math.ceil(top / step - 1e-9) * step);
  const count = Math.round((high - low) / step);
  return { low, high, lines: Array.from({ length: count + 1 }, (_, index) => low + index * step) };
}

/** The third of the prices that is cheapest, the third that is dearest, and the rest. */
function toneOf(values: number[]): (value: number) => string {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  return (value) => {
    if (span === 0) return 'middle';
    const place = (value - low) / span;
    return place < 1 / 3 ? 'cheap' : place > 2 / 3 ? 'dear' : 'middle';
  };
}

/** Bars for the half-hours from now on, with hours below and money at the side. */
export function picture(day: Slot[], zone: string): Html {
  const values = day.flatMap(({ value }) => (value === null ? [] : [value]));
  const { low, high, lines } = grid(values);
  const tone = toneOf(values);
  const x = (index: number) => LEFT + (index * plotWidth) / day.length;
  const y = (value: number) => TOP + ((high - value) / (high - low)) * plotHeight;
  const round = (number: number) => Math.round(number * 100) / 100;

  const rules = lines.map(
    (line) =>
      html`<line class="rule" x1="${LEFT}" x2="${WIDTH}" y1="${round(y(line))}" y2="${round(y(line))}" />
        <text class="axis" x="${LEFT - 6}" y="${round(y(line)) + 4}" text-anchor="end"
          >${Math.round(line * 100)}</text
        >`,
  );
  const bars = day.map(({ value, confidence }, index) => {
    if (value === null)
      return html`<rect
        class="unknown"
        x="${round(x(index))}"
        y="${TOP}"
        width="${round(plotWidth / day.length)}"
        height="${plotHeight}"
      />`;
    const top = Math.min(y(value), y(0));
    const height = Math.max(1, Math.abs(y(value) - y(0)));
    const kind = `${tone(value)}${confidence < 1 ? ' estimate' : ''}`;
    return html`<rect
      class="${kind}"
      x="${round(x(index) + 0.5)}"
      y="${round(top)}"
      width="${round(plotWidth / day.length - 1)}"
      height="${round(height)}"
      rx="1"
    />`;
  });
  const marks = day.flatMap(({ from }, index) => {
    const { hour, minute } = from.toZonedDateTimeISO(zone);
    if (minute !== 0 || hour % 4 !== 0 || x(index) < x(0) + NOW_WIDTH) return [];
    return [
      html`<text class="axis" x="${round(x(index))}" y="${HEIGHT - 6}" text-anchor="middle"
        >${String(hour).padStart(2, '0')}</text
      >`,
    ];
  });
  return html`<svg
    class="prices"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Price of electricity over the next ${(day.length * SLOT_MINUTES) / 60} hours"
  >
    ${rules} ${bars}
    <text class="axis strong" x="${LEFT}" y="${HEIGHT - 6}">now</text>
    ${marks}
  </svg>`;
}

/** The same in words, for whoever cannot or need not see the picture. */
export function words(day: Slot[], currency: string, zone: string): Html {
  const known = day.flatMap(({ from, value }) => (value === null ? [] : [{ from, value }]));
  const [lowest] = known.toSorted((left, right) => left.value - right.value);
  const [highest] = known.toSorted((left, right) => right.value - left.value);
  if (!lowest || !highest) return html`<p>This tariff says nothing about the next 24 hours.</p>`;
  const now = day[0]?.value ?? null;
  const run = cheapestRun(day, 6);
  const fact = (name: string, value: string, detail: string) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value} <small>${detail}</small></dd>
    </div>`;
  const flat = lowest.value === highest.value;
  return html`<dl class="facts">
    ${now !== null && fact('Now', perUnit(now, currency), 'per kWh')}
    ${
      flat
        ? fact('All day', perUnit(lowest.value, currency), 'the same at every hour')
        : [
            fact('Lowest', perUnit(lowest.value, currency), `from ${clockTime(lowest.from, zone)}`),
            fact('Highest', perUnit(highest.value, currency), `from ${clockTime(highest.from, zone)}`),
            run &&
              fact(
                'Best three hours to charge',
                `${clockTime(run.from, zone)}–${clockTime(run.to, zone)}`,
                `${perUnit(run.mean, currency)} on average`,
              ),
          ]
    }
    ${known.length < day.length && fact('Not known yet', `${(day.length - known.length) / 2} h`, 'of the next 24')}
  </dl>`;
}
