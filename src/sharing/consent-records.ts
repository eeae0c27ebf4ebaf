import type { Clock } from '../base/clock.ts';
import { randomId } from '../base/random.ts';
import type { Queries } from '../store/database.ts';
import type { Sealer } from '../store/sealing.ts';

/** The evidence of one moment in the life of a consent. Rows are added, never changed. */
export interface ConsentEvidence {
  decisionId: string;
  subjectKey: string;
  accountId: string;
  grantId: string | null;
  language: string;
  text: { version: string; hash: string };
  /** Every value the page showed, and to whom it would go. */
  shown: Record<string, unknown>;
}

export interface ConsentRecords {
  add(queries: Queries, event: 'granted' | 'declined', evidence: ConsentEvidence): Promise<void>;
  /** What became of a consent later on, beside the record of its giving; `facts` say why. */
  addOutcome(
    queries: Queries,
    event: 'not_delivered' | 'ended',
    decisionId: string,
    facts?: Record<string, unknown>,
  ): Promise<void>;
}

const placeOf = (id: string) => `consent_records.evidence:${id}`;

export function createConsentRecords(sealer: Sealer, clock: Clock): ConsentRecords {
  return {
    async add(queries, event, evidence) {
      const id = randomId();
      await queries
        .insertInto('consent_records')
        .values({
          id,
          decision_id: evidence.decisionId,
          event,
          subject_key: evidence.subjectKey,
          account_id: evidence.accountId,
          grant_id: evidence.grantId,
          language: evidence.language,
          text_version: evidence.text.version,
          text_hash: evidence.text.hash,
          evidence_sealed: sealer.seal(evidence.shown, placeOf(id)),
          recorded_at: clock(),
        })
        .execute();
    },

    async addOutcome(queries, event, decisionId, facts = {}) {
      const granted = await queries
        .selectFrom('consent_records')
        .selectAll()
        .where('decision_id', '=', decisionId)
        .where('event', '=', 'granted')
        .executeTakeFirst();
      if (!granted) return;
      const id = randomId();
      await queries
        .insertInto('consent_records')
        .values({ ...granted, id, event, evidence_sealed: sealer.seal(facts, placeOf(id)), recorded_at: clock() })
        .execute();
    },
  };
}
