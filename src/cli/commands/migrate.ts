import type { Command } from 'commander';
import { migrate, newerMigration, type Database } from '../../store/database.ts';
import { pendingMigrations } from '../../store/pending-migrations.ts';
import { withDatabase } from '../store.ts';
import { EXIT, type ExitCode, type Surroundings } from '../surroundings.ts';

interface MigrateOptions {
  check?: boolean;
  json?: boolean;
}

const EXAMPLES = `
The service does the same when it starts. Instances that start together, and this command, wait for each other.

Examples:
  adapter migrate --check
  adapter migrate

Exit code: 0 the tables are up to date, 1 they are not, 2 the command line is wrong.`;

/** `migrate`: the tables, brought up to date before the instances of a new release come. */
export function addMigrate(program: Command, surroundings: Surroundings, end: (code: ExitCode) => void): void {
  program
    .command('migrate')
    .description('Brings the tables up to date, or says what is missing.')
    .option('--check', 'change nothing, only say what is missing')
    .option('--json', 'the result as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: MigrateOptions) => end(await runMigrate(options, surroundings)));
}

async function runMigrate(
  { check = false, json = false }: MigrateOptions,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const result = await withDatabase(surroundings, (database) => (check ? look(database) : apply(database)), {
    anyTables: true,
    create: !check,
  });
  surroundings.out.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${words(result).join('\n')}\n`);
  return result.up_to_date ? EXIT.ok : EXIT.no;
}

interface Result {
  up_to_date: boolean;
  applied: string[];
  missing: string[];
  /** The last one that only a newer release knows; this release runs with it. */
  newer: string | null;
}

async function look(database: Database): Promise<Result> {
  const missing = await pendingMigrations(database);
  const newer = missing.length === 0 ? await newerMigration(database) : null;
  return { up_to_date: missing.length === 0, applied: [], missing, newer };
}

async function apply(database: Database): Promise<Result> {
  const before = await pendingMigrations(database);
  if (before.length > 0) await migrate(database);
  const now = await look(database);
  return { ...now, applied: before.filter((name) => !now.missing.includes(name)) };
}

function words({ up_to_date, applied, missing, newer }: Result): string[] {
  return [
    ...applied.map((name) => `applied  ${name}`),
    ...missing.map((name) => `missing  ${name}`),
    ...(newer === null ? [] : [`A newer release has been here (${newer}); this one runs with its tables.`]),
    up_to_date ? 'The tables are up to date.' : 'The tables are not up to date.',
  ];
}
