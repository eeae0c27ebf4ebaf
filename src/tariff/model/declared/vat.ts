import { type Exact, Exact as decimal } from '../decimals.ts';
import { problem, type TariffProblem } from '../problem.ts';
import type { Declare } from './facts.ts';
import type { MappedTariff } from './mapped.ts';

/** What the source's prices hold, at which rate, and what is served. */
export interface VatBasis {
  held: 'included' | 'excluded';
  rate: Exact;
  served: 'included' | 'excluded';
}

export type VatFound = { ok: true; basis: VatBasis } | { ok: false; problems: TariffProblem[] };

const PATH = ['tariff', 'vat'];

/** The payload and the declaration may each say it; when both do they must agree. */
export function vatBasis(vat: MappedTariff['tariff']['vat'], declare: Declare): VatFound {
  const said = typeof vat?.included === 'boolean' ? (vat.included ? 'included' : 'excluded') : undefined;
  const held = said ?? declare.vat;
  const declaredRate = declare.vat_rate === undefined ? undefined : new decimal(declare.vat_rate);
  const rate = vat?.rate ?? declaredRate;
  const problems: TariffProblem[] = [];
  if (held === undefined) {
    problems.push(problem('vat_unknown', [...PATH, 'included'], 'say whether prices hold VAT, or declare vat'));
  }
  if (rate === undefined) {
    problems.push(
      problem('vat_rate_unknown', [...PATH, 'rate'], 'give the VAT rate of the supply, or declare vat_rate'),
    );
  }
  if (said !== undefined && declare.vat !== undefined && said !== declare.vat) {
    problems.push(
      problem('vat_contradiction', [...PATH, 'included'], `the payload says ${said}, declared is ${declare.vat}`),
    );
  }
  if (vat?.rate && declaredRate && !vat.rate.eq(declaredRate)) {
    const detail = `the payload says ${vat.rate.toString()}, declared is ${declaredRate.toString()}`;
    problems.push(problem('vat_contradiction', [...PATH, 'rate'], detail));
  }
  if (held === undefined || rate === undefined || problems.length > 0) return { ok: false, problems };
  return { ok: true, basis: { held, rate, served: declare.output_vat ?? held } };
}
