import type { Clock } from '../base/clock.ts';
import { codeOf } from '../base/failure.ts';
import { randomId } from '../base/random.ts';
import type { Queries } from '../store/database.ts';
import { placeOf } from '../store/sealed-places.ts';
import type { Sealer } from '../store/sealing.ts';
import type { ConsentRecordsTable } from '../store/tables.ts';

/** The evidence of one moment in the life of a consent. Rows are added, never changed; their sealed part may be erased. */
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

/** What can become of a consent after it was given. */
export type ConsentOutcome = 'not_delivered' | 'ended' | 'expired' | 'withdrawn';

export interface ConsentRecords {
  add(queries: Queries, event: 'granted' | 'declined', evidence: ConsentEvidence): Promise<void>;
  /** What became of a consent later on, beside the record of its giving; `facts` say why. */
  addOutcome(
    queries: Queries,
    event: ConsentOutcome,
    decisionId: string,
    facts?: Record<string, unknown>,
  ): Promise<void>;
}

const evidencePlace = (id: string) => placeOf('consent_records', 'evidence_sealed', id);

export const sealEvidence = (sealer: Sealer, id: string, evidence: Record<string, unknown>): string =>
  sealer.seal(evidence, evidencePlace(id));

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
          evidence_sealed: sealEvidence(sealer, id, evidence.shown),
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
        .values({ ...granted, id, event, evidence_sealed: sealEvidence(sealer, id, facts), recorded_at: clock() })
        .execute();
    },
  };
}

/** What a record has sealed; null with the reason when it cannot be opened. */
export type Opened = { evidence: unknown; unreadable: null } | { evidence: null; unreadable: string };

export function openEvidence(sealer: Sealer, row: Pick<ConsentRecordsTable, 'id' | 'evidence_sealed'>): Opened {
  try {
    return { evidence: sealer.open(row.evidence_sealed, evidencePlace(row.id)), unreadable: null };
  } catch (error) {
    return { evidence: null, unreadable: codeOf(error) };
  }
}
