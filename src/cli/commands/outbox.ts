import { Option, type Command } from 'commander';
import { createOutboxOperations, type OutboxEntry, type OutboxOperations } from '../../outbox/operations.ts';
import { DELIVERY_STATES, type DeliveryState } from '../../outbox/states.ts';
import { createGrid } from '../grid.ts';
import { counted, instantOrNull, instantText } from '../moments.ts';
import { positive } from '../options.ts';
import { withDatabase, withSharing } from '../store.ts';
import { EXIT, UsageProblem, type ExitCode, type Surroundings } from '../surroundings.ts';
import { paintFor } from '../text.ts';

interface ListOptions {
  state?: DeliveryState[];
  limit: number;
  json?: true;
}

const UNSETTLED: DeliveryState[] = ['waiting', 'parked'];

const LIST_HELP = `
States: waiting (to be sent, now or later), parked (our credential or address is refused: mend it, then retry),
delivered, refused, overdue (Flatpeak's token ended first), discarded (given up by an operator), withdrawn.

Examples:
  adapter outbox list
  adapter outbox list --state parked --json

Exit code: 0 listed, 1 it could not be, 2 the command line is wrong.`;

const RETRY_HELP = `
The message, its address and its key stay as they were; what Flatpeak's token has outlived is settled as overdue.

Examples:
  adapter outbox retry Jc0kYh1Qm3vXw9Zr5tBn2A
  adapter outbox retry --all-parked

Exit code: 0 all of them wait again, 1 one was not parked, 2 the command line is wrong.`;

const DISCARD_HELP = `
The grant becomes void, and the consent's record says why; write no personal data into the reason. What is being sent at
this moment is refused: try again in a minute.

Example:
  adapter outbox discard Jc0kYh1Qm3vXw9Zr5tBn2A --reason "account closed, agreed with Flatpeak on 12 May"

Exit code: 0 discarded, 1 it could not be, 2 the command line is wrong.`;

/** `outbox`: decisions on their way to Flatpeak, for whoever has to mend what stands between. */
export function addOutbox(program: Command, surroundings: Surroundings, end: (code: ExitCode) => void): void {
  const outbox = program.command('outbox').description('Decisions on their way to Flatpeak.');
  outbox
    .command('list')
    .description('Shows what is not settled yet, the oldest first; never what is in it.')
    .addOption(new Option('--state <state...>', 'only in these states').choices(DELIVERY_STATES))
    .option('--limit <number>', 'how many at most', positive(100_000), 100)
    .option('--json', 'the list as JSON')
    .addHelpText('after', LIST_HELP)
    .action(async (options: ListOptions) => end(await list(options, surroundings)));
  outbox
    .command('retry')
    .description('Lets parked decisions wait again; they are sent at once.')
    .argument('[decision...]', 'which ones')
    .option('--all-parked', 'all of them')
    .addHelpText('after', RETRY_HELP)
    .action(async (decisions: string[], { allParked = false }: { allParked?: boolean }) =>
      end(await retry(decisions, allParked, surroundings)),
    );
  outbox
    .command('discard')
    .description('Gives a decision up that cannot be delivered: settled as not delivered.')
    .argument('<decision>', 'which one')
    .requiredOption('--reason <text>', 'why, for the record; at most 200 characters')
    .addHelpText('after', DISCARD_HELP)
    .action(async (decision: string, { reason }: { reason: string }) =>
      end(await discard(decision, reason, surroundings)),
    );
}

/** Listing and retrying need no keys: nothing follows from them. */
const withOperations = <T>(surroundings: Surroundings, use: (outbox: OutboxOperations) => Promise<T>): Promise<T> =>
  withDatabase(surroundings, (database) => use(createOutboxOperations({ database, clock: surroundings.clock })));

async function list({ state = UNSETTLED, limit, json }: ListOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { out, env, clock } = surroundings;
  const { entries, total } = await withOperations(surroundings, (outbox) => outbox.list(state, limit));
  if (json) {
    out.write(`${JSON.stringify({ total, submissions: entries.map(asJson) }, null, 2)}\n`);
    return EXIT.ok;
  }
  const columns = [
    { heading: 'decision', width: 22 },
    { heading: 'state', width: 9 },
    { heading: 'last answer', width: 16 },
    { heading: 'tries', width: 5 },
    { heading: 'created', width: 20 },
    { heading: 'token ends' },
  ];
  const grid = createGrid(columns, out.write.bind(out), paintFor(out, env));
  for (const entry of entries) {
    grid.row(
      entry.decisionId,
      entry.carried ? 'sending' : entry.state,
      entry.code ?? '-',
      String(entry.attempts),
      instantText(entry.createdAt),
      `${instantText(entry.deadlineAt)}${entry.deadlineAt <= clock() ? ' (over)' : ''}`,
    );
  }
  const more = total > entries.length ? `, ${total - entries.length} more not shown (--limit)` : '';
  out.write(`${counted(total, 'submission')} ${state.join(' or ')}${more}.\n`);
  return EXIT.ok;
}

const asJson = (entry: OutboxEntry) => ({
  decision: entry.decisionId,
  state: entry.state,
  code: entry.code,
  attempts: entry.attempts,
  unanswered: entry.unanswered,
  sending: entry.carried,
  created_at: instantText(entry.createdAt),
  next_attempt_at: instantOrNull(entry.nextAttemptAt),
  deadline_at: instantText(entry.deadlineAt),
  settled_at: instantOrNull(entry.settledAt),
});

async function retry(decisions: string[], allParked: boolean, surroundings: Surroundings): Promise<ExitCode> {
  const { out, err } = surroundings;
  if (allParked === decisions.length > 0) throw new UsageProblem('name decisions, or --all-parked');
  return withOperations(surroundings, async (outbox) => {
    if (allParked) {
      out.write(`${counted(await outbox.retryAllParked(), 'submission')} waiting again.\n`);
      return EXIT.ok;
    }
    let all = true;
    for (const decision of decisions) {
      const result = await outbox.retry(decision);
      if (result === 'retried') out.write(`${decision} waits again.\n`);
      else err.write(`${decision} ${result === 'unknown' ? 'is not known' : `is not parked but ${result}`}.\n`);
      all &&= result === 'retried';
    }
    return all ? EXIT.ok : EXIT.no;
  });
}

async function discard(decision: string, reason: string, surroundings: Surroundings): Promise<ExitCode> {
  if (reason.trim() === '' || reason.length > 200) throw new UsageProblem('--reason takes 1 to 200 characters');
  const { out, err, clock } = surroundings;
  return withSharing(surroundings, async ({ database, onSettled }) => {
    const outbox = createOutboxOperations({ database, clock });
    const result = await outbox.discard(decision, reason.trim(), onSettled);
    if (result === 'now_discarded') {
      out.write(`${decision} is discarded: settled as not delivered, its grant void.\n`);
      return EXIT.ok;
    }
    err.write(`${decision} ${NOT_DISCARDED[result] ?? `is settled already: ${result}`}.\n`);
    return EXIT.no;
  });
}

const NOT_DISCARDED: Record<string, string> = {
  unknown: 'is not known',
  carried: 'is being sent at this moment; look again in a minute',
  // It was free when it was asked for, and taken when it was to be changed.
  waiting: 'is about to be sent; look again in a minute',
  parked: 'has just been parked; try again',
};
