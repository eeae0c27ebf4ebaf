import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { Failure } from '../base/failure.ts';
import { databaseUnavailable, statementError } from './availability.ts';

/** Instants are bigint columns; as epoch milliseconds they fit a JavaScript number until the year 287396. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** Nothing waits without a bound: neither for a connection nor for a statement. */
export function postgresDialect(url: string, onError: (error: Error) => void): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: 10,
    connectionTimeoutMillis: 3000,
    // The server ends what takes too long; a server that hangs cannot, and is given up a little later.
    statement_timeout: 5000,
    query_timeout: 6000,
    idle_in_transaction_session_timeout: 10_000,
    application_name: 'flatpeak-provider-adapter',
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', onError);
  // So would one that breaks in the middle of a statement, whose own error is answer enough.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new PostgresDialect({ pool: named(pool) });
}

/** The pool, with errors under the names they go by above the store. */
function named(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      try {
        return lent(await pool.connect());
      } catch (error) {
        throw databaseUnavailable(error);
      }
    },
  };
}

/** A connection that has failed once is not trusted again: nothing more is asked of it, and it is not lent again. */
function lent(client: pg.PoolClient): PostgresPoolClient {
  let failed: Failure | null = null;
  const query = async (sql: string, parameters: readonly unknown[]) => {
    if (failed) throw failed;
    try {
      return await client.query(sql, [...parameters]);
    } catch (error) {
      const known = statementError(error);
      if (known !== error) failed = databaseUnavailable(error);
      throw known;
    }
  };
  return {
    // Kysely's other way to ask, by cursor, is not used.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy === true || failed !== null),
  };
}
