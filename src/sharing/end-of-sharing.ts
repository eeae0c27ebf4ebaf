import { z } from 'zod';
import type { Database } from '../store/database.ts';

const endSchema = z.enum(['withdrawn', 'expired', 'supply_left', 'access_ended']).nullable().catch(null);

/** `replaced`: what was allowed later has taken its place, and is shared. */
export type EndOfSharing = z.output<typeof endSchema> | 'replaced';

/** Why what a decision allowed is shared no more; null while it is, or when nothing ever was. */
export async function endOfSharing(database: Database, decisionId: string): Promise<EndOfSharing> {
  const grant = await database
    .selectFrom('grants')
    .select(['status', 'share_key'])
    .where('decision_id', '=', decisionId)
    .executeTakeFirst();
  if (grant?.status !== 'replaced') return endSchema.parse(grant?.status ?? null);
  const successor = await database
    .selectFrom('grants')
    .select('status')
    .where('share_key', '=', grant.share_key)
    .where('status', 'in', ['active', 'withdrawn', 'expired', 'supply_left', 'access_ended'])
    .orderBy('created_at', 'desc')
    .executeTakeFirst();
  return successor?.status === 'active' ? 'replaced' : endSchema.parse(successor?.status ?? null);
}
