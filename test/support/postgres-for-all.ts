import { startPostgres, type PostgresServer } from './postgres.ts';

/** What jest calls before and after all test files of a run share. */
const run = globalThis as { postgres?: PostgresServer };

/** Before: one PostgreSQL server for all of them, each test having a database of its own there. After: stops it. */
export default async function startOrStop(): Promise<void> {
  if (run.postgres) return run.postgres.stop();
  run.postgres = await startPostgres();
  process.env.TEST_DATABASE_URL = run.postgres.admin;
}
