import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { asRecord } from '../base/json.ts';
import type { Database } from '../store/database.ts';
import type { LookupKey, Sealer } from '../store/sealing.ts';
import { eraseBinding } from './binding.ts';
import { openEvidence, sealEvidence } from './consent-records.ts';

/** One record, opened. Times are epoch milliseconds. */
export interface ConsentRecord {
  id: string;
  /** The same for all records of one customer, and says nothing of who it is. */
  customerKey: string;
  event: string;
  recordedAt: number;
  decisionId: string;
  grantId: string | null;
  recipientId: string;
  language: string;
  text: { version: string; hash: string };
  /** What the page showed, or why the consent ended; null when it cannot be opened. */
  evidence: unknown;
  /** The stable code of why not. */
  unreadable: string | null;
}

export interface ConsentHistory {
  /** Everything recorded of a customer, the oldest first. */
  of(subject: string): Promise<ConsentRecord[]>;
  /** Everything recorded in a time (half-open, epoch ms), the oldest first, batch by batch. */
  between(from: number, until: number): AsyncGenerator<ConsentRecord[]>;
  /**
   * Erases what is sealed about a customer, but for live grants: what pages showed, what operators noted, and what
   * ended grants were bound to. That, when and for whom something was agreed to or ended stays.
   */
  erase(subject: string): Promise<Erased>;
}

export interface Erased {
  records: number;
  grants: number;
  /** Live grants, which were left as they are. */
  live: number;
}

export interface HistoryParts {
  database: Database;
  sealer: Sealer;
  lookupKey: () => Promise<LookupKey>;
  clock: Clock;
}

/** Records of what a page showed; the others hold codes, and perhaps an operator's words. */
const SHOWN = new Set(['granted', 'declined']);
const BATCH = 500;
const erasedSchema = z.object({ erased_at: z.string() });

export function createConsentHistory({ database, sealer, lookupKey, clock }: HistoryParts): ConsentHistory {
  const keyOf = async (subject: string) => (await lookupKey())('subject', subject);

  const rowsOf = (subjectKey: string) =>
    database
      .selectFrom('consent_records')
      .selectAll()
      .where('subject_key', '=', subjectKey)
      .orderBy('recorded_at')
      .orderBy('id')
      .execute();

  const grantsOf = (subjectKey: string) =>
    database
      .selectFrom('grants')
      .select(['id', 'status', 'expires_at', 'binding_sealed'])
      .where('subject_key', '=', subjectKey)
      .execute();

  type Row = Awaited<ReturnType<typeof rowsOf>>[number];

  /** What is left of a record's evidence; null when there is nothing to erase. */
  const leftOf = (row: Row): Record<string, unknown> | null => {
    const { evidence, unreadable } = openEvidence(sealer, row);
    if (erasedSchema.safeParse(evidence).success) return null;
    if (SHOWN.has(row.event) || unreadable !== null) return { erased_at: new Date(clock()).toISOString() };
    const { note, ...codes } = asRecord(evidence);
    return note === undefined ? null : codes;
  };

  const eraseRecord = async (row: Row): Promise<boolean> => {
    const left = leftOf(row);
    if (left === null) return false;
    await database
      .updateTable('consent_records')
      .set({ evidence_sealed: sealEvidence(sealer, row.id, left) })
      .where('id', '=', row.id)
      .execute();
    return true;
  };

  const eraseGrant = async (row: { id: string; binding_sealed: string }): Promise<boolean> => {
    const erased = eraseBinding(sealer, row, clock());
    if (erased === null) return false;
    await database.updateTable('grants').set({ binding_sealed: erased }).where('id', '=', row.id).execute();
    return true;
  };

  const opened = (row: Row): ConsentRecord => ({
    id: row.id,
    customerKey: row.subject_key,
    event: row.event,
    recordedAt: row.recorded_at,
    decisionId: row.decision_id,
    grantId: row.grant_id,
    recipientId: row.account_id,
    language: row.language,
    text: { version: row.text_version, hash: row.text_hash },
    ...openEvidence(sealer, row),
  });

  return {
    of: async (subject) => (await rowsOf(await keyOf(subject))).map(opened),

    async *between(from, until) {
      for (let at = from, last = ''; ;) {
        const rows = await database
          .selectFrom('consent_records')
          .selectAll()
          .where('recorded_at', '<', until)
          .where((is) => is.or([is('recorded_at', '>', at), is.and([is('recorded_at', '=', at), is('id', '>', last)])]))
          .orderBy('recorded_at')
          .orderBy('id')
          .limit(BATCH)
          .execute();
        const end = rows.at(-1);
        if (!end) return;
        yield rows.map(opened);
        [at, last] = [end.recorded_at, end.id];
      }
    },

    async erase(subject) {
      const subjectKey = await keyOf(subject);
      const grants = await grantsOf(subjectKey);
      // A grant that has ended never lives again, so nothing can come between looking and erasing.
      const live = new Set(
        grants.filter(({ status, expires_at }) => status === 'active' && expires_at > clock()).map(({ id }) => id),
      );
      const sum: Erased = { records: 0, grants: 0, live: live.size };
      for (const row of await rowsOf(subjectKey)) {
        if (row.grant_id !== null && live.has(row.grant_id)) continue;
        if (await eraseRecord(row)) sum.records += 1;
      }
      for (const grant of grants) {
        if (!live.has(grant.id) && (await eraseGrant(grant))) sum.grants += 1;
      }
      return sum;
    },
  };
}
