import type { TariffProblem } from '../../tariff/model/problem.ts';
import { createDistribution, type Distribution, type Quartiles } from './distribution.ts';
import type { Comparison } from './invoiced.ts';
import type { Served, Verdict } from './verdict.ts';

/** Examples kept of each kind of trouble. */
const EXAMPLES = 5;

/** Where a supply stands in the list, and enough of its identifier to recognise it. */
export interface Named {
  at: string;
  supply: string;
}

export interface Refusals {
  code: string;
  count: number;
  examples: (Named & { path: string; detail: string })[];
}

export interface PriceSummary extends Quartiles {
  currency: string;
  direction: string;
}

export interface Difference extends Named {
  invoiced: number;
  served: number;
}

export interface InvoicedSummary {
  compared: number;
  equal: number;
  different: number;
  not_comparable: Record<string, number>;
  /** The served price as a multiple of the invoiced one, of those that differ. */
  ratio: Quartiles | null;
  examples: Difference[];
}

/** What an audit found out. */
export interface Findings {
  /** Supplies whose tariff was asked for. */
  read: number;
  served: number;
  refused: number;
  refusals: Refusals[];
  /** Supplies the source itself says may not be shared, by reason. */
  not_shareable: Record<string, number>;
  coverage: Record<string, number>;
  hours_known: Quartiles | null;
  /** Of the next 24 hours of every supply that could be served, weighted by time; per kWh. */
  prices: PriceSummary[];
  invoiced: InvoicedSummary | null;
}

export interface Tally {
  served(verdict: Verdict & { served: Served }, at: Temporal.Instant): void;
  refused(named: Named, problem: TariffProblem): void;
  notShareable(reason: string): void;
  compared(named: Named, comparison: Comparison): void;
  readonly read: number;
  readonly refusals: number;
  findings(): Findings;
}

/** Counts as it goes: what it holds does not grow with the number of supplies, but with what is different about them. */
export function createTally(withInvoiced: boolean): Tally {
  const counts = { served: 0, refused: 0 };
  const refusals = new Map<string, Refusals>();
  const notShareable: Record<string, number> = {};
  const coverage: Record<string, number> = {};
  const hours = createDistribution();
  const prices = new Map<string, { currency: string; direction: string; values: Distribution }>();
  const invoiced: InvoicedSummary = {
    compared: 0,
    equal: 0,
    different: 0,
    not_comparable: {},
    ratio: null,
    examples: [],
  };
  const ratios = createDistribution();

  const addPrices = ({ served, next }: Verdict & { served: Served }, at: Temporal.Instant): void => {
    const { currency, direction } = served.tariff;
    const name = `${currency} ${direction}`;
    const group = prices.get(name) ?? { currency, direction, values: createDistribution() };
    prices.set(name, group);
    const end = at.add({ hours: 24 }).epochMilliseconds;
    for (const { valid_from, valid_to, price } of next) {
      const from = Temporal.Instant.from(valid_from).epochMilliseconds;
      const to = Math.min(Temporal.Instant.from(valid_to).epochMilliseconds, end);
      if (to > from) group.values.add(price.value, to - from);
    }
  };

  return {
    get read() {
      return counts.served + counts.refused;
    },
    get refusals() {
      return counts.refused;
    },
    served(verdict, at) {
      const { status, reason, from, to, last_good, estimated_from } = verdict.served.coverage;
      counts.served += 1;
      count(coverage, reason === undefined ? status : `${status}: ${reason}`);
      if (last_good) count(coverage, 'last good answer');
      if (estimated_from !== undefined) count(coverage, 'with estimates');
      hours.add(Math.floor(Temporal.Instant.from(to).since(Temporal.Instant.from(from)).total('hours')));
      addPrices(verdict, at);
    },
    refused(named, { code, path, detail }) {
      counts.refused += 1;
      const known = refusals.get(code) ?? { code, count: 0, examples: [] };
      refusals.set(code, known);
      known.count += 1;
      if (known.examples.length < EXAMPLES) known.examples.push({ ...named, path, detail });
    },
    notShareable: (reason) => count(notShareable, reason),
    compared(named, comparison) {
      if (comparison.kind === 'not_comparable') {
        count(invoiced.not_comparable, comparison.reason);
        return;
      }
      invoiced.compared += 1;
      invoiced[comparison.kind] += 1;
      if (comparison.kind === 'equal') return;
      const { invoiced: billed, served } = comparison;
      if (billed !== 0) ratios.add(Number((served / billed).toFixed(4)));
      if (invoiced.examples.length < EXAMPLES) invoiced.examples.push({ ...named, invoiced: billed, served });
    },
    findings: () => ({
      read: counts.served + counts.refused,
      ...counts,
      refusals: [...refusals.values()].sort((left, right) => right.count - left.count),
      not_shareable: notShareable,
      coverage,
      hours_known: hours.summary(),
      prices: [...prices.values()].flatMap(({ currency, direction, values }) => {
        const summary = values.summary();
        return summary ? [{ currency, direction, ...summary }] : [];
      }),
      invoiced: withInvoiced ? { ...invoiced, ratio: ratios.summary() } : null,
    }),
  };
}

const count = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};
