import type { PricesSource } from '../config/pack/pack.ts';
import { placeholdersOf } from '../config/pack/template.ts';

/** A stretch of time, [from, to). */
export interface Window {
  from: Temporal.Instant;
  to: Temporal.Instant;
}

/**
 * The window prices are asked for: whole days of `timezone`, so that all polls of a day ask the same question. Unless
 * the poller wants another stretch it runs from yesterday (the tariff's own zone may lie west of `timezone`) to a week
 * ahead.
 */
export function windowFor(
  wanted: Partial<Window>,
  now: Temporal.Instant,
  timezone: string,
): Window & { usual: boolean } {
  const midnight = (at: Temporal.Instant, days: number) =>
    at.toZonedDateTimeISO(timezone).startOfDay().add({ days }).startOfDay().toInstant();
  const compare = (left: Temporal.Instant, right: Temporal.Instant) => Temporal.Instant.compare(left, right);
  const usual = { from: midnight(now, -1), to: midnight(now, 8) };
  const from = wanted.from ?? usual.from;
  const to = wanted.to ?? [usual.to, midnight(from, 8)].sort(compare)[1] ?? usual.to;
  const within = compare(usual.from, from) <= 0 && compare(to, usual.to) <= 0;
  // Nothing lies between bounds in the wrong order; who asked is told so by others.
  if (within || compare(from, to) >= 0) return { ...usual, usual: true };
  const last = midnight(to, 0);
  return { from: midnight(from, 0), to: last.equals(to) ? to : midnight(to, 1), usual: false };
}

/** Whether a source's answer depends on the window at all; a book's does not. */
export function asksForWindow(source: PricesSource): boolean {
  if (source.source === 'module') return true;
  if (source.mapping !== null && /\$(from|to)\b/.test(source.mapping.expression)) return true;
  if (source.source === 'book') return false;
  const templates = [source.url, ...Object.values(source.headers), JSON.stringify(source.body ?? '')];
  return templates.flatMap(placeholdersOf).some((name) => name === 'from' || name === 'to');
}
