import { Decimal } from 'decimal.js';

/** Numbers, money and dates as one reader writes them. Instants are RFC 3339; zones are IANA names. */
export interface Format {
  integer(value: number): string;
  /** A price in the unit readers compare tariffs in: pence where they say pence, else the currency itself. */
  price(perKwh: number, currency: string): Price;
  /** The bare number of such a price, for the scale of a picture. */
  level(perKwh: number, currency: string): string;
  /** What `level` counts: "p", "€". */
  sign(currency: string): string;
  /** "24 March 2027"; `when` is an instant, or a date alone, which means midnight in the zone. */
  date(when: string, timezone: string): string;
  /** `named` adds the zone's name, for the nights on which an hour comes twice. */
  time(instant: string, timezone: string, named?: boolean): string;
  /** "18:00", "6 PM": a full hour, for the scale of a picture. */
  hour(instant: string, timezone: string): string;
  /** "today", "tomorrow", counted in the zone's calendar days. */
  day(instant: string, today: string, timezone: string): string;
  list(parts: string[]): string;
}

/** With `unit` the amount is in it ("28.35", "p"); without, the amount names the currency itself ("€0.2835"). */
export interface Price {
  amount: string;
  unit: string | null;
}

/**
 * What readers call a hundredth of the currency when they compare prices of electricity; `*` is any other language.
 * A language without an entry expects the currency itself: a French bill says 0,2062 €/kWh.
 */
const HUNDREDTHS: Record<string, Record<string, string>> = {
  GBP: { '*': 'p' },
  EUR: { en: 'c', de: 'ct', nl: 'ct' },
  CHF: { de: 'Rp.', '*': 'ct.' },
  SEK: { '*': 'öre' },
  DKK: { '*': 'øre' },
  NOK: { '*': 'øre' },
  USD: { '*': '¢' },
  CAD: { '*': '¢' },
  AUD: { '*': 'c' },
  NZD: { '*': 'c' },
};

/** Prices are shown as they are: two digits as money has, and as many more as the tariff really states. */
const MINOR_DIGITS = { minimumFractionDigits: 2, maximumFractionDigits: 5 };
const MAJOR_DIGITS = { minimumFractionDigits: 2, maximumFractionDigits: 7 };

export function createFormat(locale: string): Format {
  const { language } = new Intl.Locale(locale);
  const integers = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const levels = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
  const minor = new Intl.NumberFormat(locale, MINOR_DIGITS);
  const money = memo((currency) => new Intl.NumberFormat(locale, { style: 'currency', currency, ...MAJOR_DIGITS }));
  const days = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const lists = new Intl.ListFormat(locale);
  const clocks = memo((zone) => new Intl.DateTimeFormat(locale, { timeZone: zone, timeStyle: 'short' }));
  // Where the clock has twelve hours "6 PM" is enough and "6:00 PM" too wide; elsewhere "18" alone is not a time.
  const hours = memo((zone) => {
    const hour = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: 'numeric' });
    return hour.resolvedOptions().hour12 === true ? hour : clocks(zone);
  });
  const namedClocks = memo(
    (zone) =>
      new Intl.DateTimeFormat(locale, {
        timeZone: zone,
        hour: 'numeric',
        minute: '2-digit',
        timeZoneName: 'short',
      }),
  );

  const symbol = (currency: string) =>
    money(currency)
      .formatToParts(0)
      .find(({ type }) => type === 'currency')?.value ?? currency;
  const unitOf = (currency: string) => HUNDREDTHS[currency]?.[language] ?? HUNDREDTHS[currency]?.['*'] ?? null;

  return {
    integer: (value) => integers.format(value),
    price: (perKwh, currency) => {
      const unit = unitOf(currency);
      return { amount: unit === null ? money(currency).format(perKwh) : minor.format(inHundredths(perKwh)), unit };
    },
    level: (perKwh, currency) => levels.format(unitOf(currency) === null ? perKwh : inHundredths(perKwh)),
    sign: (currency) => unitOf(currency) ?? symbol(currency),
    date: (when, timezone) =>
      new Intl.DateTimeFormat(locale, { timeZone: timezone, dateStyle: 'long' }).format(epoch(when, timezone)),
    time: (instant, timezone, named = false) =>
      (named ? namedClocks : clocks)(timezone).format(epoch(instant, timezone)),
    hour: (instant, timezone) => hours(timezone).format(epoch(instant, timezone)),
    day: (instant, today, timezone) => {
      const date = (text: string) => Temporal.Instant.from(text).toZonedDateTimeISO(timezone).toPlainDate();
      return days.format(date(today).until(date(instant)).days, 'day');
    },
    list: (parts) => lists.format(parts),
  };
}

/** In decimals, because 0.2835 × 100 is 28.349999999999998 in binary. */
const inHundredths = (value: number): number => new Decimal(value).times(100).toNumber();

function epoch(when: string, timezone: string): number {
  return when.includes('T')
    ? Temporal.Instant.from(when).epochMilliseconds
    : Temporal.PlainDate.from(when).toZonedDateTime(timezone).epochMilliseconds;
}

/** Making an Intl formatter costs more than using it, and a page shows a hundred times of day. */
function memo<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}
