import type { Command } from 'commander';
import type { GrantView } from '../../sharing/overview.ts';
import { createGrid } from '../grid.ts';
import { counted, dayText, instantText } from '../moments.ts';
import { createProgress } from '../progress.ts';
import { grantJson } from '../sharing/grant-json.ts';
import { SELECTION_HELP, selectionOf, withSelection, type SelectionOptions } from '../sharing/selection.ts';
import { withSharing, type Sharing } from '../store.ts';
import { EXIT, type ExitCode, type Surroundings } from '../surroundings.ts';
import { paintFor, printable, table } from '../text.ts';
import { addGrantsRevoke } from './grants-revoke.ts';

interface ListOptions extends SelectionOptions {
  live?: boolean;
  json?: boolean;
}

const LIST_HELP = `${SELECTION_HELP}

Examples:
  adapter grants list --customer 4f2c81d0
  adapter grants list --supply S-1001 --live --json

Exit code: 0 listed, 1 some could not be opened (a key is missing), 2 the command line is wrong.`;

const EXPORT_HELP = `${SELECTION_HELP}

Standard output gets one JSON object a line (https://jsonlines.org), with everything that is known of each grant: treat
it as the personal data it is.

Examples:
  adapter grants export --all > grants.jsonl
  adapter grants export --recipient acc_2481 --live | jq -r .supply.id

Exit code: 0 exported, 1 some could not be opened (a key is missing), 2 the command line is wrong.`;

/** `grants`: who may read which supply's tariff. */
export function addGrants(program: Command, surroundings: Surroundings, end: (code: ExitCode) => void): void {
  const grants = program.command('grants').description('Who may read which tariff, and ending it.');
  withSelection(grants.command('list'))
    .description('Lists grants, live and ended.')
    .option('--live', 'only those that can be read now')
    .option('--json', 'the list as JSON')
    .addHelpText('after', LIST_HELP)
    .action(async (options: ListOptions) => end(await list(options, surroundings)));
  grants
    .command('show')
    .description('Says of one grant what its customer agreed to, and how it stands.')
    .argument('<grant>', 'its name: grant_id at Flatpeak')
    .option('--json', 'the grant as JSON')
    .addHelpText('after', '\nExit code: 0 shown, 1 there is no such grant, 2 the command line is wrong.')
    .action(async (grant: string, { json = false }: { json?: boolean }) => end(await show(grant, json, surroundings)));
  addGrantsRevoke(grants, surroundings, end);
  withSelection(grants.command('export'))
    .description('Writes grants out for other systems.')
    .option('--live', 'only those that can be read now')
    .addHelpText('after', EXPORT_HELP)
    .action(async (options: ListOptions) => end(await exportAll(options, surroundings)));
}

/** Every selected grant, with progress for whoever waits; how many could not be opened. */
async function each(
  sharing: Sharing,
  options: ListOptions,
  { err, clock }: Surroundings,
  take: (view: GrantView) => void,
): Promise<number> {
  const progress = createProgress(err, clock);
  const onProgress = (done: number, total: number) => progress.show(done, total, 'grants looked at');
  let unreadable = 0;
  const live = options.live ?? false;
  for await (const batch of sharing.overview.all(selectionOf(options), { live, onProgress })) {
    progress.clear();
    unreadable += batch.unreadable + batch.views.filter((view) => view.unreadable).length;
    batch.views.forEach(take);
  }
  progress.clear();
  if (unreadable > 0) {
    err.write(`${counted(unreadable, 'grant')} cannot be opened: a key is missing from ENCRYPTION_KEYS.\n`);
  }
  return unreadable;
}

async function list(options: ListOptions, surroundings: Surroundings): Promise<ExitCode> {
  selectionOf(options);
  const { out, env } = surroundings;
  const columns = [
    { heading: 'grant', width: 26 },
    { heading: 'status', width: 13 },
    { heading: 'granted', width: 10 },
    { heading: 'ended', width: 10 },
    { heading: 'last read', width: 10 },
    { heading: 'supply', width: 20 },
    { heading: 'read by' },
  ];
  const grid = createGrid(columns, out.write.bind(out), paintFor(out, env));
  // One customer's are few, and read better in order; of all there may be too many to hold.
  const held = options.json === true || options.customer !== undefined;
  const views: GrantView[] = [];
  let count = 0;
  const unreadable = await withSharing(surroundings, (sharing) =>
    each(sharing, options, surroundings, (view) => {
      count += 1;
      if (held) views.push(view);
      else grid.row(...cells(view));
    }),
  );
  views.sort((one, other) => other.grantedAt - one.grantedAt);
  if (options.json) {
    out.write(`${JSON.stringify({ grants: views.map(grantJson) }, null, 2)}\n`);
  } else {
    for (const view of views) grid.row(...cells(view));
    out.write(`${counted(count, 'grant')}.\n`);
  }
  return unreadable === 0 ? EXIT.ok : EXIT.no;
}

const cells = (view: GrantView): string[] => [
  view.id,
  view.status,
  dayText(view.grantedAt),
  dayText(view.endedAt),
  dayText(view.lastReadAt),
  view.binding?.supply.id ?? '-',
  recipientText(view),
];

const recipientText = ({ recipientId, shown }: GrantView): string => {
  const name = shown?.recipient.name ?? null;
  return name === null || name === recipientId ? recipientId : `${name} (${recipientId})`;
};

async function show(grant: string, json: boolean, surroundings: Surroundings): Promise<ExitCode> {
  const { out, err } = surroundings;
  const [view] = await withSharing(surroundings, ({ overview }) => overview.list({ grant }));
  if (!view) {
    err.write(`There is no grant ${printable(grant)}.\n`);
    return EXIT.no;
  }
  out.write(json ? `${JSON.stringify(grantJson(view), null, 2)}\n` : `${details(view, surroundings).join('\n')}\n`);
  return EXIT.ok;
}

function details(view: GrantView, { out, env }: Surroundings): string[] {
  const { binding, shown } = view;
  const when = (at: number | null) => (at === null ? '-' : instantText(at));
  const address = shown?.supply.address ?? [];
  const rows: [string, ...string[]][] = [
    ['grant', view.id],
    [
      'status',
      view.status === 'withdrawn' ? `withdrawn by the ${view.withdrawnBy ?? 'customer or provider'}` : view.status,
    ],
    ['read by', recipientText(view)],
    ['customer', binding?.customer.sub ?? (view.unreadable ? 'cannot be opened: a key is missing' : 'erased')],
    ['supply', ...[binding?.supply.id ?? '-', shown?.supply.label ?? '', ...address].filter((line) => line !== '')],
    ['tariff', shown?.tariffName ?? '-'],
    ['granted', when(view.grantedAt)],
    ['expires', when(view.expiresAt)],
    ['ended', when(view.endedAt)],
    ['last read', when(view.lastReadAt)],
    ['at Flatpeak', view.delivery ?? '-'],
    ['decision', view.decisionId],
    ['text agreed to', view.text ? `${view.text.version} (${view.text.language}) ${view.text.hash}` : '-'],
  ];
  return table(
    rows.map(([label, ...values]): [string, ...string[]] => [label, ...values.map(printable)]),
    paintFor(out, env),
  );
}

async function exportAll(options: ListOptions, surroundings: Surroundings): Promise<ExitCode> {
  selectionOf(options);
  const unreadable = await withSharing(surroundings, (sharing) =>
    each(sharing, options, surroundings, (view) => surroundings.out.write(`${JSON.stringify(grantJson(view))}\n`)),
  );
  return unreadable === 0 ? EXIT.ok : EXIT.no;
}
