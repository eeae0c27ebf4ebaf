const currencies = new Set(Intl.supportedValuesOf('currency'));

/** ISO 4217, upper case. */
export const isCurrency = (value: string): boolean => currencies.has(value);

/**
 * A named IANA zone. A bare offset such as `+10:00` is not one: tariffs with a fixed offset name a zone without DST
 * (`Australia/Brisbane`, `Etc/GMT-10`).
 */
export function isZone(value: string): boolean {
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    new Temporal.ZonedDateTime(0n, value);
    return true;
  } catch {
    return false;
  }
}
