import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { hashToken, randomId, randomToken } from '../base/random.ts';
import type { Database, Queries } from '../store/database.ts';
import type { LookupKey, Sealer } from '../store/sealing.ts';

/** What a grant is bound to; sealed, and never sent anywhere. */
const bindingSchema = z.object({
  supply: z.object({ id: z.string(), account_id: z.string().nullable(), meter_point_id: z.string().nullable() }),
  customer: z.object({ sub: z.string(), claims: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) }),
});

export type GrantBinding = z.output<typeof bindingSchema>;

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
  /** Flatpeak has accepted the decision: an earlier grant for the same customer, supply and recipient ends. */
  confirm(queries: Queries, decisionId: string): Promise<void>;
  /** Flatpeak never got, or refused, the decision. */
  void(queries: Queries, decisionId: string): Promise<void>;
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

const placeOf = (id: string) => `grants.binding:${id}`;
const DAY_MS = 86_400_000;

export function createGrants({ database, sealer, lookupKey, clock, maxAgeDays }: GrantParts): Grants {
  const end = (queries: Queries, reason: GrantEnd) =>
    queries.updateTable('grants').set({ status: reason, ended_at: clock() }).where('status', '=', 'active');

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
      await queries
        .insertInto('grants')
        .values({
          id: grant.id,
          token_hash: hashToken(grant.token),
          decision_id: decisionId,
          subject_key: grant.subjectKey,
          account_id: grant.accountId,
          share_key: grant.shareKey,
          binding_sealed: sealer.seal(grant.binding, placeOf(grant.id)),
          status: 'active',
          created_at: clock(),
          expires_at: grant.expiresAt,
          ended_at: null,
          last_read_at: null,
          // The customer has just chosen among the supplies they have.
          entitled_at: clock(),
        })
        .execute();
    },

    async confirm(queries, decisionId) {
      const grant = await queries
        .selectFrom('grants')
        .select(['id', 'share_key', 'created_at'])
        .where('decision_id', '=', decisionId)
        .executeTakeFirst();
      if (!grant) return;
      await end(queries, 'replaced')
        .where('share_key', '=', grant.share_key)
        .where('id', '!=', grant.id)
        .where('created_at', '<=', grant.created_at)
        .execute();
    },

    async void(queries, decisionId) {
      await end(queries, 'not_delivered').where('decision_id', '=', decisionId).execute();
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
      const binding = bindingSchema.parse(sealer.open(row.binding_sealed, placeOf(row.id)));
      return {
        status: 'active',
        grantId: row.id,
        expiresAt: row.expires_at,
        entitledAt: row.entitled_at,
        ...binding,
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
