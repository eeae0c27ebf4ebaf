/**
 * The spellings of a moment. Text with an offset is an instant; text without one is a local time whose zone somebody
 * must declare; a date alone is the start of that day. Anything else, `24:00` and leap seconds included, is malformed.
 */
const MOMENT =
  /^(?<date>\d{4}-\d{2}-\d{2})(?<time>T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?)?(?<offset>Z|[+-]\d{2}:?\d{2})?$/;

export type Moment =
  | { kind: 'instant'; at: Temporal.Instant; offset: string }
  | { kind: 'local'; at: Temporal.PlainDateTime }
  | { kind: 'date'; on: Temporal.PlainDate };

/** Null when the text is not a moment: malformed, or a day the calendar does not have. */
export function readMoment(text: string): Moment | null {
  const parts = MOMENT.exec(text)?.groups;
  if (!parts) return null;
  try {
    if (parts.time === undefined) {
      return parts.offset === undefined ? { kind: 'date', on: Temporal.PlainDate.from(text) } : null;
    }
    if (parts.offset === undefined) return { kind: 'local', at: Temporal.PlainDateTime.from(text) };
    return { kind: 'instant', at: Temporal.Instant.from(text), offset: parts.offset };
  } catch {
    return null;
  }
}

/** The instant in UTC (`2026-04-01T00:00:00Z`), or null when the text has no offset. */
export function utcText(text: string): string | null {
  const moment = readMoment(text);
  return moment?.kind === 'instant' ? moment.at.toString() : null;
}

/**
 * The canonical text of a contract's or a schedule's bound. An instant keeps its own offset; a date becomes the start
 * of that day in `zone`, written with the zone's offset so that the date stays readable. Null for anything else.
 */
export function boundText(text: string, zone: string): string | null {
  const moment = readMoment(text);
  if (moment === null || moment.kind === 'local') return null;
  if (moment.kind === 'date') return moment.on.toZonedDateTime(zone).toString({ timeZoneName: 'never' });
  if (moment.offset === 'Z') return moment.at.toString();
  return moment.at.toZonedDateTimeISO(moment.offset).toString({ timeZoneName: 'never' });
}
