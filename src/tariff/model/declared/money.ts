import { Exact as decimal, toNumber, type Exact } from '../decimals.ts';
import { problem, type TariffProblem } from '../problem.ts';
import type { MappedMoney } from './mapped.ts';
import type { VatBasis } from './vat.ts';

/** A price in the source's unit becomes major units on the served VAT basis; null with the problem noted. */
export function majorUnits(
  money: MappedMoney,
  divisor: number | string,
  basis: VatBasis,
  path: readonly PropertyKey[],
  problems: TariffProblem[],
): number | null {
  const own = basis.held === 'included' ? 'value_inc_vat' : 'value_exc_vat';
  if (money.value && money[own] && !money.value.eq(money[own])) {
    problems.push(problem('vat_contradiction', [...path, own], `differs from value, which holds VAT ${basis.held}`));
    return null;
  }
  const included = money.value_inc_vat ?? (basis.held === 'included' ? money.value : undefined);
  const excluded = money.value_exc_vat ?? (basis.held === 'excluded' ? money.value : undefined);
  if (included && excluded && !ratioHolds(excluded, included, basis.rate)) {
    const detail = `${included.toString()} with and ${excluded.toString()} without VAT do not differ by ${basis.rate.toString()}`;
    problems.push(problem('vat_ratio', path, detail));
    return null;
  }
  const factor = basis.rate.plus(1);
  const served =
    basis.served === 'included' ? (included ?? excluded?.times(factor)) : (excluded ?? included?.div(factor));
  if (!served) {
    problems.push(problem('missing', [...path, 'value'], 'required'));
    return null;
  }
  return toNumber(served.div(new decimal(divisor)));
}

/**
 * Sources print rounded numbers: half a unit in the last place they print is no contradiction, nor is a difference
 * below 0.2 %. Some day-ahead products put no VAT on a price of zero or below.
 */
function ratioHolds(excluded: Exact, included: Exact, rate: Exact): boolean {
  if (excluded.lte(0) && included.eq(excluded)) return true;
  const factor = rate.plus(1);
  const expected = excluded.times(factor);
  const places = Math.max(included.decimalPlaces(), excluded.decimalPlaces());
  const rounding = new decimal(10).pow(-places).div(2).times(factor.plus(1));
  return included
    .minus(expected)
    .abs()
    .lte(decimal.max(rounding, expected.abs().times('0.002')));
}
