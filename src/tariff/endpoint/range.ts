import type { Window } from '../window.ts';

type Refused = { ok: false; detail: string };

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;
const MOST_DAYS = 90;
const USUAL_DAYS = 7;

/** `from` and `to` of the query: RFC 3339 date-times with their offset, in order, at most 90 days apart. */
export function askedRange(query: URLSearchParams): { ok: true; asked: Partial<Window> } | Refused {
  const asked: Partial<Window> = {};
  for (const name of ['from', 'to'] as const) {
    const [text, ...more] = query.getAll(name);
    if (text === undefined) continue;
    if (more.length > 0) return { ok: false, detail: `${name} is given more than once.` };
    const instant = instantIn(text);
    if (!instant) {
      const plus = text.includes(' ') ? ' Write the + of an offset as %2B.' : '';
      return { ok: false, detail: `${name} is not an RFC 3339 date-time with its offset.${plus}` };
    }
    asked[name] = instant;
  }
  const { from, to } = asked;
  const detail = from && to ? orderProblem({ from, to }) : null;
  return detail === null ? { ok: true, asked } : { ok: false, detail };
}

/** What was left out: from the start of today where the tariff is, and a week of days from there. */
export function fullRange(
  asked: Partial<Window>,
  zone: string,
  now: Temporal.Instant,
): { ok: true; window: Window } | Refused {
  const from = asked.from ?? now.toZonedDateTimeISO(zone).startOfDay().toInstant();
  const to = asked.to ?? from.toZonedDateTimeISO(zone).add({ days: USUAL_DAYS }).toInstant();
  const detail = orderProblem({ from, to });
  return detail === null ? { ok: true, window: { from, to } } : { ok: false, detail };
}

function instantIn(text: string): Temporal.Instant | null {
  if (!INSTANT.test(text)) return null;
  try {
    return Temporal.Instant.from(text);
  } catch {
    return null;
  }
}

function orderProblem({ from, to }: Window): string | null {
  const hours = to.since(from).total('hours');
  if (hours <= 0) return 'from must be before to.';
  return hours > MOST_DAYS * 24 ? `from and to must be at most ${MOST_DAYS} days apart.` : null;
}
