import type { Command } from 'commander';
import type { GrantSelection } from '../../sharing/selection.ts';
import type { WithdrawnAll } from '../../sharing/withdrawals.ts';
import { counted } from '../moments.ts';
import { createProgress } from '../progress.ts';
import { SELECTION_HELP, selectionOf, withSelection, type SelectionOptions } from '../sharing/selection.ts';
import { withSharing, type Sharing } from '../store.ts';
import { EXIT, UsageProblem, type ExitCode, type Surroundings } from '../surroundings.ts';
import { printable } from '../text.ts';

interface RevokeOptions extends SelectionOptions {
  yes?: boolean;
  json?: boolean;
}

const HELP = `${SELECTION_HELP}

It holds at once: the next poll is told that sharing was withdrawn, what still waits for Flatpeak is never sent, and the
consent's record says that the provider did it. Interrupted, what is done stays done; run it again for the rest.

Examples:
  adapter grants revoke grt_Jc0kYh1Qm3vXw9Zr5tBn2A
  adapter grants revoke --customer 4f2c81d0
  adapter grants revoke --recipient acc_2481 --yes

Exit code: 0 none of those meant can be read any more, 1 one is not known or cannot be opened, 2 the command line is
wrong.`;

/** `grants revoke`: withdrawal by the provider, on a customer's behalf. */
export function addGrantsRevoke(grants: Command, surroundings: Surroundings, end: (code: ExitCode) => void): void {
  withSelection(grants.command('revoke'))
    .description('Ends sharing, as if its customer had withdrawn.')
    .argument('[grant...]', 'by name: grant_id at Flatpeak')
    .option('--yes', 'really, where it may be many customers’ (--all, --recipient)')
    .option('--json', 'the result as JSON')
    .addHelpText('after', HELP)
    .action(async (names: string[], options: RevokeOptions) => {
      end(await (names.length > 0 ? revokeNamed(names, options, surroundings) : revokeSelected(options, surroundings)));
    });
}

async function revokeNamed(names: string[], options: RevokeOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { all, customer, account, supply, recipient, json = false } = options;
  if (all ?? customer ?? account ?? supply ?? recipient) {
    throw new UsageProblem('name grants, or say which ones are meant, not both');
  }
  const { out, err } = surroundings;
  return withSharing(surroundings, async ({ withdrawals }) => {
    const results: { grant: string; result: string }[] = [];
    for (const grant of names) {
      const result = await withdrawals.withdraw(grant, 'provider');
      results.push({ grant, result });
      if (!json) (result === 'unknown' ? err : out).write(`${printable(grant)} ${WORDS[result]}\n`);
    }
    if (json) out.write(`${JSON.stringify({ grants: results }, null, 2)}\n`);
    return results.some(({ result }) => result === 'unknown') ? EXIT.no : EXIT.ok;
  });
}

const WORDS = {
  withdrawn: 'is withdrawn.',
  ended: 'had ended before, and stays as it is.',
  unknown: 'is not known.',
};

async function revokeSelected(options: RevokeOptions, surroundings: Surroundings): Promise<ExitCode> {
  const selection = selectionOf(options);
  const { out, err, clock } = surroundings;
  return withSharing(surroundings, async (sharing) => {
    const progress = createProgress(err, clock);
    const show = (done: number, total: number) => progress.show(done, total, 'grants looked at');
    if (isWide(selection) && options.yes !== true) {
      const count = await liveOf(sharing, selection, show);
      progress.clear();
      throw new UsageProblem(`this would end ${counted(count, 'live grant')}, perhaps of many customers; if so, --yes`);
    }
    const result = await sharing.withdrawals.withdrawAll(selection, 'provider', show).finally(() => progress.clear());
    if (options.json) out.write(`${JSON.stringify(result, null, 2)}\n`);
    else out.write(`${counted(result.withdrawn, 'grant')} withdrawn.\n`);
    return unopened(result, surroundings);
  });
}

/** Nothing but the recipient, if that, narrows it down. */
const isWide = ({ customer, account, supply }: GrantSelection): boolean =>
  customer === undefined && account === undefined && supply === undefined;

async function liveOf(
  { selector }: Sharing,
  selection: GrantSelection,
  onProgress: (done: number, total: number) => void,
): Promise<number> {
  let count = 0;
  for await (const { rows } of selector.select(selection, { live: true, onProgress })) count += rows.length;
  return count;
}

function unopened({ unreadable }: WithdrawnAll, { err }: Surroundings): ExitCode {
  if (unreadable === 0) return EXIT.ok;
  err.write(
    `${counted(unreadable, 'live grant')} cannot be opened (a key is missing): nobody can say whether they are meant.\n`,
  );
  return EXIT.no;
}
