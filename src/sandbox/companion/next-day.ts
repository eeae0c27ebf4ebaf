import type { Schedule, Tariff } from './view.ts';

/** One stretch of the next 24 hours; `value` null where the tariff says nothing. Money in major units per kWh. */
export interface Slot {
  from: Temporal.Instant;
  value: number | null;
  confidence: number;
}

export const SLOT_MINUTES = 30;
const SLOTS = (24 * 60) / SLOT_MINUTES;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const within = (at: Temporal.Instant, from: Temporal.Instant, to: Temporal.Instant | null): boolean =>
  Temporal.Instant.compare(from, at) <= 0 && (to === null || Temporal.Instant.compare(at, to) < 0);

const monthMatches = (names: string[], local: Temporal.ZonedDateTime): boolean =>
  names.some((name) => name === 'All' || name.slice(0, 3) === MONTHS[local.month - 1]);

function dayMatches(names: string[], local: Temporal.ZonedDateTime): boolean {
  const today = DAYS[local.dayOfWeek - 1] ?? '';
  const kind = local.dayOfWeek <= 5 ? 'Weekday' : 'Weekend';
  return names.some((name) => name === 'All' || name === kind || today.startsWith(name.slice(0, 3)));
}

/** Half-open; `00:00:00` as an end is midnight. Times of one form compare as text. */
function hourMatches(hours: { valid_from: string; valid_to: string }, local: Temporal.ZonedDateTime): boolean {
  const time = local.toPlainTime().toString({ smallestUnit: 'second' });
  return hours.valid_from <= time && (hours.valid_to === '00:00:00' || time < hours.valid_to);
}

function scheduled(schedules: Schedule[], at: Temporal.Instant, zone: string): number | null {
  const local = at.toZonedDateTimeISO(zone);
  const value = schedules
    .filter((one) => within(at, one.valid_from, one.valid_to))
    .flatMap((one) => one.schedule.filter(({ months }) => monthMatches(months, local)))
    .flatMap((one) => one.days_and_hours.filter(({ days }) => dayMatches(days, local)))
    .flatMap((one) => one.hours.filter((hours) => hourMatches(hours, local)))
    .map((hours) => hours.rate[0]?.value)[0];
  return value ?? null;
}

/** What a kilowatt-hour costs in each half-hour of the 24 hours from now; the first tier where there are several. */
export function nextDay(tariff: Tariff, now: Temporal.Instant): Slot[] {
  const first = now.round({ smallestUnit: 'minute', roundingIncrement: SLOT_MINUTES, roundingMode: 'floor' });
  return Array.from({ length: SLOTS }, (_, index) => {
    const from = first.add({ minutes: index * SLOT_MINUTES });
    const price = (tariff.prices ?? []).find((one) => within(from, one.valid_from, one.valid_to))?.price;
    return {
      from,
      value: price?.value ?? scheduled(tariff.schedules ?? [], from, tariff.timezone),
      confidence: price?.confidence ?? 1,
    };
  });
}

/** The cheapest unbroken run of `slots` half-hours, or null where prices are missing. */
export function cheapestRun(
  day: Slot[],
  slots: number,
): { from: Temporal.Instant; to: Temporal.Instant; mean: number } | null {
  let best: { start: Slot; mean: number } | null = null;
  for (let index = 0; index + slots <= day.length; index += 1) {
    const values = day.slice(index, index + slots).flatMap(({ value }) => (value === null ? [] : [value]));
    const start = day[index];
    if (!start || values.length < slots) continue;
    const mean = values.reduce((sum, value) => sum + value, 0) / slots;
    if (!best || mean < best.mean - 1e-9) best = { start, mean };
  }
  return best && { from: best.start.from, to: best.start.from.add({ minutes: slots * SLOT_MINUTES }), mean: best.mean };
}
