import type { Moment } from '../moments.ts';

/**
 * Closed interval ends name the last second (06:59:59) or the last minute (06:59) of an interval. Half-open ends are
 * one second or one minute later. Applied only where the provider declares closed ends.
 */
const stepAfter = (second: number): { seconds: 1 } | { minutes: 1 } =>
  second === 59 ? { seconds: 1 } : { minutes: 1 };

export function openMoment(moment: Moment): Moment {
  if (moment.kind === 'date') return moment;
  if (moment.kind === 'local') {
    const at = moment.at.round({ smallestUnit: 'second', roundingMode: 'floor' });
    return { kind: 'local', at: at.add(stepAfter(at.second)) };
  }
  const at = moment.at.round({ smallestUnit: 'second', roundingMode: 'floor' });
  return { ...moment, at: at.add(stepAfter(at.toZonedDateTimeISO('UTC').second)) };
}

/** `HH:MM:SS`; the end of the day comes out as 00:00:00. Malformed text is left for the schema to refuse. */
export function openClock(text: string): string {
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text)) return text;
  const time = Temporal.PlainTime.from(text);
  return time.add(stepAfter(time.second)).toString({ smallestUnit: 'second' });
}
