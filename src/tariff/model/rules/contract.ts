import { problem, type TariffProblem } from '../problem.ts';
import type { SourceTariff } from '../provider-tariff.ts';

/** Rule 11: the contract has begun, ends after it begins, and is not over. */
export function contractProblems({ contract }: SourceTariff, now: Temporal.Instant): TariffProblem[] {
  const start = Temporal.Instant.from(contract.start_date);
  const end = contract.end_date === null ? null : Temporal.Instant.from(contract.end_date);
  if (end && Temporal.Instant.compare(end, start) <= 0) {
    return [problem('contract_backwards', ['contract', 'end_date'], 'not after start_date')];
  }
  if (Temporal.Instant.compare(start, now) > 0) {
    return [problem('contract_not_started', ['contract', 'start_date'], 'in the future: not the agreement in force')];
  }
  if (end && Temporal.Instant.compare(end, now) <= 0) {
    return [problem('contract_ended', ['contract', 'end_date'], 'in the past: not the agreement in force')];
  }
  return [];
}
