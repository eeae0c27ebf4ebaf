import { PostgresDialect } from 'kysely';
import pg from 'pg';

/** Instants are bigint columns; as epoch milliseconds they fit a JavaScript number until the year 287396. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** Nothing waits without a bound: neither for a connection nor for a statement. */
export function postgresDialect(url: string, onError: (error: Error) => void): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: 10,
    connectionTimeoutMillis: 5000,
    query_timeout: 10_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
    application_name: 'flatpeak-provider-adapter',
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', onError);
  return new PostgresDialect({ pool });
}
