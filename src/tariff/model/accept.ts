import { applyDeclared, type Declare } from './declare.ts';
import type { Accepted, TariffProblem } from './problem.ts';
import type { SourceTariff } from './provider-tariff.ts';
import { alignmentProblems } from './rules/alignment.ts';
import { answerProblem } from './rules/answer.ts';
import { contentProblems } from './rules/content.ts';
import { contractProblems } from './rules/contract.ts';
import { sanityProblems } from './rules/sanity.ts';
import { inDateOrder, scheduleDateProblems } from './rules/schedule-dates.ts';
import { scheduleDayProblems } from './rules/schedule-days.ts';
import { inOrder, seriesProblems } from './rules/series.ts';
import { tierProblems } from './rules/tiers.ts';

export type { Accepted, TariffProblem } from './problem.ts';
export { answerProblem } from './rules/answer.ts';

/** Enough to see what is wrong with a payload of thousands of rows. */
const MOST_PROBLEMS = 50;

/**
 * What a mapping or a canonical source gave becomes a tariff that may be served, or is refused with every problem
 * found: its shape first, then, when the shape is right, all rules together.
 * `now` decides whether the contract is in force; the payload itself, before mapping, is `answerProblem`'s to judge.
 */
export function acceptTariff(raw: unknown, declare: Declare, now: Temporal.Instant): Accepted {
  const nothing = answerProblem(raw);
  if (nothing) return { ok: false, problems: [nothing] };
  const declared = applyDeclared(raw, declare);
  const problems = declared.ok ? rulesBroken(declared.tariff, declare, now) : declared.problems;
  if (!declared.ok || problems.length > 0) return { ok: false, problems: problems.slice(0, MOST_PROBLEMS) };
  return { ok: true, tariff: ordered(declared.tariff) };
}

const rulesBroken = (source: SourceTariff, declare: Declare, now: Temporal.Instant): TariffProblem[] => [
  ...contentProblems(source),
  ...contractProblems(source, now),
  ...seriesProblems(source),
  ...scheduleDateProblems(source),
  ...scheduleDayProblems(source),
  ...alignmentProblems(source),
  ...tierProblems(source),
  ...sanityProblems(source, declare),
];

const ordered = ({ contract, tariff }: SourceTariff): SourceTariff => ({
  contract,
  tariff: {
    ...tariff,
    ...(tariff.prices && { prices: inOrder(tariff.prices) }),
    ...(tariff.schedules && { schedules: inDateOrder(tariff.schedules) }),
  },
});
