import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { parseKeys } from '../../config/environment.ts';
import { resealAll, type Resealing, type ResealedTable } from '../../store/resealing.ts';
import { createGrid } from '../grid.ts';
import { counted, instantText } from '../moments.ts';
import { createProgress } from '../progress.ts';
import { sealingKeys, withDatabase } from '../store.ts';
import { EXIT, UsageProblem, type ExitCode, type Surroundings } from '../surroundings.ts';
import { paintFor } from '../text.ts';

const NEW_HELP = `
Standard output gets one line, kid:base64, as ENCRYPTION_KEYS takes it.

Examples:
  adapter keys new
  adapter keys new k2026-11 > new-key.txt`;

const ROTATE_HELP = `
Beforehand every instance must know the new key, and then seal with it: first put it behind the old one in
ENCRYPTION_KEYS and restart all instances, then in front and restart all again. Interrupted, it can be run again.

Examples:
  adapter keys rotate
  adapter keys rotate --json

Exit code: 0 nothing is left under an older key, which may then be taken off the list; 1 something is; 2 the command
line is wrong.`;

/** `keys`: what seals personal data in the database. */
export function addKeys(program: Command, surroundings: Surroundings, end: (code: ExitCode) => void): void {
  const keys = program.command('keys').description('The keys that seal personal data in the database.');
  keys
    .command('new')
    .description('Makes a key.')
    .argument('[kid]', 'its name: letters, digits, ".", "_" or "-", at most 32 (default: k and the date)')
    .addHelpText('after', NEW_HELP)
    .action((kid: string | undefined) => end(newKey(kid, surroundings)));
  keys
    .command('rotate')
    .description('Seals everything anew that is not under the first key, while the service runs.')
    .option('--json', 'the result as JSON')
    .addHelpText('after', ROTATE_HELP)
    .action(async ({ json = false }: { json?: boolean }) => end(await rotate(json, surroundings)));
}

function newKey(given: string | undefined, { env, out, err, clock }: Surroundings): ExitCode {
  const kid = given ?? `k${instantText(clock()).slice(0, 10)}`;
  if (!/^[A-Za-z0-9_.-]{1,32}$/.test(kid)) {
    throw new UsageProblem('a kid is 1 to 32 letters, digits, ".", "_" or "-"');
  }
  const known = parseKeys(env).values?.ENCRYPTION_KEYS ?? [];
  if (known.some((key) => key.kid === kid)) {
    throw new UsageProblem(
      `ENCRYPTION_KEYS has a key called ${kid}; what it has sealed could not be told from the new one's`,
    );
  }
  out.write(`${kid}:${randomBytes(32).toString('base64')}\n`);
  err.write(
    'Keep this key secret, and apart from the database and its backups. Put it behind the others in ENCRYPTION_KEYS,\n' +
      'restart every instance, put it in front, restart again, then: adapter keys rotate\n',
  );
  return EXIT.ok;
}

async function rotate(json: boolean, surroundings: Surroundings): Promise<ExitCode> {
  const { out, err, env, clock } = surroundings;
  const keys = sealingKeys(surroundings);
  const kid = keys[0]?.kid ?? '';
  const progress = createProgress(err, clock);
  const result = await withDatabase(surroundings, (database, kind) =>
    resealAll({
      database,
      postgres: kind === 'postgres',
      keys,
      onProgress: (done, total, table) => progress.show(done, total, table),
    }),
  ).finally(() => progress.clear());
  const left = result.tables.reduce((sum, table) => sum + table.left, 0);
  const complete = left === 0 && result.quiet;
  if (json) {
    out.write(`${JSON.stringify({ kid, complete, left, tables: result.tables }, null, 2)}\n`);
  } else {
    const columns = [
      { heading: 'table', width: 20 },
      { heading: 'sealed anew', width: 11 },
      { heading: 'under other keys' },
    ];
    const grid = createGrid(columns, out.write.bind(out), paintFor(out, env));
    for (const table of result.tables) grid.row(table.table, String(table.resealed), leftText(table));
    out.write(`${verdict(result, left, kid)}\n`);
  }
  return complete ? EXIT.ok : EXIT.no;
}

/** What is left of a table, and why. */
function leftText({ left, unreadable }: ResealedTable): string {
  const causes = unreadable.map(({ kid, code, count }) =>
    code === 'seal_key_unknown' ? `${count} under ${kid}, which is not on the list` : `${count} damaged, under ${kid}`,
  );
  return [String(left), ...causes].join(', ');
}

function verdict({ quiet }: Resealing, left: number, kid: string): string {
  if (left > 0) return `${counted(left, 'value')} under other keys than ${kid}: keep those keys on the list.`;
  if (!quiet)
    return `Values under other keys keep coming in: an instance does not seal with ${kid} yet. Restart it, then run this again.`;
  return `Everything is under ${kid}. The other keys may be taken off the list.`;
}
