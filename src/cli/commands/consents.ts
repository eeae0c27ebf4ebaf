import { InvalidArgumentError, type Command } from 'commander';
import type { ConsentRecord } from '../../sharing/consent-history.ts';
import { counted, instantText } from '../moments.ts';
import { grantJson } from '../sharing/grant-json.ts';
import { withSharing } from '../store.ts';
import { EXIT, Refusal, UsageProblem, type ExitCode, type Surroundings } from '../surroundings.ts';

interface EraseOptions {
  customer: string;
  withdraw?: boolean;
  yes?: boolean;
  json?: boolean;
}

interface ExportOptions {
  customer?: string;
  audit?: boolean;
  from?: number;
  until?: number;
  evidence?: boolean;
}

const EXPORT_HELP = `
Of one customer, standard output gets one JSON document: every record, with what the page showed, and every grant. Treat
it as the personal data it is.

For an audit it gets one JSON object a line: what was agreed to, declined or ended, when, for which recipient, in which
language, with the version and hash of the text. "customer_key" is the same for all records of one customer and says
nothing of who it is. --evidence adds what the pages showed, which does.

Examples:
  adapter consents export --customer 4f2c81d0 > consents.json
  adapter consents export --audit --from 2026-01-01 --until 2027-01-01 > consents-2026.jsonl

Exit code: 0 exported, 1 some could not be opened (a key is missing), 2 the command line is wrong.`;

const ERASE_HELP = `
Erased are the values that consent pages showed, operators' notes, and what ended grants were bound to. What stays says
nothing of the person: that something was agreed to, declined or ended, when, for which recipient, the version and hash
of the text, and the look-up key, by which the same customer would be found again. Backups are yours to keep or not.

Examples:
  adapter consents erase --customer 4f2c81d0 --yes
  adapter consents erase --customer 4f2c81d0 --withdraw --yes

Exit code: 0 erased, 1 live grants are in the way, 2 the command line is wrong.`;

/** `consents`: the evidence of what customers agreed to. */
export function addConsents(program: Command, surroundings: Surroundings, end: (code: ExitCode) => void): void {
  const consents = program.command('consents').description('The evidence of what customers agreed to.');
  consents
    .command('export')
    .description('Writes out everything recorded of one customer, or of everybody for an audit.')
    .option('--customer <sub>', 'the subject your identity provider knows them by')
    .option('--audit', 'every record of everybody, without what pages showed')
    .option('--from <date>', 'with --audit: recorded from then on', toInstant)
    .option('--until <date>', 'with --audit: recorded before then', toInstant)
    .option('--evidence', 'with --audit: also what pages showed')
    .addHelpText('after', EXPORT_HELP)
    .action(async (options: ExportOptions) => end(await exported(options, surroundings)));
  consents
    .command('erase')
    .description('Erases the personal data in the evidence of one customer’s ended grants.')
    .requiredOption('--customer <sub>', 'the subject your identity provider knows them by')
    .option('--withdraw', 'end their live grants first')
    .option('--yes', 'really: it cannot be undone')
    .option('--json', 'the result as JSON')
    .addHelpText('after', ERASE_HELP)
    .action(async (options: EraseOptions) => end(await erase(options, surroundings)));
}

/** A date, meaning its midnight in UTC, or an instant (RFC 3339). */
function toInstant(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at) || !/^\d{4}-\d\d-\d\d/.test(text))
    throw new InvalidArgumentError('is no date such as 2026-01-31');
  return at;
}

function exported(options: ExportOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { customer, audit = false } = options;
  if ((customer === undefined) === !audit) throw new UsageProblem('either --customer or --audit');
  return customer === undefined ? auditOf(options, surroundings) : exportOf(customer, surroundings);
}

async function auditOf(options: ExportOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { from = 0, until = Number.MAX_SAFE_INTEGER, evidence: withEvidence = false } = options;
  return withSharing(surroundings, async ({ history }) => {
    let unreadable = 0;
    for await (const records of history.between(from, until)) {
      for (const record of records) {
        const { evidence, unreadable: why, ...rest } = asJson(record);
        if (why !== null) unreadable += 1;
        const line = {
          ...rest,
          customer_key: record.customerKey,
          ...(withEvidence ? { evidence, unreadable: why } : {}),
        };
        surroundings.out.write(`${JSON.stringify(line)}\n`);
      }
    }
    return withEvidence ? tellUnreadable(unreadable, surroundings) : EXIT.ok;
  });
}

function tellUnreadable(count: number, { err }: Surroundings): ExitCode {
  if (count === 0) return EXIT.ok;
  err.write(`${counted(count, 'record')} cannot be opened: a key is missing from ENCRYPTION_KEYS.\n`);
  return EXIT.no;
}

async function exportOf(customer: string, surroundings: Surroundings): Promise<ExitCode> {
  const { out, clock } = surroundings;
  const { records, grants } = await withSharing(surroundings, async ({ history, overview }) => ({
    records: await history.of(customer),
    grants: await overview.list({ customer }),
  }));
  const exported = {
    exported_at: instantText(clock()),
    customer,
    records: records.map(asJson),
    grants: grants.map(grantJson),
  };
  out.write(`${JSON.stringify(exported, null, 2)}\n`);
  return tellUnreadable(records.filter((record) => record.unreadable !== null).length, surroundings);
}

const asJson = (record: ConsentRecord) => ({
  record: record.id,
  event: record.event,
  recorded_at: instantText(record.recordedAt),
  decision: record.decisionId,
  grant: record.grantId,
  recipient: record.recipientId,
  text: { language: record.language, ...record.text },
  evidence: record.evidence,
  unreadable: record.unreadable,
});

async function erase(options: EraseOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { customer, withdraw = false, yes = false, json = false } = options;
  if (!yes) throw new UsageProblem('what is erased cannot be had again; if so, --yes');
  const { out } = surroundings;
  return withSharing(surroundings, async ({ history, withdrawals, overview }) => {
    const live = (await overview.list({ customer })).filter(({ status }) => status === 'active').length;
    if (live > 0 && !withdraw) {
      throw new Refusal(`${counted(live, 'grant')} of this customer can be read still; --withdraw ends sharing first`);
    }
    const { withdrawn } = live > 0 ? await withdrawals.withdrawAll({ customer }, 'provider') : { withdrawn: 0 };
    const erased = await history.erase(customer);
    if (json) {
      out.write(`${JSON.stringify({ withdrawn, ...erased }, null, 2)}\n`);
    } else {
      const first = withdrawn > 0 ? `${counted(withdrawn, 'grant')} withdrawn. ` : '';
      out.write(`${first}Erased: ${counted(erased.records, 'record')}, ${counted(erased.grants, 'grant')}.\n`);
    }
    if (erased.live === 0) return EXIT.ok;
    // They have just agreed to something new.
    throw new Refusal(`${counted(erased.live, 'grant')} of this customer can be read still, and keeps its evidence`);
  });
}
