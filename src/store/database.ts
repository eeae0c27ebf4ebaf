import { Kysely, sql, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { Failure } from '../base/failure.ts';
import { migrationProvider } from './migrations.ts';
import { postgresDialect } from './postgres.ts';
import { sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;
/** What a repository works on: the database, or one transaction of it. */
export type Queries = Kysely<Tables> | Transaction<Tables>;

export type DatabaseAddress = { kind: 'sqlite'; path: string } | { kind: 'postgres'; url: string };

/** Opens, but asks nothing yet: a database that is down at start is a matter of readiness, not of starting. */
export function openDatabase(address: DatabaseAddress, onIdleError: (error: Error) => void): Database {
  const dialect = address.kind === 'sqlite' ? sqliteDialect(address.path) : postgresDialect(address.url, onIdleError);
  return new Kysely<Tables>({ dialect });
}

/** Brings the tables up to date; instances that start together wait for each other. Throws `migration_failed`. */
export async function migrate(database: Database): Promise<void> {
  const { error } = await new Migrator({ db: database, provider: migrationProvider }).migrateToLatest();
  if (error) throw new Failure('migration_failed', {}, error);
}

/** True when every migration this build knows has been applied. */
export async function isMigrated(database: Database): Promise<boolean> {
  const known = await new Migrator({ db: database, provider: migrationProvider }).getMigrations();
  return known.every((migration) => migration.executedAt !== undefined);
}

/** Resolves when the database answers. */
export async function ping(database: Database): Promise<void> {
  await sql`select 1`.execute(database);
}
