import type { Declare } from './declared/facts.ts';
import { mappedTariffSchema, type MappedTariff } from './declared/mapped.ts';
import { majorUnits } from './declared/money.ts';
import { declaredSchedule } from './declared/schedules.ts';
import { boundIn, priceSpans } from './declared/times.ts';
import { vatBasis, type VatBasis } from './declared/vat.ts';
import { toNumber } from './decimals.ts';
import { problemsOf, type Accepted, type TariffProblem } from './problem.ts';
import { sourceTariffSchema } from './provider-tariff.ts';

export { declareSchema, type Declare, type Estimate } from './declared/facts.ts';

/**
 * From what a mapping gives, in the source's own units and words, to the canonical tariff: divisor and VAT in
 * decimals, zone, currency and contents filled in, local times resolved, closed ends opened, blocks added up. Only
 * shapes are checked here; the rules are `acceptTariff`'s.
 */
export function applyDeclared(raw: unknown, declare: Declare): Accepted {
  const mapped = mappedTariffSchema.safeParse(raw);
  if (!mapped.success) return { ok: false, problems: problemsOf(mapped.error, raw) };
  const vat = vatBasis(mapped.data.tariff.vat, declare);
  if (!vat.ok) return vat;
  const problems: TariffProblem[] = [];
  const canonical = {
    ...mapped.data,
    contract: declaredContract(mapped.data.contract, declare, problems),
    tariff: declaredTariff(mapped.data.tariff, declare, vat.basis, problems),
  };
  if (problems.length > 0) return { ok: false, problems };
  const parsed = sourceTariffSchema.safeParse(canonical);
  return parsed.success
    ? { ok: true, tariff: parsed.data }
    : { ok: false, problems: problemsOf(parsed.error, canonical) };
}

function declaredContract(contract: MappedTariff['contract'], declare: Declare, problems: TariffProblem[]) {
  const { start_date, end_date } = contract;
  return {
    ...contract,
    start_date: boundIn(start_date, declare, ['contract', 'start_date'], problems),
    end_date: end_date == null ? null : boundIn(end_date, declare, ['contract', 'end_date'], problems),
  };
}

function declaredTariff(tariff: MappedTariff['tariff'], declare: Declare, basis: VatBasis, problems: TariffProblem[]) {
  const { schedules, prices, standing_charge, ...rest } = tariff;
  return {
    ...rest,
    currency: tariff.currency ?? declare.currency,
    timezone: tariff.timezone ?? declare.timezone,
    vat: { ...tariff.vat, included: basis.served === 'included', rate: toNumber(basis.rate) },
    price_includes: tariff.price_includes ?? declare.price_includes,
    not_expressed: tariff.not_expressed ?? [],
    ...(schedules && {
      schedules: schedules.map((schedule, index) =>
        declaredSchedule(schedule, declare, basis, ['tariff', 'schedules', index], problems),
      ),
    }),
    ...(prices && { prices: declaredPrices(prices, declare, basis, problems) }),
    ...(standing_charge && { standing_charge: declaredCharge(standing_charge, declare, basis, problems) }),
  };
}

function declaredPrices(
  rows: NonNullable<MappedTariff['tariff']['prices']>,
  declare: Declare,
  basis: VatBasis,
  problems: TariffProblem[],
) {
  const path = ['tariff', 'prices'];
  const spans = priceSpans(rows, declare, path, problems);
  return rows.map((row, index) => {
    const { value, value_inc_vat, value_exc_vat, confidence, ...rest } = row.price;
    const money = { value, value_inc_vat, value_exc_vat };
    const major = majorUnits(money, declare.price_divisor, basis, [...path, index, 'price'], problems);
    return { ...row, ...spans[index], price: { ...rest, value: major, confidence: confidence ?? 1 } };
  });
}

/** A standing charge has a VAT basis of its own; when it says nothing it is on the prices' basis. */
function declaredCharge(
  charge: NonNullable<MappedTariff['tariff']['standing_charge']>,
  declare: Declare,
  basis: VatBasis,
  problems: TariffProblem[],
) {
  const { value, value_inc_vat, value_exc_vat, vat_included, ...rest } = charge;
  const held = vat_included == null ? basis.held : vat_included ? 'included' : 'excluded';
  const served = declare.output_vat ?? (vat_included == null ? basis.served : held);
  const major = majorUnits(
    { value, value_inc_vat, value_exc_vat },
    declare.standing_charge_divisor,
    { ...basis, held, served },
    ['tariff', 'standing_charge'],
    problems,
  );
  return { ...rest, value: major, vat_included: served === 'included' };
}
