import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { codeOf, Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { CustomerTokens } from '../identity/claims.ts';
import type { IdentityProvider } from '../identity/identity-provider.ts';
import type { Database, Queries } from '../store/database.ts';
import { placeOf } from '../store/sealed-places.ts';
import type { Sealer } from '../store/sealing.ts';
import type { CustomerTokensTable } from '../store/tables.ts';
import type { Endings } from './endings.ts';

/**
 * Keeps the tokens of customers in whose name the provider's systems are asked, sealed, one row for each grant. Where
 * the provider rotates refresh tokens (RFC 9700 §4.14.2) each works once, so: one instance at a time asks for new
 * ones, what it gets is stored before it is used, and one that dies in between leaves the old one to be tried again.
 */
export interface TokenKeeper {
  /** Part of the transaction that stores the grant. */
  store(queries: Queries, grantId: string, subject: string, tokens: CustomerTokens): Promise<void>;
  /**
   * An access token that holds for a while yet; `refused` is one that was not taken. Throws `customer_access_ended`
   * (fact: `grant`), whereupon the grant has ended too, or `source_unavailable`.
   */
  access(grantId: string, refused?: string): Promise<string>;
}

export interface TokenKeeperParts {
  database: Database;
  sealer: Sealer;
  identityProvider: Pick<IdentityProvider, 'refresh'>;
  endings: Pick<Endings, 'end'>;
  clock: Clock;
  log: Log;
  /** How long the others wait for the one who asks. */
  patienceMs?: number;
}

/** Longer than any request to the identity provider can take; after it, whoever asked counts as dead. */
const LEASE_MS = 30_000;
/** A token about to end could end on its way. */
const MARGIN_MS = 30_000;
const LOOK_EVERY_MS = 50;
/** New tokens are the only good ones, so storing them is tried for longer than a database takes to change over. */
const STORE_AFTER_MS = [0, 100, 400, 1600, 6400];

const refreshSchema = z.object({ refreshToken: z.string().nullable(), subject: z.string(), scope: z.string() });
const tokenPlace = (column: 'access_sealed' | 'refresh_sealed', grantId: string) =>
  placeOf('customer_tokens', column, grantId);
const unavailable = (cause?: unknown) => new Failure('source_unavailable', { reason: 'customer_token' }, cause);

const openAccess = (sealer: Sealer, row: Pick<CustomerTokensTable, 'grant_id' | 'access_sealed'>) =>
  z.string().parse(sealer.open(row.access_sealed, tokenPlace('access_sealed', row.grant_id)));

/** The token whose end is the end of all; an access token where there is no other. */
export const revocableToken = (
  sealer: Sealer,
  row: Pick<CustomerTokensTable, 'grant_id' | 'access_sealed' | 'refresh_sealed'>,
): string => openRefresh(sealer, row).refreshToken ?? openAccess(sealer, row);

const openRefresh = (sealer: Sealer, row: Pick<CustomerTokensTable, 'grant_id' | 'refresh_sealed'>) =>
  refreshSchema.parse(sealer.open(row.refresh_sealed, tokenPlace('refresh_sealed', row.grant_id)));

export function createTokenKeeper(parts: TokenKeeperParts): TokenKeeper {
  const { database, sealer, identityProvider, endings, clock, log, patienceMs = 8000 } = parts;
  const asking = new Map<string, Promise<string>>();

  const sealed = (grantId: string, subject: string, { accessToken, accessExpiresAt, ...rest }: CustomerTokens) => ({
    access_sealed: sealer.seal(accessToken, tokenPlace('access_sealed', grantId)),
    refresh_sealed: sealer.seal(
      { refreshToken: rest.refreshToken, subject, scope: rest.scope },
      tokenPlace('refresh_sealed', grantId),
    ),
    access_expires_at: accessExpiresAt,
  });

  const rowOf = (grantId: string) =>
    database.selectFrom('customer_tokens').selectAll().where('grant_id', '=', grantId).executeTakeFirst();

  /** The row, while nobody has stored newer tokens. */
  const unchanged = (row: CustomerTokensTable) =>
    database.updateTable('customer_tokens').where('grant_id', '=', row.grant_id).where('version', '=', row.version);

  const lease = async (row: CustomerTokensTable): Promise<boolean> => {
    const result = await unchanged(row)
      .set({ leased_until: clock() + LEASE_MS })
      .where('leased_until', '<=', clock())
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  };

  const release = (row: CustomerTokensTable) => unchanged(row).set({ leased_until: 0 }).execute();

  const storeRenewed = async (row: CustomerTokensTable, subject: string, tokens: CustomerTokens): Promise<void> => {
    let failure: unknown;
    for (const wait of STORE_AFTER_MS) {
      if (wait > 0) await sleep(wait);
      try {
        await unchanged(row)
          .set({ ...sealed(row.grant_id, subject, tokens), version: row.version + 1, leased_until: 0 })
          .execute();
        return;
      } catch (error) {
        failure = error;
      }
    }
    log.error({ event: 'customer_token_not_stored', grant: row.grant_id, code: codeOf(failure) });
    throw unavailable(failure);
  };

  const endAccess = async (row: CustomerTokensTable): Promise<never> => {
    await endings.end(row.grant_id, 'access_ended', 'refresh_refused');
    await database.deleteFrom('customer_tokens').where('grant_id', '=', row.grant_id).execute();
    throw new Failure('customer_access_ended', { grant: row.grant_id });
  };

  /** With the lease held. Null when another instance's newer tokens were found instead. */
  const renew = async (row: CustomerTokensTable): Promise<string | null> => {
    const { refreshToken, subject, scope } = openRefresh(sealer, row);
    if (refreshToken === null) return endAccess(row);
    let tokens: CustomerTokens;
    try {
      tokens = await identityProvider.refresh({ refreshToken, subject, scope });
    } catch (error) {
      const code = codeOf(error);
      const { cause } = error instanceof Failure ? error.facts : {};
      log.warn({ event: 'customer_token_not_renewed', grant: row.grant_id, code, cause });
      if (code === 'refresh_refused') {
        // Perhaps it was spent by an instance that outlived its lease.
        return (await rowOf(row.grant_id))?.version === row.version ? endAccess(row) : null;
      }
      await release(row);
      throw unavailable(error);
    }
    await storeRenewed(row, subject, tokens);
    return tokens.accessToken;
  };

  const get = async (grantId: string, refused: string | undefined): Promise<string> => {
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      const row = await rowOf(grantId);
      if (!row) break;
      const current = openAccess(sealer, row);
      if (row.access_expires_at - MARGIN_MS > clock() && current !== refused) return current;
      const renewed = (await lease(row)) ? await renew(row) : null;
      if (renewed !== null) return renewed;
      await sleep(LOOK_EVERY_MS);
    }
    throw unavailable();
  };

  return {
    async store(queries, grantId, subject, tokens) {
      await queries
        .insertInto('customer_tokens')
        .values({ grant_id: grantId, ...sealed(grantId, subject, tokens), version: 1, leased_until: 0 })
        .execute();
    },

    access(grantId, refused) {
      const key = `${grantId} ${refused ?? ''}`;
      let flight = asking.get(key);
      if (!flight) {
        flight = get(grantId, refused).finally(() => asking.delete(key));
        asking.set(key, flight);
      }
      return flight;
    },
  };
}
