import pg from 'pg';
import { codeOf, Failure } from '../base/failure.ts';
import { asRecord } from '../base/json.ts';

/**
 * A database that is away, hangs, is full or cannot be written to is met by everyone above the store under one name:
 * `database_unavailable`, whose `cause` tells the operator which. Asking again later can help. Any other error, such
 * as a broken constraint, is a mistake of ours and stays what it is.
 */
export const databaseUnavailable = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure('database_unavailable', { cause: causeOf(error) }, error);

/** The error of one statement under the name it goes by above the store. */
export const statementError = (error: unknown): unknown => (isUnavailable(error) ? databaseUnavailable(error) : error);

/** By class: connection, resources, operator's intervention, system, lost races (PostgreSQL, Appendix A). */
const POSTGRES_CLASSES = /^(08|53|57|58|40)/;
/** Read-only (a standby, perhaps: the primary has moved), an open transaction's end, a lock not had, broken data. */
const POSTGRES_STATES = new Set(['25006', '25P03', '25P04', '55P03', 'XX001', 'XX002']);

/** Primary result codes of SQLite that say something about its file, its disk or its neighbours. */
const SQLITE_CODES = new Map([
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [7, 'SQLITE_NOMEM'],
  [8, 'SQLITE_READONLY'],
  [9, 'SQLITE_INTERRUPT'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [15, 'SQLITE_PROTOCOL'],
  [26, 'SQLITE_NOTADB'],
]);

function isUnavailable(error: unknown): boolean {
  if (!Error.isError(error) || error instanceof Failure) return false;
  if (error instanceof pg.DatabaseError) {
    const state = error.code ?? '';
    return POSTGRES_CLASSES.test(state) || POSTGRES_STATES.has(state);
  }
  if (codeOf(error) === 'ERR_SQLITE_ERROR') return sqliteCode(error) !== undefined;
  // What else PostgreSQL's driver throws are plain errors about its connection; a TypeError would be about our values.
  return error.name === 'Error';
}

function causeOf(error: unknown): string {
  const code = sqliteCode(error) ?? codeOf(error);
  // The driver's own errors have no code, and what they say is not for the log.
  if (code !== 'Error') return code;
  return Error.isError(error) && /timeout/i.test(error.message) ? 'timeout' : 'connection_lost';
}

/** Extended codes carry the primary one in their last byte. */
const sqliteCode = (error: unknown): string | undefined => {
  const { errcode } = asRecord(error);
  return typeof errcode === 'number' ? SQLITE_CODES.get(errcode & 0xff) : undefined;
};
