/**
 * What electricity can cost, per currency, in major units per kWh: `usual`, about what a household pays, and `limit`,
 * beyond the highest price (up or down) that markets there allow. Orders of magnitude, not statistics: they tell pence
 * from pounds and megawatt-hours from kilowatt-hours. A currency not listed needs a declared `price_limit`.
 */
export interface PriceBounds {
  usual: number;
  limit: number;
}

const BOUNDS: Record<string, [usual: number, limit: number]> = {
  EUR: [0.25, 6],
  GBP: [0.27, 6],
  USD: [0.17, 10],
  AUD: [0.33, 25],
  NZD: [0.3, 25],
  CAD: [0.15, 5],
  CHF: [0.28, 6],
  SEK: [1.5, 60],
  NOK: [1.3, 60],
  DKK: [2.5, 50],
  ISK: [20, 500],
  PLN: [0.9, 25],
  CZK: [6, 150],
  HUF: [50, 2400],
  RON: [1.3, 30],
  BGN: [0.25, 12],
  RSD: [12, 600],
  UAH: [4.3, 100],
  TRY: [3, 60],
  ILS: [0.6, 10],
  JPY: [31, 600],
  KRW: [200, 2000],
  TWD: [3, 30],
  CNY: [0.6, 6],
  HKD: [1.3, 15],
  SGD: [0.3, 6],
  MYR: [0.45, 5],
  THB: [4.4, 40],
  PHP: [11, 100],
  IDR: [1450, 15000],
  VND: [2200, 20000],
  INR: [7, 50],
  ZAR: [3, 30],
  AED: [0.35, 4],
  SAR: [0.2, 3],
  BRL: [0.8, 10],
  MXN: [1.5, 40],
  CLP: [150, 5000],
  COP: [800, 10000],
  PEN: [0.7, 8],
};

export function boundsOf(currency: string): PriceBounds | null {
  const [usual, limit] = BOUNDS[currency] ?? [];
  return usual === undefined || limit === undefined ? null : { usual, limit };
}
