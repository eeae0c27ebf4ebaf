import type { Command } from 'commander';
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

const EXPORT_HELP = `
Standard output gets one JSON document: every record, with what the page showed, and every grant. Treat it as the
personal data it is.

Example:
  adapter consents export --customer 4f2c81d0 > consents.json

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
    .description('Writes out everything recorded of one customer, opened.')
    .requiredOption('--customer <sub>', 'the subject your identity provider knows them by')
    .addHelpText('after', EXPORT_HELP)
    .action(async ({ customer }: { customer: string }) => end(await exportOf(customer, surroundings)));
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

async function exportOf(customer: string, surroundings: Surroundings): Promise<ExitCode> {
  const { out, err, clock } = surroundings;
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
  const unreadable = records.filter((record) => record.unreadable !== null).length;
  if (unreadable === 0) return EXIT.ok;
  err.write(`${counted(unreadable, 'record')} cannot be opened: a key is missing from ENCRYPTION_KEYS.\n`);
  return EXIT.no;
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
