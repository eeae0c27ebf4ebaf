import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Database } from './database.ts';
import type { Sealer } from './sealing.ts';

const NAME = 'lookup_secret';
const PLACE = `settings.value:${NAME}`;

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
  const row = await database.selectFrom('settings').selectAll().where('name', '=', NAME).executeTakeFirstOrThrow();
  return Buffer.from(z.string().parse(sealer.open(row.value_sealed, PLACE)), 'base64');
}
