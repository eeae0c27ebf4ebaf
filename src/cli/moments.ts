/** Moments as operators read them, always in UTC. */

export const instantText = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');

export const dayText = (at: number | null): string => (at === null ? '-' : instantText(at).slice(0, 10));

/** For JSON. */
export const instantOrNull = (at: number | null): string | null => (at === null ? null : instantText(at));

export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;
