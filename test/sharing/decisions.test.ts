import { beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/base/log.ts';
import type { Flatpeak } from '../../src/flatpeak/client.ts';
import { createOutbox, type Outbox } from '../../src/outbox/outbox.ts';
import { createConsentRecords } from '../../src/sharing/consent-records.ts';
import { createDecisions, type Consent, type DecisionInput, type Decisions } from '../../src/sharing/decisions.ts';
import { createGrants, type Grants } from '../../src/sharing/grants.ts';
import { createSettlement } from '../../src/sharing/settlement.ts';
import { DAY, HOUR } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';

const TOKEN = 'cot_68541c4c407600f62fd98a97';

const CONSENT: Consent = {
  binding: {
    supply: { id: 'supply-1', account_id: 'A-1', meter_point_id: 'MPAN-1' },
    customer: { sub: 'customer-1', claims: { customer_number: 'C-1' } },
  },
  postalAddress: { post_code: 'BS1 4ND', country_code: 'GB' },
  contractTerm: { start_date: '2026-01-01T00:00:00Z' },
  language: 'en',
  text: { version: '3', hash: 'digest-of-the-text' },
  shown: { recipient: 'Heat Maker', tariff: 'Go 12M' },
};

describe.each(DATABASE_KINDS)('decisions (%s)', (kind) => {
  const store = useStore(kind);
  let grants: Grants;
  let outbox: Outbox;
  let answer: Awaited<ReturnType<Flatpeak['submit']>>;
  let sent: { path: string; body: string; idempotencyKey: string }[];

  const decisionsWith = (
    more: { consentAction?: string; reshape?: (body: unknown) => Promise<unknown> } = {},
  ): Decisions =>
    createDecisions({
      grants,
      outbox: () => outbox,
      consentRecords: createConsentRecords(store.sealer, store.clock.now),
      lookupKey: () => Promise.resolve(store.lookupKey),
      clock: store.clock.now,
      submitPath: (token) => `/connect/session/${token}`,
      tariffUrl: new URL('https://connect.provider.example/tariff'),
      consentAction: more.consentAction ?? null,
      reshape: more.reshape ?? ((body) => Promise.resolve(body)),
    });

  beforeEach(() => {
    sent = [];
    answer = { verdict: 'accepted', code: 'http_200' };
    grants = createGrants({
      database: store.database,
      sealer: store.sealer,
      lookupKey: () => Promise.resolve(store.lookupKey),
      clock: store.clock.now,
      maxAgeDays: 365,
    });
    outbox = createOutbox({
      database: store.database,
      postgres: kind === 'postgres',
      sealer: store.sealer,
      flatpeak: {
        submit: ({ path, body, idempotencyKey }) => {
          sent.push({ path, body, idempotencyKey });
          return Promise.resolve(answer);
        },
      } as Flatpeak,
      clock: store.clock.now,
      log: createLog('silent'),
      attemptMs: 1000,
      onSettled: createSettlement({
        consentRecords: createConsentRecords(store.sealer, store.clock.now),
        clock: store.clock.now,
      }),
    });
  });

  const input = (more: Partial<DecisionInput> = {}): DecisionInput => ({
    journeyId: 'journey-1',
    connectToken: TOKEN,
    deadlineAt: store.clock.now() + HOUR,
    accountId: 'acc_1',
    outcome: 'allowed',
    reason: 'consent_given',
    action: null,
    consent: CONSENT,
    ...more,
  });
  const DENIED = { outcome: 'declined', reason: 'consent_denied', action: 'DISMISS_CONSENT' } as const;
  const CANCELLED = { outcome: 'declined', reason: 'cancelled', action: 'DISMISS_LOGIN', consent: null } as const;

  async function decide(more: Partial<DecisionInput> = {}, decisions = decisionsWith()) {
    const prepared = await decisions.prepare(input(more));
    await store.database.transaction().execute((queries) => decisions.record(queries, prepared));
    return prepared;
  }
  const bodyOf = ({ body }: { body: string }): unknown => JSON.parse(body);
  const records = () =>
    store.database.selectFrom('consent_records').selectAll().orderBy('recorded_at').orderBy('event').execute();

  describe('what Flatpeak is told', () => {
    test('of consent: the grant, and what the page showed', async () => {
      const prepared = await decide();
      expect(bodyOf(prepared)).toEqual({
        connect_token: TOKEN,
        auth_data: {
          type: 'bearer',
          access_token: prepared.grant?.token,
          expires_at: new Date(store.clock.now() + 365 * DAY).toISOString(),
          tariff_url: 'https://connect.provider.example/tariff',
          grant_id: prepared.grant?.id,
        },
        postal_address: { post_code: 'BS1 4ND', country_code: 'GB' },
        contract_term: { start_date: '2026-01-01T00:00:00Z' },
      });
    });

    test('nothing that is unknown or not shared', async () => {
      const prepared = await decide({ consent: { ...CONSENT, postalAddress: null, contractTerm: null } });
      expect(Object.keys(bodyOf(prepared) as object)).toEqual(['connect_token', 'auth_data']);
    });

    test('no internal identifier', async () => {
      expect((await decide()).body).not.toMatch(/supply-1|A-1|MPAN-1|customer-1|C-1|journey-1|acc_1/);
    });

    test('the success value, where one was agreed', async () => {
      const prepared = await decide({}, decisionsWith({ consentAction: 'CONSENT' }));
      expect(bodyOf(prepared)).toMatchObject({ connect_token: TOKEN, action: 'CONSENT', auth_data: {} });
    });

    test.each(['DISMISS_LOGIN', 'DISMISS_CONSENT', 'ERROR'] as const)('%s, and nothing else', async (action) => {
      const prepared = await decide({ outcome: 'failed', reason: 'internal', action, consent: null });
      expect(bodyOf(prepared)).toEqual({ connect_token: TOKEN, action });
    });

    test('of a consent denied: the action alone, though the page had been shown', async () => {
      expect(bodyOf(await decide(DENIED))).toEqual({ connect_token: TOKEN, action: 'DISMISS_CONSENT' });
    });

    test('the success value never with a refusal', async () => {
      const prepared = await decide(DENIED, decisionsWith({ consentAction: 'CONSENT' }));
      expect(bodyOf(prepared)).toEqual({ connect_token: TOKEN, action: 'DISMISS_CONSENT' });
    });

    test('in the provider’s own envelope, where the pack has one', async () => {
      const reshape = (body: unknown) => Promise.resolve({ envelope: body });
      const prepared = await decide(CANCELLED, decisionsWith({ reshape }));
      expect(prepared.body).toBe(`{"envelope":{"connect_token":"${TOKEN}","action":"DISMISS_LOGIN"}}`);
    });
  });

  describe('what is kept', () => {
    test('of consent: the decision, its evidence, the grant and the message, together', async () => {
      const { id, grant, body } = await decide();
      expect(await store.database.selectFrom('decisions').selectAll().execute()).toEqual([
        { id, journey_id: 'journey-1', outcome: 'allowed', reason: 'consent_given', decided_at: store.clock.now() },
      ]);
      const [record] = await records();
      expect(record).toMatchObject({
        decision_id: id,
        event: 'granted',
        account_id: 'acc_1',
        grant_id: grant?.id,
        language: 'en',
        text_version: '3',
        text_hash: 'digest-of-the-text',
        subject_key: store.lookupKey('subject', 'customer-1'),
      });
      expect(store.sealer.open(record!.evidence_sealed, `consent_records.evidence:${record!.id}`)).toEqual(
        CONSENT.shown,
      );
      expect(await grants.find(grant?.token ?? '')).toMatchObject({ status: 'active' });
      await outbox.deliverDue();
      expect(sent).toEqual([{ path: `/connect/session/${TOKEN}`, body, idempotencyKey: id }]);
    });

    test('of a consent denied: the evidence, and no grant', async () => {
      const { id, grant } = await decide(DENIED);
      expect(grant).toBeNull();
      expect(await records()).toEqual([
        expect.objectContaining({ decision_id: id, event: 'declined', grant_id: null }),
      ]);
      expect(await store.database.selectFrom('grants').selectAll().execute()).toEqual([]);
    });

    test('of a visit cancelled before any consent page: the decision alone', async () => {
      await decide(CANCELLED);
      expect(await records()).toEqual([]);
      expect(await store.database.selectFrom('grants').selectAll().execute()).toEqual([]);
    });

    test('the evidence cannot be read from the database', async () => {
      await decide();
      expect(JSON.stringify(await records())).not.toMatch(/Heat Maker|Go 12M|customer-1/);
    });

    test('nothing at all when a part of it fails', async () => {
      const decisions = decisionsWith();
      const prepared = await decisions.prepare(input());
      const failing = store.database.transaction().execute(async (queries) => {
        await decisions.record(queries, prepared);
        throw new Error('power cut');
      });
      await expect(failing).rejects.toThrow('power cut');
      for (const table of ['decisions', 'consent_records', 'grants', 'outbox'] as const) {
        expect({ table, rows: await store.database.selectFrom(table).selectAll().execute() }).toEqual({
          table,
          rows: [],
        });
      }
    });

    test('one decision a journey: a second is refused by the database itself', async () => {
      await decide();
      await expect(decide(DENIED)).rejects.toThrow();
      expect(await store.database.selectFrom('decisions').select('reason').execute()).toEqual([
        { reason: 'consent_given' },
      ]);
    });
  });

  describe('what an answer of Flatpeak does', () => {
    test('acceptance keeps the grant, and ends the one it replaces', async () => {
      const earlier = await decide();
      await outbox.deliverDue();
      store.clock.advance(DAY);
      const later = await decide({ journeyId: 'journey-2', deadlineAt: store.clock.now() + HOUR });
      await outbox.deliverDue();
      expect(await grants.find(later.grant!.token)).toMatchObject({ status: 'active' });
      expect(await grants.find(earlier.grant!.token)).toEqual({ status: 'ended', reason: 'replaced' });
      expect((await records()).map(({ event }) => event)).toEqual(['granted', 'granted']);
    });

    test('a refusal voids the grant and is recorded beside the consent', async () => {
      const { id, grant } = await decide();
      answer = { verdict: 'refused', code: 'http_404' };
      store.clock.advance(1000);
      await outbox.deliverDue();
      expect(await grants.find(grant!.token)).toEqual({ status: 'ended', reason: 'not_delivered' });
      expect((await records()).map(({ event, decision_id, grant_id }) => [event, decision_id, grant_id])).toEqual([
        ['granted', id, grant?.id],
        ['not_delivered', id, grant?.id],
      ]);
    });

    test('a refusal is recorded with the answer it came with', async () => {
      await decide();
      answer = { verdict: 'refused', code: 'http_404' };
      store.clock.advance(1000);
      await outbox.deliverDue();
      const record = (await records()).at(-1)!;
      expect(store.sealer.open(record.evidence_sealed, `consent_records.evidence:${record.id}`)).toEqual({
        reason: 'refused',
        code: 'http_404',
      });
    });

    test('a refusal leaves the grant it would have replaced', async () => {
      const earlier = await decide();
      await outbox.deliverDue();
      store.clock.advance(DAY);
      await decide({ journeyId: 'journey-2', deadlineAt: store.clock.now() + HOUR });
      answer = { verdict: 'refused', code: 'http_404' };
      await outbox.deliverDue();
      expect(await grants.find(earlier.grant!.token)).toMatchObject({ status: 'active' });
    });

    test('a token that ends undelivered voids the grant too', async () => {
      const { grant } = await decide();
      store.clock.advance(2 * HOUR);
      await outbox.deliverDue();
      expect(sent).toEqual([]);
      expect(await grants.find(grant!.token)).toEqual({ status: 'ended', reason: 'not_delivered' });
    });

    test('a refusal of a refusal records nothing', async () => {
      await decide(CANCELLED);
      answer = { verdict: 'refused', code: 'http_404' };
      await outbox.deliverDue();
      expect(await records()).toEqual([]);
    });
  });
});
