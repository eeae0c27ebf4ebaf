/** The present as epoch milliseconds. A part, not a global: tests and the tariff endpoint move it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

export const instantOf = (clock: Clock): Temporal.Instant => Temporal.Instant.fromEpochMilliseconds(clock());
