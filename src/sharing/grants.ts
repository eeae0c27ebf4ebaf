import type { Clock } from '../base/clock.ts';
import { hashToken, randomId, randomToken } from '../base/random.ts';
import type { Database, Queries } from '../store/database.ts';
import type { LookupKey, Sealer } from '../store/sealing.ts';
import { openBinding, sealBinding, type GrantBinding } from './binding.ts';

/** Why a grant that was once good is not any more. */
export type GrantEnd = 'withdrawn' | 'expired' | 'supply_left' | 'access_ended' | 'not_delivered' | 'replaced';

export type GrantLookup =
  | ({ status: 'active'; grantId: string; expiresAt: number; entitledAt: number } & GrantBinding)
  | { status: 'ended'; reason: GrantEnd }
  | { status: 'unknown' };

/** A grant before it is stored: the only moment its token exists in clear. */
export interface NewGrant {
  id: string;
  token: string;
  expiresAt: number;
  subjectKey: string;
  shareKey: string;
  accountId: string;
  binding: GrantBinding;
}

export interface Grants {
  prepare(binding: GrantBinding, accountId: string): Promise<NewGrant>;
  store(queries: Queries, grant: NewGrant, decisionId: string): Promise<void>;
  find(token: string): Promise<GrantLookup>;
  touch(grantId: string, at: number): Promise<void>;
  /** The provider's system says, at this moment (epoch ms), that the customer still has the supply. */
  entitled(grantId: string, at: number): Promise<void>;
}

export interface GrantParts {
  database: Database;
  sealer: Sealer;
  lookupKey: () => Promise<LookupKey>;
  clock: Clock;
  maxAgeDays: number;
}

const DAY_MS = 86_400_000;

export function createGrants({ database, sealer, lookupKey, clock, maxAgeDays }: GrantParts): Grants {
  return {
    async prepare(binding, accountId) {
      const key = await lookupKey();
      return {
        id: `grt_${randomId()}`,
        token: randomToken(),
        expiresAt: clock() + maxAgeDays * DAY_MS,
        subjectKey: key('subject', binding.customer.sub),
        shareKey: key('share', binding.customer.sub, binding.supply.id, accountId),
        accountId,
        binding,
      };
    },

    async store(queries, grant, decisionId) {
      const { latest } = await queries
        .selectFrom('grants')
        .select(({ fn }) => fn.max<number | null>('created_at').as('latest'))
        .where('share_key', '=', grant.shareKey)
        .executeTakeFirstOrThrow();
      await queries
        .insertInto('grants')
        .values({
          id: grant.id,
          token_hash: hashToken(grant.token),
          decision_id: decisionId,
          subject_key: grant.subjectKey,
          account_id: grant.accountId,
          share_key: grant.shareKey,
          binding_sealed: sealBinding(sealer, grant.id, grant.binding),
          status: 'active',
          // The later agreement replaces the earlier one, also when the clock was put back between the two.
          created_at: Math.max(clock(), (latest ?? 0) + 1),
          expires_at: grant.expiresAt,
          ended_at: null,
          last_read_at: null,
          // The customer has just chosen among the supplies they have.
          entitled_at: clock(),
        })
        .execute();
    },

    async find(token) {
      const row = await database
        .selectFrom('grants')
        .select(['id', 'status', 'expires_at', 'entitled_at', 'binding_sealed'])
        .where('token_hash', '=', hashToken(token))
        .executeTakeFirst();
      if (!row) return { status: 'unknown' };
      if (row.status !== 'active') return { status: 'ended', reason: row.status as GrantEnd };
      if (row.expires_at <= clock()) return { status: 'ended', reason: 'expired' };
      return {
        status: 'active',
        grantId: row.id,
        expiresAt: row.expires_at,
        entitledAt: row.entitled_at,
        ...openBinding(sealer, row),
      };
    },

    async touch(grantId, at) {
      await database.updateTable('grants').set({ last_read_at: at }).where('id', '=', grantId).execute();
    },

    async entitled(grantId, at) {
      await database.updateTable('grants').set({ entitled_at: at }).where('id', '=', grantId).execute();
    },
  };
}
