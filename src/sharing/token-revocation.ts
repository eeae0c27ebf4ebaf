import type { Clock } from '../base/clock.ts';
import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { IdentityProvider } from '../identity/identity-provider.ts';
import type { Database } from '../store/database.ts';
import type { Sealer } from '../store/sealing.ts';
import type { Tidied } from '../store/tidying.ts';
import type { GrantEnd } from './grants.ts';
import { revocableToken } from './token-keeper.ts';

export interface TokenRevocationParts {
  database: Database;
  sealer: Sealer;
  identityProvider: Pick<IdentityProvider, 'revoke'>;
  clock: Clock;
  log: Log;
}

const AT_ONCE = 50;
const TRY_FOR_MS = 86_400_000;

/** Ends that leave nothing to revoke: a newer consent lives on the same sign-in at many providers, or it is over already. */
const LEFT_ALONE = new Set<string>(['replaced', 'access_ended'] satisfies GrantEnd[]);

/**
 * Tokens of grants that have ended are revoked at the identity provider (RFC 7009) and forgotten; where it does not
 * answer, for a day, and then forgotten all the same.
 */
export function createTokenRevocation(parts: TokenRevocationParts): Tidied {
  const { database, sealer, identityProvider, clock, log } = parts;

  const ended = () =>
    database
      .selectFrom('customer_tokens')
      .innerJoin('grants', 'grants.id', 'customer_tokens.grant_id')
      .select(['grant_id', 'access_sealed', 'refresh_sealed', 'status', 'ended_at', 'expires_at'])
      .where((is) => is.or([is('status', '!=', 'active'), is('expires_at', '<=', clock())]))
      .limit(AT_ONCE)
      .execute();

  type Ended = Awaited<ReturnType<typeof ended>>[number];

  const revoke = async (row: Ended): Promise<boolean> => {
    try {
      if (!LEFT_ALONE.has(row.status)) await identityProvider.revoke(revocableToken(sealer, row));
      return true;
    } catch (error) {
      log.warn({ event: 'customer_token_not_revoked', grant: row.grant_id, code: codeOf(error) });
      return (row.ended_at ?? row.expires_at) + TRY_FOR_MS <= clock();
    }
  };

  return {
    async purge() {
      let forgotten = 0;
      for (const row of await ended()) {
        // One that cannot be reached for this token cannot be reached for the next one.
        if (!(await revoke(row))) break;
        await database.deleteFrom('customer_tokens').where('grant_id', '=', row.grant_id).execute();
        forgotten += 1;
      }
      return forgotten;
    },
  };
}
