import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type SqliteDatabase,
  type SqliteDialectConfig,
} from 'kysely';
import { causeOf } from '../base/failure.ts';
import { databaseUnavailable, statementError } from './availability.ts';

/** Node's own SQLite in the shape Kysely's dialect expects; nothing to compile or download (docs/decisions/0003). */
export function sqliteDialect(path: string): SqliteDialect {
  return new TransactionalDialect({ database: () => whenOthersHaveOpened.execute(() => open(path)) });
}

/** Of processes that open a new file together only one can put it into WAL mode; SQLite does not wait by itself here. */
const whenOthersHaveOpened = retry(
  handleWhen((error) => causeOf(error) === 'SQLITE_BUSY'),
  { maxAttempts: 40, backoff: new ConstantBackoff(50) },
);

/** Called with the first statement, and again with the next one when that fails. */
function open(path: string): SqliteDatabase {
  try {
    if (path !== ':memory:') createPrivateFile(path);
    const database = new DatabaseSync(path);
    try {
      database.exec(SETTINGS);
    } catch (error) {
      database.close();
      throw error;
    }
    return asKyselyDatabase(database);
  } catch (error) {
    throw databaseUnavailable(error);
  }
}

/**
 * FULL: an acknowledged decision survives a power cut, not only a crash of the process. While another process (a command
 * of the operator's) writes, everyone here waits, for Node's module is synchronous; so not for long. secure_delete: what
 * is erased is overwritten, and does not stay in the file until its page is needed.
 */
const SETTINGS =
  'PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; ' +
  'PRAGMA secure_delete = ON';

class TransactionalDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }

  override createDriver(): SqliteDriver {
    return new TransactionalDriver(this.#config);
  }
}

/** SQLite can take back changes of its tables; so a migration cut short leaves nothing half-made behind. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class TransactionalDriver extends SqliteDriver {
  /** Our transactions write: who comes second waits here, and not half-way, where waiting is no longer possible. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** A full disk or a failed read has taken the transaction back already, which is all that `rollback` can object to. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined);
  }
}

function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  // New WAL and shared-memory files take over the mode of the database file; those of a copy may be open to others.
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600);
}

const inputs = (parameters: readonly unknown[]) => parameters as SQLInputValue[];

function asKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = named(() => database.prepare(sql));
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => named(() => statement.all(...inputs(parameters))),
        run: (parameters) => named(() => statement.run(...inputs(parameters))),
        iterate: (parameters) => statement.iterate(...inputs(parameters)),
      };
    },
  };
}

function named<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw statementError(error);
  }
}
