import { createLog } from '../../src/base/log.ts';
import type { Flatpeak, SubmissionResult } from '../../src/flatpeak/client.ts';
import { createOutbox } from '../../src/outbox/outbox.ts';
import { createConsentRecords } from '../../src/sharing/consent-records.ts';
import { createDecisions, type Consent, type DecisionInput } from '../../src/sharing/decisions.ts';
import { createGrants } from '../../src/sharing/grants.ts';
import { createGrantOverview } from '../../src/sharing/overview.ts';
import { createGrantSelector } from '../../src/sharing/selection.ts';
import { createSettlement } from '../../src/sharing/settlement.ts';
import { createWithdrawals } from '../../src/sharing/withdrawals.ts';
import { lookupKeys } from '../../src/store/lookup-secret.ts';
import { HOUR } from '../support/clock.ts';
import { useStore, type DatabaseKind } from '../support/databases.ts';

/** What a page showed, as the consent page records it. */
export const SHOWN = {
  recipient: { id: 'acc_1', name: 'Heat Maker', logoUrl: null, termsUrl: null, privacyUrl: null, supportUrl: null },
  supply: { id: 'supply-1', label: 'Home', direction: 'IMPORT', address: ['12 Mill Lane', 'Bristol BS1 4ND', 'GB'] },
  tariffName: 'Go 12M',
  postalAddress: { post_code: 'BS1 4ND', country_code: 'GB' },
  contractTerm: { start_date: '2026-01-01T00:00:00Z' },
};

export interface Given {
  sub?: string;
  supply?: string;
  account?: string | null;
  recipient?: string;
}

/** Decisions, grants and what follows from them, on a real database; Flatpeak answers as it is told. */
export function useSharing(kind: DatabaseKind) {
  const store = useStore(kind);
  const clock = () => store.clock.now();
  const sealer = store.sealer;
  const consentRecords = createConsentRecords(sealer, clock);
  const log = createLog('silent');
  const settlement = createSettlement({ consentRecords, clock });
  let journeys = 0;

  /** What Flatpeak is asked to take, and what it says to it. */
  const flatpeak = {
    sent: [] as string[],
    answer: (): Promise<SubmissionResult> => Promise.resolve({ verdict: 'accepted', code: 'http_200' }),
    /** Instead, where it depends on the decision. */
    answerTo: null as ((decisionId: string) => Promise<SubmissionResult>) | null,
  };
  /** Under the secret in the database, which every test makes anew. */
  const lookupKey = () => lookupKeys(store.database, sealer, clock)();
  const parts = () => {
    const { database } = store;
    const grants = createGrants({ database, sealer, lookupKey, clock, maxAgeDays: 365 });
    const selector = createGrantSelector({ database, sealer, lookupKey, clock, batch: 3 });
    const outbox = createOutbox({
      database,
      postgres: kind === 'postgres',
      sealer,
      flatpeak: {
        submit: ({ idempotencyKey }) => {
          flatpeak.sent.push(idempotencyKey);
          return flatpeak.answerTo?.(idempotencyKey) ?? flatpeak.answer();
        },
      } as Flatpeak,
      clock,
      log,
      attemptMs: 1000,
      onSettled: settlement,
    });
    const decisions = createDecisions({
      grants,
      outbox: () => outbox,
      consentRecords,
      lookupKey,
      clock,
      submitPath: (token) => `/connect/session/${token}`,
      tariffUrl: new URL('https://connect.provider.example/tariff'),
      consentAction: null,
      reshape: (body) => Promise.resolve(body),
    });
    return {
      lookupKey,
      settlement,
      grants,
      outbox,
      decisions,
      selector,
      overview: createGrantOverview({ database, selector, sealer, clock }),
      withdrawals: createWithdrawals({ database, selector, consentRecords, clock, log }),
    };
  };

  const consentOf = ({ sub = 'customer-1', supply = 'supply-1', account = 'A-1' }: Given): Consent => ({
    binding: {
      supply: { id: supply, account_id: account, meter_point_id: null },
      customer: { sub, claims: { customer_number: `number-of-${sub}` } },
    },
    postalAddress: SHOWN.postalAddress,
    contractTerm: SHOWN.contractTerm,
    language: 'en',
    text: { version: 'en-1', hash: 'digest-of-the-text' },
    shown: { ...SHOWN, supply: { ...SHOWN.supply, id: supply } },
  });

  async function decide(given: Given = {}, more: Partial<DecisionInput> = {}) {
    const { decisions } = parts();
    journeys += 1;
    const prepared = await decisions.prepare({
      journeyId: `journey-${journeys}`,
      connectToken: `cot_${journeys}`,
      deadlineAt: clock() + HOUR,
      accountId: given.recipient ?? 'acc_1',
      outcome: 'allowed',
      reason: 'consent_given',
      action: null,
      consent: consentOf(given),
      ...more,
    });
    await store.database.transaction().execute((queries) => decisions.record(queries, prepared));
    return prepared;
  }

  return {
    store,
    flatpeak,
    parts,
    decide,
    /** The customer allowed; Flatpeak has not heard of it yet. */
    allowed: async (given: Given = {}) => {
      const { id, grant } = await decide(given);
      if (!grant) throw new Error('no grant');
      return { decisionId: id, id: grant.id, token: grant.token };
    },
    statusOf: async ({ token }: { token: string }): Promise<string> => {
      const found = await parts().grants.find(token);
      return found.status === 'ended' ? found.reason : found.status;
    },
    /** What was recorded of a decision, in order, with what each record says. */
    recordsOf: async (decisionId: string) => {
      const rows = await store.database
        .selectFrom('consent_records')
        .selectAll()
        .where('decision_id', '=', decisionId)
        .orderBy('recorded_at')
        .execute();
      return rows.map((row) => ({
        event: row.event,
        grant: row.grant_id,
        said: sealer.open(row.evidence_sealed, `consent_records.evidence:${row.id}`),
      }));
    },
    outboxRow: (decisionId: string) =>
      store.database.selectFrom('outbox').selectAll().where('decision_id', '=', decisionId).executeTakeFirstOrThrow(),
  };
}
