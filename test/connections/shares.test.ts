import { beforeEach, describe, expect, test } from '@jest/globals';
import { createShares } from '../../src/connections/shares.ts';
import type { SubmissionResult } from '../../src/flatpeak/client.ts';
import { createConsentHistory } from '../../src/sharing/consent-history.ts';
import { DAY, HOUR, SECOND } from '../support/clock.ts';
import { SHOWN, useSharing } from '../sharing/sharing-store.ts';

const ACCEPTED: SubmissionResult = { verdict: 'accepted', code: 'http_200' };
const REFUSED: SubmissionResult = { verdict: 'refused', code: 'http_404' };
const UNREADABLE = 'gone:x:y:z';

describe('what a customer is told of what they share', () => {
  const { store, flatpeak, parts, allowed, decide } = useSharing('sqlite');
  const iso = (at: number) => new Date(at).toISOString();
  const shares = () =>
    createShares({
      overview: parts().overview,
      withdrawals: parts().withdrawals,
      timezone: 'Europe/London',
      clock: () => store.clock.now(),
    });
  const one = (id: string) => shares().one('ann', id);
  const anns = () => allowed({ sub: 'ann' });
  const deliver = () => parts().outbox.deliverDue();
  const loseKeyOf = (table: 'consent_records' | 'grants') =>
    table === 'grants'
      ? store.database.updateTable('grants').set({ binding_sealed: UNREADABLE }).execute()
      : store.database.updateTable('consent_records').set({ evidence_sealed: UNREADABLE }).execute();

  beforeEach(() => {
    flatpeak.answer = () => Promise.resolve(ACCEPTED);
  });

  test('says what they agreed to, as the page showed it, and how things stand', async () => {
    const grantedAt = store.clock.now();
    const { id } = await anns();
    await deliver();
    await parts().grants.touch(id, grantedAt + HOUR);
    expect(await shares().of('ann')).toEqual([
      {
        id,
        recipient: 'Heat Maker',
        supply: { label: 'Home', addressLines: SHOWN.supply.address, direction: 'IMPORT' },
        tariffName: 'Go 12M',
        contract: { start: '2026-01-01T00:00:00Z', end: null, endsSoon: false },
        since: iso(grantedAt),
        until: iso(grantedAt + 365 * DAY),
        lastRead: iso(grantedAt + HOUR),
        pending: false,
        ended: null,
        timezone: 'Europe/London',
      },
    ]);
  });

  test('has the newest first', async () => {
    const ids = [];
    for (const supply of ['S-1', 'S-2', 'S-3']) {
      ids.unshift((await allowed({ sub: 'ann', supply })).id);
      store.clock.advance(SECOND);
    }
    expect((await shares().of('ann')).map(({ id }) => id)).toEqual(ids);
  });

  describe('is pending', () => {
    test.each<[string, SubmissionResult | null, boolean]>([
      ['before Flatpeak was asked', null, true],
      [
        'when Flatpeak said "not now"',
        { verdict: 'again', code: 'http_503', answered: true, retryAfterMs: null },
        true,
      ],
      ['while an operator has to mend something', { verdict: 'parked', code: 'http_403' }, true],
      ['no longer once Flatpeak has accepted', ACCEPTED, false],
    ])('%s', async (_, answer, pending) => {
      const { id } = await anns();
      if (answer) {
        flatpeak.answer = () => Promise.resolve(answer);
        await deliver();
      }
      expect(await one(id)).toMatchObject({ pending, ended: null });
    });

    test('no longer once it has ended', async () => {
      const { id } = await anns();
      await shares().stop('ann', id);
      expect(await one(id)).toMatchObject({ pending: false });
    });
  });

  describe('has ended', () => {
    test.each([
      ['customer', 'withdrawn'],
      ['provider', 'stopped'],
    ] as const)('by the %s: %s', async (by, reason) => {
      const { id } = await anns();
      store.clock.advance(HOUR);
      await parts().withdrawals.withdraw(id, by);
      expect((await one(id))?.ended).toEqual({ at: iso(store.clock.now()), reason });
    });

    test.each(['supply_left', 'access_ended', 'replaced', 'not_delivered', 'expired'])('as %s', async (reason) => {
      const { id } = await anns();
      await store.database.updateTable('grants').set({ status: reason, ended_at: 1 }).execute();
      expect((await one(id))?.ended).toEqual({ at: iso(1), reason });
    });

    test('as not delivered, where Flatpeak refused it', async () => {
      const { id } = await anns();
      flatpeak.answer = () => Promise.resolve(REFUSED);
      await deliver();
      expect((await one(id))?.ended?.reason).toBe('not_delivered');
    });

    test('as expired from the agreed moment on, whether that has been recorded or not', async () => {
      const end = store.clock.now() + 365 * DAY;
      const { id } = await anns();
      store.clock.advance(400 * DAY);
      expect((await one(id))?.ended).toEqual({ at: iso(end), reason: 'expired' });
    });

    test('by nobody anyone can name, where the record of it cannot be read', async () => {
      const { id } = await anns();
      await parts().withdrawals.withdraw(id, 'provider');
      await loseKeyOf('consent_records');
      expect((await one(id))?.ended).toEqual({ at: iso(store.clock.now()), reason: null });
    });
  });

  describe('a contract', () => {
    test.each([
      ['that ends in more than thirty days', 30 * DAY + 1, false],
      ['that ends in thirty days', 30 * DAY, true],
      ['that ends in a moment', 1, true],
      ['that has just ended', 0, false],
      ['that ended long ago', -90 * DAY, false],
    ])('%s: ends soon is %s', async (_, inMs, endsSoon) => {
      const end = iso(store.clock.now() + inMs);
      const { consent } = await prepared({ contractTerm: { end_date: end } });
      expect(consent).toMatchObject({ contract: { start: null, end, endsSoon } });
    });

    test('without dates ends at no known time', async () => {
      const { consent } = await prepared({ contractTerm: null });
      expect(consent).toMatchObject({ contract: { start: null, end: null, endsSoon: false } });
    });
  });

  /** A share whose page showed something else than usual. */
  async function prepared(shown: Record<string, unknown>) {
    const supply = { id: 'supply-1', account_id: null, meter_point_id: null };
    const { grant } = await decide(
      { sub: 'ann' },
      {
        consent: {
          binding: { supply, customer: { sub: 'ann', claims: {} } },
          postalAddress: null,
          contractTerm: null,
          language: 'en',
          text: { version: 'en-1', hash: 'digest-of-the-text' },
          shown: { ...SHOWN, ...shown },
        },
      },
    );
    return { consent: await one(grant?.id ?? '') };
  }

  describe('where the evidence is gone', () => {
    const NOTHING_KNOWN = {
      recipient: null,
      supply: { label: null, addressLines: [], direction: 'IMPORT' },
      tariffName: null,
      contract: { start: null, end: null, endsSoon: false },
    };

    test('because a key was lost, a share is still there to be stopped', async () => {
      const { id } = await anns();
      await loseKeyOf('consent_records');
      await loseKeyOf('grants');
      expect(await shares().of('ann')).toEqual([expect.objectContaining({ id, ...NOTHING_KNOWN, ended: null })]);
      await shares().stop('ann', id);
      expect((await one(id))?.ended).not.toBeNull();
    });

    test('because it was erased, what has ended is still told', async () => {
      const { id } = await anns();
      await shares().stop('ann', id);
      const { database } = store;
      const clock = () => store.clock.now();
      await createConsentHistory({ database, sealer: store.sealer, lookupKey: parts().lookupKey, clock }).erase('ann');
      expect(await one(id)).toMatchObject({ ...NOTHING_KNOWN, ended: { reason: 'withdrawn' } });
      expect(await shares().receipt('ann', id)).toMatchObject({ addressShared: null, text: { version: 'en-1' } });
    });

    test('because its record is missing altogether, there is a share but no receipt', async () => {
      const { id } = await anns();
      await store.database.deleteFrom('consent_records').execute();
      expect(await one(id)).toMatchObject(NOTHING_KNOWN);
      expect(await shares().receipt('ann', id)).toBeNull();
    });

    test('or of a kind from before, the parts that can be read are told', async () => {
      const { consent } = await prepared({ tariffName: 7, postalAddress: 'somewhere', contractTerm: 'some time' });
      expect(consent).toMatchObject({ recipient: 'Heat Maker', tariffName: null, contract: { end: null } });
    });
  });

  describe('a receipt', () => {
    test('names the share, what of the address was shared, and the wording', async () => {
      const { id, decisionId } = await anns();
      const receipt = await shares().receipt('ann', id);
      expect(receipt).toEqual({
        share: await one(id),
        addressShared: ['BS1 4ND', 'GB'],
        text: { language: 'en', version: 'en-1', hash: 'digest-of-the-text' },
      });
      expect(await shares().receiptOf(decisionId)).toEqual(receipt);
    });

    test('of a decision that shared nothing is none', async () => {
      const declined = { outcome: 'declined', reason: 'consent_denied', action: 'DISMISS_CONSENT' } as const;
      const { id } = await decide({ sub: 'ann' }, declined);
      expect(await shares().receiptOf(id)).toBeNull();
    });
  });

  describe('another customer’s share', () => {
    test('is not there', async () => {
      const { id } = await allowed({ sub: 'ben' });
      expect([await one(id), await shares().receipt('ann', id), await shares().of('ann')]).toEqual([null, null, []]);
    });

    test('cannot be stopped', async () => {
      const ben = await allowed({ sub: 'ben' });
      await shares().stop('ann', ben.id);
      expect((await shares().one('ben', ben.id))?.ended).toBeNull();
    });
  });

  test.each(['grt_unknown', '', '%'])(
    'a share nobody has (%j) is not there, and stopping it does nothing',
    async (id) => {
      await anns();
      expect([await one(id), await shares().receipt('ann', id)]).toEqual([null, null]);
      await shares().stop('ann', id);
      expect((await shares().of('ann')).map(({ ended }) => ended)).toEqual([null]);
    },
  );

  test('stopping twice is stopping once', async () => {
    const { id, decisionId } = await anns();
    await shares().stop('ann', id);
    const { ended } = (await one(id))!;
    store.clock.advance(HOUR);
    await shares().stop('ann', id);
    expect((await one(id))?.ended).toEqual(ended);
    expect((await shares().receiptOf(decisionId))?.share.ended).toEqual(ended);
  });
});
