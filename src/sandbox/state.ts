import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What the sandbox's adapter keeps from one run to the next. */
export interface State {
  /** Path of the SQLite database. */
  database: string;
  /** 32 bytes in base64: made at the first run, since what is sealed with it stays in the database. */
  encryptionKey: string;
}

/** Opens the folder, making what is missing in it. */
export function openState(folder: string): State {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = path.join(folder, 'sandbox.db');
  const keyFile = path.join(folder, 'sandbox.key');
  if (!existsSync(keyFile)) {
    forgetState(folder);
    writeFileSync(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
  }
  return { database, encryptionKey: readFileSync(keyFile, 'utf8').trim() };
}

/** Removes what earlier runs left; the next begins with nothing. */
export function forgetState(folder: string): void {
  for (const name of ['sandbox.db', 'sandbox.db-wal', 'sandbox.db-shm', 'sandbox.key']) {
    rmSync(path.join(folder, name), { force: true });
  }
}
