import { startOfDay } from '../model/local-time.ts';
import { readMoment } from '../model/moments.ts';
import { refuse } from './preset.ts';

/** One agreement of a list, and where in the payload it stands. */
export interface Dated {
  from: string;
  to: string | null;
  path: readonly PropertyKey[];
}

/**
 * Rule 10: of the agreements of the right supply and direction, the one in force now. One that ends where it begins
 * never was; none and several are problems, and the order of the list means nothing.
 */
export function theOneInForce<Agreement extends Dated>(
  agreements: readonly Agreement[],
  now: Temporal.Instant,
  path: readonly PropertyKey[],
  zone?: string,
): Agreement {
  const current = agreements.filter(({ from, to, path: at }) => {
    const end = to === null ? null : bound(to, [...at, 'end'], zone);
    return !isAfter(bound(from, [...at, 'start'], zone), now) && (end === null || isAfter(end, now));
  });
  const [only, ...others] = current;
  if (only === undefined) return refuse('no_agreement_in_force', path, `none of ${agreements.length} holds now`);
  if (others.length > 0) {
    return refuse(
      'several_agreements_in_force',
      path,
      `${current.length} hold now; a selector must tell which is meant`,
    );
  }
  return only;
}

const isAfter = (left: Temporal.Instant, right: Temporal.Instant): boolean => Temporal.Instant.compare(left, right) > 0;

/** A date alone is local midnight (rule 11). */
function bound(text: string, path: readonly PropertyKey[], zone: string | undefined): Temporal.Instant {
  const moment = readMoment(text);
  if (moment?.kind === 'instant') return moment.at;
  if (moment?.kind !== 'date') return refuse('malformed_time', path, 'a date or an RFC 3339 date-time');
  if (zone === undefined) return refuse('zone_undeclared', path, 'a date: declare the timezone it is in');
  return startOfDay(moment.on, zone);
}
