import { Decimal } from 'decimal.js';

/** Forty digits: more than any price, its divisor and its VAT need together, so that nothing is rounded on the way. */
export const Exact = Decimal.clone({ precision: 40 });
export type Exact = Decimal;

const NUMERAL = /^[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?$/;

export type Read = { ok: true; value: Exact } | { ok: false; code: 'unparsed_number' | 'not_finite' };

/**
 * A number, a decimal in a string, or several of either to be added up exactly (energy plus tax, rate plus
 * adjustment): sums made in a mapping's binary floating point would carry its noise into the price.
 */
export function readDecimal(value: unknown): Read {
  if (Array.isArray(value) && value.length > 0) {
    return value.reduce<Read>(
      (sum, addend) => {
        const read = Array.isArray(addend) ? ({ ok: false, code: 'unparsed_number' } as const) : readDecimal(addend);
        if (!sum.ok) return sum;
        return read.ok ? { ok: true, value: sum.value.plus(read.value) } : read;
      },
      { ok: true, value: new Exact(0) },
    );
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? { ok: true, value: new Exact(value) } : { ok: false, code: 'not_finite' };
  }
  if (typeof value === 'string' && NUMERAL.test(value)) return { ok: true, value: new Exact(value) };
  return { ok: false, code: 'unparsed_number' };
}

/** The JavaScript number nearest to the decimal; never a negative zero. */
export const toNumber = (value: Exact): number => value.toNumber() + 0;
