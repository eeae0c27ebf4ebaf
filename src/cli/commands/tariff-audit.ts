import type { Command } from 'commander';
import { instantOf } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import type { Pack } from '../../config/pack/pack.ts';
import { readCsv } from '../csv.ts';
import { percentage, positive } from '../options.ts';
import { createPace } from '../pace.ts';
import { createProgress } from '../progress.ts';
import { EXIT, UsageProblem, type ExitCode, type Surroundings } from '../surroundings.ts';
import { audit } from '../tariff/audit.ts';
import { auditReport } from '../tariff/audit-report.ts';
import { invoicedRates } from '../tariff/invoiced.ts';
import { openPack, openSources } from '../tariff/pack.ts';
import { populationOf, populationOfBook, sampled, type Member } from '../tariff/population.ts';
import type { Findings } from '../tariff/tally.ts';
import { paintFor, printable } from '../text.ts';

interface AuditOptions {
  sample: number;
  list?: string;
  invoiced?: string;
  maxPerSecond: number;
  tolerate: number;
  pack?: string;
  json?: true;
}

const EXAMPLES = `
The list is CSV with a header: supply_id (perhaps account_id, meter_point_id), sub, and any other column a claim of the
customer. Where supply_id is empty or missing, the customer's supplies are asked for first. The file of invoiced rates
has supply_id, unit_rate (major units per kWh, VAT as served) and perhaps at (RFC 3339); it is the list, too, when there
is no other. A pack whose supplies are a book needs none.

Examples:
  adapter tariff audit --pack ./pack --sample 5000 --list supplies.csv
  adapter tariff audit --sample 5000 --invoiced invoiced.csv --max-per-second 5 --json > audit.json

Exit code: 0 all could be served and agree with the invoices (but for what --tolerate allows), 1 not, 2 the command line
is wrong.`;

/** `tariff audit`: before launch, and after every release of the billing system. */
export function addTariffAudit(tariff: Command, surroundings: Surroundings, end: (code: ExitCode) => void): void {
  tariff
    .command('audit')
    .description('Reads many real supplies and says how many could be served, why others not, and at what prices.')
    .option('--sample <number>', 'how many supplies, spread evenly over the list', positive(1_000_000), 5000)
    .option('--list <file>', 'CSV of supplies or customers')
    .option('--invoiced <file>', 'CSV of last invoiced unit rates to compare with')
    .option('--max-per-second <number>', 'requests to your systems in a second, at most', positive(10_000, false), 20)
    .option('--tolerate <percent>', 'how many may be refused, or differ, and it is passed still', percentage, 0)
    .option('--pack <folder>', 'the provider pack (default: PROVIDER_PACK)')
    .option('--json', 'the findings as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: AuditOptions) => end(await runAudit(options, surroundings)));
}

async function runAudit(options: AuditOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { env, err, clock, sleep } = surroundings;
  const folder = options.pack ?? env.PROVIDER_PACK;
  if (!folder) throw new UsageProblem('name the pack with --pack or PROVIDER_PACK');
  const invoicedCsv = options.invoiced === undefined ? null : readCsv(options.invoiced);
  const listCsv = options.list === undefined ? invoicedCsv : readCsv(options.list);
  const invoiced = invoicedCsv && invoicedRates(invoicedCsv);
  const opened = await openPack(folder, surroundings, instantOf(clock));
  if (!opened.ok) {
    err.write(opened.problems.map(({ where, fix }) => `${printable(`${where} ${fix}`)}\n`).join(''));
    return EXIT.no;
  }
  const members = sampled(listCsv ? populationOf(listCsv) : bookOf(opened.pack), options.sample);

  const pace = createPace(options.maxPerSecond, clock, sleep);
  const requests = createPace(options.maxPerSecond, clock, sleep);
  const paced: Surroundings = {
    ...surroundings,
    // Retries, pages and token requests count, too.
    send: async (request) => {
      await requests();
      return surroundings.send(request);
    },
  };
  const progress = createProgress(err, clock);
  const sources = openSources(opened.pack, paced, createLog('silent'), clock);
  const startedAt = clock();
  try {
    const findings = await audit({
      members,
      sample: options.sample,
      sources,
      invoiced,
      now: () => instantOf(clock),
      turn: pace,
      onProgress: (done, tally) => progress.show(done, members.length, `${tally.refusals} refused`),
    });
    progress.clear();
    const passed = isPassed(findings, options.tolerate);
    print(findings, passed, { startedAt, options, surroundings });
    return passed ? EXIT.ok : EXIT.no;
  } finally {
    await sources.close();
  }
}

function bookOf(pack: Pack): Member[] {
  const members = populationOfBook(pack);
  if (members) return members;
  throw new UsageProblem(
    '--list names the supplies or customers: the supplies source answers for one customer at a time',
  );
}

/** Nothing read proves nothing. */
function isPassed({ read, refused, invoiced }: Findings, tolerated: number): boolean {
  const within = (count: number, of: number) => count * 100 <= tolerated * of;
  return read > 0 && within(refused, read) && (invoiced === null || within(invoiced.different, invoiced.compared));
}

function print(
  findings: Findings,
  passed: boolean,
  { startedAt, options, surroundings }: { startedAt: number; options: AuditOptions; surroundings: Surroundings },
): void {
  const { out, env, clock } = surroundings;
  if (options.json) {
    const seconds = Math.round((clock() - startedAt) / 1000);
    const at = Temporal.Instant.fromEpochMilliseconds(startedAt).toString();
    out.write(`${JSON.stringify({ passed, at, seconds, ...findings }, null, 2)}\n`);
    return;
  }
  out.write(`${auditReport(findings, passed, paintFor(out, env)).join('\n')}\n`);
}
