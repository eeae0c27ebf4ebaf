import { boundsOf, type PriceBounds } from '../bounds.ts';
import type { Declare } from '../declare.ts';
import { Exact } from '../decimals.ts';
import { problem, type TariffProblem } from '../problem.ts';
import type { SourceTariff } from '../provider-tariff.ts';
import { everyWindow } from '../windows.ts';

/**
 * Rule 8: a price that is out by the usual divisors (minor units, megawatt-hours) is refused, and the divisor that
 * would explain it is named. One price beyond the currency's limit is enough; so is a whole payload many times dearer,
 * or for a retail tariff many times cheaper, than electricity is. Negative prices and zero are legal.
 */
const DIVISORS = [100, 1000] as const;
/** The median of a payload beyond this many times the usual price is not a price: 4.1 p read as £4.10. */
const TOO_DEAR = 5;
/** A retail tariff whose dearest price is below this fraction of the usual one was divided once too often. */
const TOO_CHEAP = 1 / 50;
/** A standing charge per day is at most the price of this many kWh. */
const CHARGE_KWH = 40;

interface Found {
  value: number;
  path: PropertyKey[];
}

export function sanityProblems(source: SourceTariff, declare: Declare): TariffProblem[] {
  const found = pricesIn(source).filter(({ value }) => value !== 0);
  if (declare.price_limit !== undefined) return beyond(found, declare.price_limit, source, declare);
  const bounds = boundsOf(source.tariff.currency);
  if (!bounds) {
    const detail = `no bounds are known for ${source.tariff.currency}: declare price_limit`;
    return [problem('price_limit_undeclared', ['tariff', 'currency'], detail)];
  }
  const outliers = beyond(found, bounds.limit, source, declare);
  const prices = outliers.length > 0 ? outliers : magnitude(found, bounds, source, declare);
  return [...prices, ...chargeProblems(source, bounds, declare)];
}

function pricesIn({ tariff }: SourceTariff): Found[] {
  const rows = (tariff.prices ?? []).map(({ price }, index) => ({
    value: price.value,
    path: ['tariff', 'prices', index, 'price', 'value'],
  }));
  const rates = everyWindow(tariff.schedules ?? []).flatMap(({ window, path }) =>
    window.rate.map(({ value }, index) => ({ value, path: [...path, 'rate', index, 'value'] })),
  );
  return [...rows, ...rates];
}

function beyond(found: readonly Found[], limit: number, source: SourceTariff, declare: Declare): TariffProblem[] {
  const worst = extreme(found);
  if (!worst || Math.abs(worst.value) <= limit) return [];
  return [dear(worst, found, limit, source, declare)];
}

function magnitude(found: readonly Found[], { usual, limit }: PriceBounds, source: SourceTariff, declare: Declare) {
  const worst = extreme(found);
  if (!worst) return [];
  if (median(found) > usual * TOO_DEAR) return [dear(worst, found, limit, source, declare)];
  if (isRetail(source) && Math.abs(worst.value) < usual * TOO_CHEAP) {
    const fits = DIVISORS.filter((factor) => Math.abs(worst.value) * factor <= usual * TOO_DEAR);
    const detail = `${amount(worst, source)} is too little for electricity`;
    const divisors = fits.map((factor) => new Exact(declare.price_divisor).div(factor));
    return [problem('price_out_of_bounds', worst.path, detail + hint(divisors, declare))];
  }
  return [];
}

/** Wholesale, export and partial prices may be next to nothing; a household's whole price is not. */
const isRetail = ({ tariff }: SourceTariff): boolean =>
  tariff.direction === 'IMPORT' &&
  tariff.type === 'COMMODITY' &&
  (tariff.structure === 'FIXED' || tariff.structure === 'TIME_OF_DAY');

function dear(worst: Found, found: readonly Found[], limit: number, source: SourceTariff, declare: Declare) {
  const usual = boundsOf(source.tariff.currency)?.usual;
  const explains = DIVISORS.filter(
    (factor) =>
      Math.abs(worst.value) / factor <= limit && (usual === undefined || median(found) / factor <= usual * TOO_DEAR),
  );
  const detail = `${amount(worst, source)} is beyond what electricity costs`;
  const divisors = explains.map((factor) => new Exact(declare.price_divisor).times(factor));
  return problem('price_out_of_bounds', worst.path, detail + hint(divisors, declare));
}

const hint = (divisors: readonly Exact[], declare: Declare): string =>
  divisors.length === 0
    ? `; the declared price_divisor is ${declare.price_divisor}`
    : `; price_divisor ${divisors.map(String).join(' or ')} would explain it, declared is ${declare.price_divisor}`;

function chargeProblems({ tariff }: SourceTariff, { usual }: PriceBounds, declare: Declare): TariffProblem[] {
  const charge = tariff.standing_charge?.value ?? 0;
  if (Math.abs(charge) <= usual * CHARGE_KWH) return [];
  const divisor = new Exact(declare.standing_charge_divisor).times(100).toString();
  const detail = `${charge} ${tariff.currency} a day; is it in minor units? Then declare standing_charge_divisor ${divisor}`;
  return [problem('standing_charge_out_of_bounds', ['tariff', 'standing_charge', 'value'], detail)];
}

const amount = ({ value }: Found, { tariff }: SourceTariff): string => `${value} ${tariff.currency} per kWh`;

const extreme = (found: readonly Found[]): Found | undefined =>
  found.reduce<Found | undefined>(
    (worst, next) => (worst === undefined || Math.abs(next.value) > Math.abs(worst.value) ? next : worst),
    undefined,
  );

function median(found: readonly Found[]): number {
  const sizes = found.map(({ value }) => Math.abs(value)).sort((left, right) => left - right);
  return sizes[Math.floor((sizes.length - 1) / 2)] ?? 0;
}
