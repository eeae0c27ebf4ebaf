/** Wall clocks and instants. All zone arithmetic is Temporal's. */

/** The instants a wall clock shows `local`: one as a rule, two when clocks go back, none when they skip it. */
export function instantsOf(local: Temporal.PlainDateTime, zone: string): Temporal.Instant[] {
  const early = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const late = local.toZonedDateTime(zone, { disambiguation: 'later' });
  if (early.epochNanoseconds === late.epochNanoseconds) return [early.toInstant()];
  return early.toPlainDateTime().equals(local) ? [early.toInstant(), late.toInstant()] : [];
}

/** The instant at which clocks skip over `local`; null when `local` is not the very first of the skipped times. */
export function skipAt(local: Temporal.PlainDateTime, zone: string): Temporal.Instant | null {
  const after = local.toZonedDateTime(zone, { disambiguation: 'later' });
  const before = after.subtract({ nanoseconds: 1 });
  return before.offsetNanoseconds === after.offsetNanoseconds ? null : after.toInstant();
}

export const startOfDay = (date: Temporal.PlainDate, zone: string): Temporal.Instant =>
  date.toZonedDateTime(zone).toInstant();
