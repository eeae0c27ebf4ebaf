import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { hashToken, randomId } from '../base/random.ts';
import type { SignInChecks, SignInStart } from '../identity/identity-provider.ts';
import type { Database } from '../store/database.ts';
import { placeOf } from '../store/sealed-places.ts';
import type { Sealer } from '../store/sealing.ts';

/** Who looks after what they share. */
export interface SignedIn {
  subject: string;
  /** Enough to recognise oneself; see `maskedName`. */
  masked: string | null;
}

/**
 * One browser at the overview of shares: on its way through sign-in, or signed in for a while. A row is begun anew with
 * every sign-in, under the secret of the browser that asked, and under a new one once it has succeeded.
 */
export interface Sessions {
  begin(secret: string, start: SignInStart): Promise<void>;
  /** The request this browser should open, unless it has been opened already. */
  takeUrl(secret: string): Promise<string | null>;
  /** The sign-in a callback belongs to. */
  ofState(state: string): Promise<{ id: string; isOf: (secret: string | null) => boolean } | null>;
  /** What the callback must match, the first time only. */
  spend(id: string): Promise<SignInChecks | null>;
  signedIn(id: string, secret: string, customer: SignedIn): Promise<void>;
  find(secret: string): Promise<SignedIn | null>;
  end(secret: string): Promise<void>;
  purge(): Promise<number>;
}

const SIGN_IN_MS = 15 * 60_000;
const SIGNED_IN_MS = 30 * 60_000;

const requestSchema = z.object({
  url: z.string(),
  checks: z.object({ state: z.string(), nonce: z.string(), codeVerifier: z.string() }),
  opened: z.boolean(),
});
const customerSchema = z.object({ subject: z.string(), masked: z.string().nullable() });

export function createSessions(database: Database, sealer: Sealer, clock: Clock): Sessions {
  const requestPlace = (id: string) => placeOf('connection_sessions', 'request_sealed', id);
  const customerPlace = (id: string) => placeOf('connection_sessions', 'customer_sealed', id);

  const live = () => database.selectFrom('connection_sessions').selectAll().where('expires_at', '>', clock());
  const ofBrowser = (secret: string) => live().where('browser_hash', '=', hashToken(secret)).executeTakeFirst();

  const end = async (secret: string): Promise<void> => {
    await database.deleteFrom('connection_sessions').where('browser_hash', '=', hashToken(secret)).execute();
  };

  /** Only while nobody else has: one request opens, one spends. */
  const replaceRequest = async (id: string, envelope: string, by: string | null): Promise<boolean> => {
    const result = await database
      .updateTable('connection_sessions')
      .set({ request_sealed: by })
      .where('id', '=', id)
      .where('request_sealed', '=', envelope)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  };

  return {
    async begin(secret, { url, checks }) {
      await end(secret);
      const id = randomId();
      await database
        .insertInto('connection_sessions')
        .values({
          id,
          browser_hash: hashToken(secret),
          state_hash: hashToken(checks.state),
          request_sealed: sealer.seal({ url, checks, opened: false }, requestPlace(id)),
          customer_sealed: null,
          expires_at: clock() + SIGN_IN_MS,
        })
        .execute();
    },

    async takeUrl(secret) {
      const row = await ofBrowser(secret);
      if (!row?.request_sealed) return null;
      const request = requestSchema.parse(sealer.open(row.request_sealed, requestPlace(row.id)));
      if (request.opened) return null;
      const opened = sealer.seal({ ...request, opened: true }, requestPlace(row.id));
      return (await replaceRequest(row.id, row.request_sealed, opened)) ? request.url : null;
    },

    async ofState(state) {
      const row = await live().where('state_hash', '=', hashToken(state)).executeTakeFirst();
      if (!row) return null;
      return { id: row.id, isOf: (secret) => secret !== null && hashToken(secret) === row.browser_hash };
    },

    async spend(id) {
      const row = await live().where('id', '=', id).executeTakeFirst();
      if (!row?.request_sealed) return null;
      const { checks } = requestSchema.parse(sealer.open(row.request_sealed, requestPlace(id)));
      return (await replaceRequest(id, row.request_sealed, null)) ? checks : null;
    },

    async signedIn(id, secret, customer) {
      await database
        .updateTable('connection_sessions')
        .set({
          browser_hash: hashToken(secret),
          customer_sealed: sealer.seal(customer, customerPlace(id)),
          expires_at: clock() + SIGNED_IN_MS,
        })
        .where('id', '=', id)
        .execute();
    },

    async find(secret) {
      const row = await ofBrowser(secret);
      return row?.customer_sealed
        ? customerSchema.parse(sealer.open(row.customer_sealed, customerPlace(row.id)))
        : null;
    },

    end,

    async purge() {
      const result = await database
        .deleteFrom('connection_sessions')
        .where('expires_at', '<=', clock())
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}
