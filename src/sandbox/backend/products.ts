import { halfHourPrices, type Window } from './curve.ts';

/** Great Britain: prices include 5 % VAT, and days are London's. */
export const ZONE = 'Europe/London';

export type Product = 'agile' | 'night' | 'fixed';

export interface Contract {
  start_date: string;
  end_date: string;
}

const startOf = (date: Temporal.PlainDate): string => date.toZonedDateTime(ZONE).toInstant().toString();

/** Signed in the spring or autumn before last, for a year: begun already, and far from its end, on any day. */
export function contractOf(today: Temporal.PlainDate): Contract {
  const start = today.subtract({ months: 3 }).with({ day: 1 });
  return { start_date: startOf(start), end_date: startOf(start.add({ years: 1 })) };
}

const everyDay = (hours: [from: string, to: string, value: number][]) => [
  {
    months: ['All'],
    days_and_hours: [
      {
        days: ['All'],
        hours: hours.map(([valid_from, valid_to, value]) => ({
          valid_from,
          valid_to,
          rate: [{ to_kwh: null, value }],
        })),
      },
    ],
  },
];

const NIGHT: [string, string, number][] = [
  ['00:00:00', '00:30:00', 0.2841],
  ['00:30:00', '05:30:00', 0.0725],
  ['05:30:00', '00:00:00', 0.2841],
];
const ALL_DAY: [string, string, number][] = [['00:00:00', '00:00:00', 0.2467]];

const STANDING_CHARGE: Record<Product, number> = { agile: 0.4785, night: 0.5012, fixed: 0.5336 };
const STRUCTURE: Record<Product, string> = { agile: 'DYNAMIC', night: 'TIME_OF_DAY', fixed: 'FIXED' };

/** Half-hourly prices are known two days ahead; nobody is told a price beyond. */
const PUBLISHED_AHEAD = Temporal.Duration.from({ hours: 48 });

/** The tariff of one supply as the adapter serves it to Flatpeak: already in the canonical shape. */
export function tariffOf(
  supply: { product: Product; name: string },
  contract: Contract,
  window: Window,
  now: Temporal.Instant,
) {
  const { product, name } = supply;
  const published = now.add(PUBLISHED_AHEAD);
  const to = Temporal.Instant.compare(window.to, published) < 0 ? window.to : published;
  const schedule = (hours: [string, string, number][]) => ({
    schedules: [{ valid_from: contract.start_date, valid_to: contract.end_date, schedule: everyDay(hours) }],
  });
  const rates = {
    agile: () => ({ prices: halfHourPrices({ from: window.from, to }, ZONE) }),
    night: () => schedule(NIGHT),
    fixed: () => schedule(ALL_DAY),
  };
  return {
    contract,
    tariff: {
      provider_tariff_reference: `EXAMPLE-${product.toUpperCase()}-GB`,
      display_name: name,
      direction: 'IMPORT',
      type: 'COMMODITY',
      structure: STRUCTURE[product],
      currency: 'GBP',
      timezone: ZONE,
      vat: { included: true, rate: 0.05 },
      price_includes: ['energy', 'network', 'levies', 'taxes'],
      ...rates[product](),
      standing_charge: { value: STANDING_CHARGE[product], vat_included: true },
      not_expressed: [],
    },
  };
}
