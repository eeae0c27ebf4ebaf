import { Migrator } from 'kysely/migration';
import type { Database } from './database.ts';
import { migrationProvider } from './migrations.ts';

/** Names of the migrations this build knows that have not been applied, in their order. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const known = await new Migrator({ db: database, provider: migrationProvider }).getMigrations();
  return known.filter((migration) => migration.executedAt === undefined).map(({ name }) => name);
}
