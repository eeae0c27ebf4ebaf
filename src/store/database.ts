import { timeout, TimeoutStrategy } from 'cockatiel';
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

const migrator = (database: Database): Migrator => new Migrator({ db: database, provider: migrationProvider });

/** Brings the tables up to date; instances that start together wait for each other. Throws `migration_failed`. */
export async function migrate(database: Database): Promise<void> {
  const { error } = await migrator(database).migrateToLatest();
  if (!error) return;
  if (error instanceof Failure) throw error;
  // An instance of a newer version has been here: Kysely refuses, but what this build needs is there.
  if (await isMigrated(database)) return;
  throw new Failure('migration_failed', {}, error);
}

/** True when every migration this build knows has been applied, whatever a newer one has added (docs/decisions/0010). */
export async function isMigrated(database: Database): Promise<boolean> {
  const known = await migrator(database).getMigrations();
  return known.every((migration) => migration.executedAt !== undefined);
}

/** The last migration of a newer version that this build does not know; null when there is none. Needs a migrated one. */
export async function newerMigration(database: Database): Promise<string | null> {
  const known = Object.keys(await migrationProvider.getMigrations());
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name desc`.execute(database);
  return rows.find(({ name }) => !known.includes(name))?.name ?? null;
}

/** Whoever asks whether the database is there does not wait for one that hangs. */
const soon = timeout(2000, TimeoutStrategy.Aggressive);

/** Resolves when the database answers. */
export async function ping(database: Database): Promise<void> {
  await soon.execute(() => sql`select 1`.execute(database));
}

/** Resolves when the tables could be written to: neither a standby nor a disk that has become read-only. */
export async function pingTables(database: Database): Promise<void> {
  await soon.execute(() => sql`delete from settings where 1 = 0`.execute(database));
}
