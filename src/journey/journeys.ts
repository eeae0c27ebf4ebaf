import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { isId, randomId } from '../base/random.ts';
import type { SessionContext } from '../flatpeak/context.ts';
import type { ContractTerm, PostalAddress } from '../flatpeak/submission.ts';
import type { Identity } from '../identity/claims.ts';
import { endOfSharing, type EndOfSharing } from '../sharing/end-of-sharing.ts';
import type { Database, Queries } from '../store/database.ts';
import { placeOf } from '../store/sealed-places.ts';
import type { Sealer } from '../store/sealing.ts';
import type { JourneysTable } from '../store/tables.ts';
import type { Supply } from '../tariff/supplies.ts';
import { PROBLEMS, type Problem } from './rules/outcomes.ts';
import { isDecided, STATES, type State } from './rules/transitions.ts';

/** What the browser and Flatpeak said when the journey began. */
export interface Visit {
  connectToken: string;
  account: SessionContext['account'];
  /** Already checked against the return rules; null when no address can be trusted. */
  returnAddress: string | null;
  extras: [string, string][];
}

/** The recipient's account id at Flatpeak, or its name when it has none. */
export const recipientIdOf = ({ account }: Visit): string => account.id ?? account.name ?? '';

/** The customer's supplies as read after sign-in, and the one under decision. */
export interface SupplyState {
  supplies: Supply[];
  /** Index into `supplies`. */
  chosen: number | null;
  /** What the consent page showed last; only that can be allowed. */
  shown: ShownConsent | null;
}

export interface ShownConsent {
  /** Digest over everything that would be shared; the page's form carries it. */
  digest: string;
  postalAddress: PostalAddress | null;
  contractTerm: ContractTerm | null;
  language: string;
  text: { version: string; hash: string };
  values: Record<string, unknown>;
}

export interface Journey {
  id: string;
  state: State;
  visit: Visit;
  browserHash: string | null;
  identity: Identity | null;
  supply: SupplyState | null;
  problem: Problem | null;
  freshSignIn: boolean;
  decisionId: string | null;
  expiresAt: number;
  tokenExpiresAt: number;
  version: number;
}

export type JourneyChanges = Partial<Omit<Journey, 'id' | 'visit' | 'version' | 'tokenExpiresAt'>>;

/** What was decided, and whether it still holds. */
export interface MadeDecision {
  outcome: 'allowed' | 'declined' | 'failed';
  reason: string;
  decidedAt: number;
  /** Why what was allowed is shared no more. */
  ended: EndOfSharing;
}

export interface Journeys {
  byId(id: string): Promise<Journey | null>;
  byToken(tokenHash: string): Promise<Journey | null>;
  /** Null when another request has just opened the same link: then `byToken` finds it. */
  create(
    tokenHash: string,
    visit: Visit,
    lives: { expiresAt: number; tokenExpiresAt: number },
  ): Promise<Journey | null>;
  /** The link is opened anew after the visit expired: the old row keeps only its way back. */
  release(journey: Journey): Promise<void>;
  /** Throws `journey_changed` when somebody else was faster. */
  save(queries: Queries, journey: Journey, changes: JourneyChanges): Promise<Journey>;
  /** Part of the transaction that settles a delivery. */
  settle(queries: Queries, decisionId: string, state: 'delivered' | 'undelivered'): Promise<void>;
  decision(journey: Journey): Promise<MadeDecision | null>;
  purge(): Promise<number>;
}

const stateSchema = z.enum(STATES);
const problemSchema = z.enum(PROBLEMS);
const outcomeSchema = z.enum(['allowed', 'declined', 'failed']);

/** An expired visit's page can still show the way back for this long. */
const KEEP_EXPIRED_MS = 3_600_000;

type SealedColumn = 'visit_sealed' | 'identity_sealed' | 'supply_sealed';

export function createJourneys(database: Database, sealer: Sealer, clock: Clock): Journeys {
  const sealed = (column: SealedColumn, id: string, value: unknown) =>
    value === null ? null : sealer.seal(value, placeOf('journeys', column, id));
  // What we sealed ourselves has the shape we gave it.
  const opened = (column: SealedColumn, id: string, envelope: string | null): unknown =>
    envelope === null ? null : sealer.open(envelope, placeOf('journeys', column, id));

  const fromRow = (row: JourneysTable): Journey => ({
    id: row.id,
    state: stateSchema.parse(row.state),
    visit: opened('visit_sealed', row.id, row.visit_sealed) as Visit,
    browserHash: row.browser_hash,
    identity: opened('identity_sealed', row.id, row.identity_sealed) as Identity | null,
    supply: opened('supply_sealed', row.id, row.supply_sealed) as SupplyState | null,
    problem: row.problem === null ? null : problemSchema.parse(row.problem),
    freshSignIn: row.fresh_sign_in === 1,
    decisionId: row.decision_id,
    expiresAt: row.expires_at,
    tokenExpiresAt: row.token_expires_at,
    version: row.version,
  });

  const columnsOf = (id: string, changes: JourneyChanges) => ({
    ...(changes.state === undefined ? {} : { state: changes.state }),
    ...(changes.browserHash === undefined ? {} : { browser_hash: changes.browserHash }),
    ...(changes.identity === undefined ? {} : { identity_sealed: sealed('identity_sealed', id, changes.identity) }),
    ...(changes.supply === undefined ? {} : { supply_sealed: sealed('supply_sealed', id, changes.supply) }),
    ...(changes.problem === undefined ? {} : { problem: changes.problem }),
    ...(changes.freshSignIn === undefined ? {} : { fresh_sign_in: changes.freshSignIn ? 1 : 0 }),
    ...(changes.decisionId === undefined ? {} : { decision_id: changes.decisionId }),
    ...(changes.expiresAt === undefined ? {} : { expires_at: changes.expiresAt }),
  });

  return {
    async byId(id) {
      if (!isId(id)) return null;
      const row = await database.selectFrom('journeys').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? fromRow(row) : null;
    },

    async byToken(tokenHash) {
      const row = await database
        .selectFrom('journeys')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst();
      return row ? fromRow(row) : null;
    },

    async create(tokenHash, visit, lives) {
      const id = randomId();
      const row = await database
        .insertInto('journeys')
        .values({
          id,
          token_hash: tokenHash,
          state: 'started',
          visit_sealed: sealer.seal(visit, placeOf('journeys', 'visit_sealed', id)),
          browser_hash: null,
          identity_sealed: null,
          supply_sealed: null,
          problem: null,
          fresh_sign_in: 0,
          decision_id: null,
          created_at: clock(),
          expires_at: lives.expiresAt,
          token_expires_at: lives.tokenExpiresAt,
          version: 1,
        })
        .onConflict((conflict) => conflict.column('token_hash').doNothing())
        .returningAll()
        .executeTakeFirst();
      return row ? fromRow(row) : null;
    },

    async release(journey) {
      await database
        .updateTable('journeys')
        // A request that read the journey just before must not go on with it.
        .set({
          token_hash: null,
          browser_hash: null,
          identity_sealed: null,
          supply_sealed: null,
          version: journey.version + 1,
        })
        .where('id', '=', journey.id)
        .where('version', '=', journey.version)
        .execute();
    },

    async save(queries, journey, changes) {
      const result = await queries
        .updateTable('journeys')
        .set({ ...columnsOf(journey.id, changes), version: journey.version + 1 })
        .where('id', '=', journey.id)
        .where('version', '=', journey.version)
        .executeTakeFirst();
      if (result.numUpdatedRows !== 1n) throw new Failure('journey_changed');
      return { ...journey, ...changes, version: journey.version + 1 };
    },

    async settle(queries, decisionId, state) {
      await queries
        .updateTable('journeys')
        .set((row) => ({ state, version: row('version', '+', 1) }))
        .where('decision_id', '=', decisionId)
        .where('state', '=', 'decided')
        .execute();
    },

    async decision(journey) {
      if (journey.decisionId === null || !isDecided(journey.state)) return null;
      const row = await database
        .selectFrom('decisions')
        .selectAll()
        .where('id', '=', journey.decisionId)
        .executeTakeFirst();
      if (!row) return null;
      return {
        outcome: outcomeSchema.parse(row.outcome),
        reason: row.reason,
        decidedAt: row.decided_at,
        ended: await endOfSharing(database, row.id),
      };
    },

    async purge() {
      const result = await database
        .deleteFrom('journeys')
        .where('expires_at', '<', clock() - KEEP_EXPIRED_MS)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}
