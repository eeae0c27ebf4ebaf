import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Database } from './database.ts';
import { placeOf } from './sealed-places.ts';
import { createLookupKey, type LookupKey, type Sealer } from './sealing.ts';

const NAME = 'lookup_secret';
const PLACE = placeOf('settings', 'value_sealed', NAME);

/**
 * The secret behind look-up keys. It is made once, kept sealed, and outlives the rotation of sealing keys:
 * otherwise nobody's earlier grants could be found again.
 */
export async function loadLookupSecret(database: Database, sealer: Sealer, clock: Clock): Promise<Buffer> {
  await database
    .insertInto('settings')
    .values({ name: NAME, value_sealed: sealer.seal(randomBytes(32).toString('base64'), PLACE), created_at: clock() })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const secret = await findLookupSecret(database, sealer);
  if (!secret) throw new Failure('lookup_secret_lost');
  return secret;
}

/** Null when none was made yet. */
export async function findLookupSecret(database: Database, sealer: Sealer): Promise<Buffer | null> {
  const row = await database.selectFrom('settings').selectAll().where('name', '=', NAME).executeTakeFirst();
  return row ? Buffer.from(z.string().parse(sealer.open(row.value_sealed, PLACE)), 'base64') : null;
}

/** Look-up keys under that secret, read when first needed, once; a failure is forgotten, so that the next need tries again. */
export function lookupKeys(database: Database, sealer: Sealer, clock: Clock): () => Promise<LookupKey> {
  let made: Promise<LookupKey> | null = null;
  return () => {
    made ??= loadLookupSecret(database, sealer, clock)
      .then(createLookupKey)
      .catch((error: unknown) => {
        made = null;
        throw error;
      });
    return made;
  };
}
