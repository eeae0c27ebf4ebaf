import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { codeOf, Failure } from '../base/failure.ts';
import { createLog } from '../base/log.ts';
import { LOCAL_DATABASE, parseDatabaseAddress, parseKeys } from '../config/environment.ts';
import type { Problem } from '../config/secrets.ts';
import { createJourneys } from '../journey/journeys.ts';
import { settling } from '../journey/settling.ts';
import { createConsentHistory } from '../sharing/consent-history.ts';
import { createSettlement } from '../sharing/settlement.ts';
import { createSharing } from '../sharing/sharing.ts';
import { openDatabase, ping, type Database, type DatabaseAddress } from '../store/database.ts';
import { findLookupSecret } from '../store/lookup-secret.ts';
import { pendingMigrations } from '../store/pending-migrations.ts';
import { createLookupKey, createSealer, type LookupKey, type Sealer, type SealingKey } from '../store/sealing.ts';
import { Refusal, UsageProblem, type Surroundings } from './surroundings.ts';

/** What the service keeps, opened for one command: by the environment of the service, and only what is needed of it. */

export interface StoreOptions {
  /** Tables that are missing or out of date are the command's own matter. */
  anyTables?: boolean;
  /** Where SQLite has no file yet, one is made. */
  create?: boolean;
}

/** Throws UsageProblem when DATABASE_URL is wrong, Refusal when the database is not as it has to be. */
export async function withDatabase<T>(
  { env }: Surroundings,
  use: (database: Database, kind: DatabaseAddress['kind']) => Promise<T>,
  { anyTables = false, create = false }: StoreOptions = {},
): Promise<T> {
  const address = understood(parseDatabaseAddress(env)).DATABASE_URL ?? LOCAL_DATABASE;
  const database = open(address, create);
  try {
    await answers(database);
    if (!anyTables) await isUpToDate(database);
    return await use(database, address.kind);
  } finally {
    await database.destroy();
  }
}

export const sealingKeys = ({ env }: Surroundings): SealingKey[] => understood(parseKeys(env)).ENCRYPTION_KEYS;

/** What the service has made of the tables, in its own parts. */
export type Sharing = ReturnType<typeof sharingOf>;

export async function withSharing<T>(surroundings: Surroundings, use: (sharing: Sharing) => Promise<T>): Promise<T> {
  const sealer = createSealer(sealingKeys(surroundings));
  return withDatabase(surroundings, async (database) => {
    const lookupKey = await lookupKeyOf(database, sealer);
    return use(sharingOf(database, sealer, lookupKey, surroundings));
  });
}

/** Also the proof that the keys are the service's: what is sealed under others, it could not open. */
async function lookupKeyOf(database: Database, sealer: Sealer): Promise<LookupKey> {
  try {
    // The service makes the secret; until then there is nobody to be found.
    return createLookupKey((await findLookupSecret(database, sealer)) ?? randomBytes(32));
  } catch (error) {
    if (!codeOf(error).startsWith('seal_')) throw error;
    throw new Refusal(
      `ENCRYPTION_KEYS has no key that opens this database (${codeOf(error)}); are they the service's?`,
    );
  }
}

function sharingOf(database: Database, sealer: Sealer, key: LookupKey, { clock }: Surroundings) {
  const lookupKey = () => Promise.resolve(key);
  // What was done is recorded beside the consents; the service's log is not this command's.
  const sharing = createSharing({ database, sealer, lookupKey, clock, log: createLog('silent') });
  const { consentRecords } = sharing;
  return {
    database,
    ...sharing,
    history: createConsentHistory({ database, sealer, lookupKey, clock }),
    onSettled: settling(createSettlement({ consentRecords, clock }), createJourneys(database, sealer, clock)),
  };
}

function understood<Values>({ values, problems }: { values: Values | null; problems: Problem[] }): Values {
  if (values && problems.length === 0) return values;
  throw new UsageProblem(problems.map(({ where, fix }) => `${where} ${fix}`).join('; '));
}

function open(address: DatabaseAddress, create: boolean): Database {
  // Opening would make an empty one, which is hardly what was meant.
  if (!create && address.kind === 'sqlite' && !existsSync(address.path)) {
    throw new Refusal(`there is no database at ${address.path}; the service makes it, or "adapter migrate"`);
  }
  return openDatabase(address, () => undefined);
}

async function answers(database: Database): Promise<void> {
  try {
    await ping(database);
  } catch (error) {
    const cause = error instanceof Failure ? error.facts.cause : undefined;
    throw new Refusal(`the database does not answer (${String(cause ?? codeOf(error))})`);
  }
}

async function isUpToDate(database: Database): Promise<void> {
  const missing = await pendingMigrations(database);
  if (missing.length === 0) return;
  throw new Refusal(`the tables are not up to date, ${missing.join(', ')} missing; first: adapter migrate`);
}
