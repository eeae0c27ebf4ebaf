import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { hashToken } from '../base/random.ts';
import type { SignInStart } from '../identity/identity-provider.ts';
import type { Database } from '../store/database.ts';
import { placeOf } from '../store/sealed-places.ts';
import type { Sealer } from '../store/sealing.ts';

/**
 * Authorization requests on their way. What a callback must match is read once and is gone before the code is
 * exchanged; a spent row stays until it expires, so that a repeated callback still finds its journey.
 */
export interface SignIns {
  begin(input: SignInStart & { journeyId: string; browserHash: string }): Promise<void>;
  /** The request this browser should open, unless it has been opened already. */
  takeUrl(journeyId: string, browserHash: string): Promise<string | null>;
  journeyOf(state: string): Promise<{ journeyId: string; browserHash: string } | null>;
  /** The checks of a callback, for the browser that began it and only the first time. */
  spend(state: string, browserHash: string): Promise<SignInStart['checks'] | null>;
  /** Another browser has taken the journey over: what others began is void. */
  voidOthers(journeyId: string, browserHash: string): Promise<void>;
  purge(): Promise<number>;
}

const LIFE_MS = 15 * 60_000;
const MOST_OPEN = 5;

const requestSchema = z.object({
  url: z.string(),
  checks: z.object({ state: z.string(), nonce: z.string(), codeVerifier: z.string() }),
  opened: z.boolean(),
});

export function createSignIns(database: Database, sealer: Sealer, clock: Clock): SignIns {
  const requestPlace = (stateHash: string) => placeOf('sign_ins', 'request_sealed', stateHash);

  const live = () => database.selectFrom('sign_ins').selectAll().where('expires_at', '>', clock());

  const forgetOldest = async (journeyId: string): Promise<void> => {
    const surplus = await database
      .selectFrom('sign_ins')
      .select('state_hash')
      .where('journey_id', '=', journeyId)
      .orderBy('expires_at', 'desc')
      .offset(MOST_OPEN)
      .limit(50)
      .execute();
    if (surplus.length === 0) return;
    await database
      .deleteFrom('sign_ins')
      .where(
        'state_hash',
        'in',
        surplus.map((row) => row.state_hash),
      )
      .execute();
  };

  return {
    async begin({ journeyId, browserHash, url, checks }) {
      const stateHash = hashToken(checks.state);
      await database
        .insertInto('sign_ins')
        .values({
          state_hash: stateHash,
          journey_id: journeyId,
          browser_hash: browserHash,
          request_sealed: sealer.seal({ url, checks, opened: false }, requestPlace(stateHash)),
          expires_at: clock() + LIFE_MS,
        })
        .execute();
      await forgetOldest(journeyId);
    },

    async takeUrl(journeyId, browserHash) {
      const row = await live()
        .where('journey_id', '=', journeyId)
        .where('browser_hash', '=', browserHash)
        .where('request_sealed', 'is not', null)
        .orderBy('expires_at', 'desc')
        .executeTakeFirst();
      if (!row?.request_sealed) return null;
      const request = requestSchema.parse(sealer.open(row.request_sealed, requestPlace(row.state_hash)));
      if (request.opened) return null;
      await database
        .updateTable('sign_ins')
        .set({ request_sealed: sealer.seal({ ...request, opened: true }, requestPlace(row.state_hash)) })
        .where('state_hash', '=', row.state_hash)
        .where('request_sealed', '=', row.request_sealed)
        .execute();
      return request.url;
    },

    async journeyOf(state) {
      const row = await live().where('state_hash', '=', hashToken(state)).executeTakeFirst();
      return row ? { journeyId: row.journey_id, browserHash: row.browser_hash } : null;
    },

    async spend(state, browserHash) {
      const stateHash = hashToken(state);
      const row = await live()
        .where('state_hash', '=', stateHash)
        .where('browser_hash', '=', browserHash)
        .executeTakeFirst();
      if (!row?.request_sealed) return null;
      const spent = await database
        .updateTable('sign_ins')
        .set({ request_sealed: null })
        .where('state_hash', '=', stateHash)
        .where('request_sealed', 'is not', null)
        .executeTakeFirst();
      if (spent.numUpdatedRows !== 1n) return null;
      return requestSchema.parse(sealer.open(row.request_sealed, requestPlace(stateHash))).checks;
    },

    async voidOthers(journeyId, browserHash) {
      await database
        .updateTable('sign_ins')
        .set({ request_sealed: null })
        .where('journey_id', '=', journeyId)
        .where('browser_hash', '!=', browserHash)
        .execute();
    },

    async purge() {
      const result = await database.deleteFrom('sign_ins').where('expires_at', '<=', clock()).executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}
