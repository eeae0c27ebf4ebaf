import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SubmissionResult } from '../../src/flatpeak/client.ts';
import { DAY, SECOND } from '../support/clock.ts';
import { DATABASE_KINDS } from '../support/databases.ts';
import { useSharing } from './sharing-store.ts';

const ACCEPTED: SubmissionResult = { verdict: 'accepted', code: 'http_200' };
const PARKED: SubmissionResult = { verdict: 'parked', code: 'http_403' };
const AGAIN: SubmissionResult = { verdict: 'again', code: 'http_503', answered: true, retryAfterMs: null };

describe.each(DATABASE_KINDS)('withdrawal (%s)', (kind) => {
  const { store, flatpeak, parts, allowed, statusOf, recordsOf, outboxRow } = useSharing(kind);
  const withdraw = (grantId: string, by: 'customer' | 'provider' = 'customer') =>
    parts().withdrawals.withdraw(grantId, by);
  const deliver = () => parts().outbox.deliverDue();

  beforeEach(() => {
    flatpeak.sent = [];
    flatpeak.answer = () => Promise.resolve(ACCEPTED);
  });

  /** Flatpeak has taken the request and answers when it is told to. */
  function slowFlatpeak() {
    const arrived = Promise.withResolvers<undefined>();
    const answer = Promise.withResolvers<SubmissionResult>();
    flatpeak.answer = () => {
      arrived.resolve(undefined);
      return answer.promise;
    };
    return { arrived: arrived.promise, answers: answer.resolve };
  }

  test('ends a grant that Flatpeak reads, at once, and the others stay', async () => {
    const [grant, other] = [await allowed(), await allowed({ supply: 'supply-2' })];
    await deliver();
    expect(await withdraw(grant.id)).toBe('withdrawn');
    expect([await statusOf(grant), await statusOf(other)]).toEqual(['withdrawn', 'active']);
  });

  test.each(['customer', 'provider'] as const)('by the %s is recorded beside the consent, and no more', async (by) => {
    const grant = await allowed();
    store.clock.advance(DAY);
    await withdraw(grant.id, by);
    expect((await recordsOf(grant.decisionId)).at(-1)).toEqual({ event: 'withdrawn', grant: grant.id, said: { by } });
  });

  test('of a grant nobody knows changes nothing', async () => {
    expect(await withdraw('grt_unknown')).toBe('unknown');
  });

  test('counts once, however many tabs ask for it', async () => {
    const grant = await allowed();
    const results = await Promise.all(Array.from({ length: 4 }, () => withdraw(grant.id)));
    expect(results.sort()).toEqual(['ended', 'ended', 'ended', 'withdrawn']);
    expect((await recordsOf(grant.decisionId)).filter(({ event }) => event === 'withdrawn')).toHaveLength(1);
  });

  test.each(['replaced', 'supply_left', 'access_ended', 'not_delivered'])(
    'of a grant that has ended leaves its reason: %s',
    async (status) => {
      const grant = await allowed();
      await store.database.updateTable('grants').set({ status, ended_at: 1 }).execute();
      expect(await withdraw(grant.id)).toBe('ended');
      expect(await statusOf(grant)).toBe(status);
      expect(await recordsOf(grant.decisionId)).toHaveLength(1);
    },
  );

  test('of a grant that has expired leaves it expired', async () => {
    const grant = await allowed();
    await deliver();
    store.clock.advance(365 * DAY);
    expect(await withdraw(grant.id)).toBe('ended');
    expect(await statusOf(grant)).toBe('expired');
  });

  test('is a whole: when it cannot be recorded, the grant lives and its submission waits', async () => {
    const grant = await allowed();
    await store.database.schema.alterTable('consent_records').renameTo('hidden').execute();
    try {
      await expect(withdraw(grant.id)).rejects.toThrow();
    } finally {
      await store.database.schema.alterTable('hidden').renameTo('consent_records').execute();
    }
    expect(await statusOf(grant)).toBe('active');
    expect(await parts().outbox.stateOf(grant.decisionId)).toBe('waiting');
  });

  describe('of a consent that Flatpeak has not answered', () => {
    test('stops its submission: emptied, and never sent', async () => {
      const grant = await allowed();
      await withdraw(grant.id);
      store.clock.advance(DAY);
      expect(await deliver()).toBe(0);
      expect(flatpeak.sent).toEqual([]);
      expect(await outboxRow(grant.decisionId)).toMatchObject({
        state: 'withdrawn',
        message_sealed: null,
        settled_at: store.clock.now() - DAY,
      });
    });

    test('stops one that is parked too', async () => {
      const grant = await allowed();
      flatpeak.answer = () => Promise.resolve(PARKED);
      await deliver();
      await withdraw(grant.id);
      expect(await outboxRow(grant.decisionId)).toMatchObject({ state: 'withdrawn', message_sealed: null });
    });

    test('leaves the submission of a consent that has been delivered as it is', async () => {
      const grant = await allowed();
      await deliver();
      await withdraw(grant.id);
      expect(await parts().outbox.stateOf(grant.decisionId)).toBe('delivered');
    });

    test('leaves the grant it would have replaced: that one is withdrawn for itself', async () => {
      const earlier = await allowed();
      await deliver();
      store.clock.advance(DAY);
      const later = await allowed();
      await withdraw(later.id);
      await deliver();
      expect([await statusOf(earlier), await statusOf(later)]).toEqual(['active', 'withdrawn']);
    });
  });

  describe('while an attempt is under way', () => {
    test('an acceptance is recorded, and revives nothing', async () => {
      const grant = await allowed();
      const { arrived, answers } = slowFlatpeak();
      const carrying = deliver();
      await arrived;
      expect(await withdraw(grant.id)).toBe('withdrawn');
      answers(ACCEPTED);
      await carrying;
      expect(await statusOf(grant)).toBe('withdrawn');
      expect(await outboxRow(grant.decisionId)).toMatchObject({ state: 'delivered', last_code: 'http_200' });
      expect((await recordsOf(grant.decisionId)).map(({ event }) => event).sort()).toEqual(['granted', 'withdrawn']);
    });

    test('an acceptance does not replace the grant from before', async () => {
      const earlier = await allowed();
      await deliver();
      store.clock.advance(DAY);
      const later = await allowed();
      const { arrived, answers } = slowFlatpeak();
      const carrying = deliver();
      await arrived;
      await withdraw(later.id);
      answers(ACCEPTED);
      await carrying;
      expect([await statusOf(earlier), await statusOf(later)]).toEqual(['active', 'withdrawn']);
    });

    test.each<[string, SubmissionResult, string]>([
      ['a refusal', { verdict: 'refused', code: 'http_404' }, 'http_404'],
      ['"not now"', AGAIN, 'http_503'],
      ['an answer that would have parked it', PARKED, 'http_403'],
    ])('%s is noted, and changes nothing', async (_, result, code) => {
      const grant = await allowed();
      const { arrived, answers } = slowFlatpeak();
      const carrying = deliver();
      await arrived;
      await withdraw(grant.id);
      answers(result);
      await carrying;
      expect(await statusOf(grant)).toBe('withdrawn');
      expect(await outboxRow(grant.decisionId)).toMatchObject({ state: 'withdrawn', last_code: code });
      store.clock.advance(DAY);
      expect(await deliver()).toBe(0);
      expect((await recordsOf(grant.decisionId)).map(({ event }) => event).sort()).toEqual(['granted', 'withdrawn']);
    });
  });

  test('and the end of a delivery do not hold each other up, however they meet', async () => {
    flatpeak.answer = () => Promise.resolve({ verdict: 'refused', code: 'http_404' });
    for (let round = 0; round < 10; round += 1) {
      const grants = [];
      for (let n = 0; n < 8; n += 1) grants.push(await allowed({ supply: `supply-${n}` }));
      const [results] = await Promise.all([Promise.all(grants.map(({ id }) => withdraw(id))), deliver()]);
      const ends = await Promise.all(
        grants.map(async (grant, n) => [
          results[n],
          await statusOf(grant),
          await parts().outbox.stateOf(grant.decisionId),
        ]),
      );
      const possible = new Set(['withdrawn,withdrawn,withdrawn', 'ended,not_delivered,refused']);
      expect(ends.map(String).filter((end) => !possible.has(end))).toEqual([]);
    }
  });

  test('of an older grant lets the newer consent stand when it is accepted', async () => {
    const earlier = await allowed();
    await deliver();
    store.clock.advance(DAY);
    const later = await allowed();
    await withdraw(earlier.id);
    await deliver();
    expect([await statusOf(earlier), await statusOf(later)]).toEqual(['withdrawn', 'active']);
  });

  test('a consent given anew afterwards is a grant of its own', async () => {
    const earlier = await allowed();
    await deliver();
    await withdraw(earlier.id);
    store.clock.advance(SECOND);
    const later = await allowed();
    await deliver();
    expect([await statusOf(earlier), await statusOf(later)]).toEqual(['withdrawn', 'active']);
  });

  describe('of a selection', () => {
    const all = (selection: Parameters<ReturnType<typeof parts>['withdrawals']['withdrawAll']>[0]) =>
      parts().withdrawals.withdrawAll(selection, 'provider');

    /** Four grants, told apart by customer, supply, account and recipient. */
    async function four() {
      const grants = {
        home: await allowed({ sub: 'ann', supply: 'S-1', account: 'A-1', recipient: 'acc_1' }),
        flat: await allowed({ sub: 'ann', supply: 'S-2', account: 'A-1', recipient: 'acc_1' }),
        car: await allowed({ sub: 'ann', supply: 'S-1', account: 'A-1', recipient: 'acc_2' }),
        other: await allowed({ sub: 'ben', supply: 'S-3', account: 'A-2', recipient: 'acc_1' }),
      };
      const live = async () => {
        const names: string[] = [];
        for (const [name, grant] of Object.entries(grants)) {
          if ((await statusOf(grant)) === 'active') names.push(name);
        }
        return names;
      };
      return { grants, live };
    }

    test.each([
      ['a customer', { customer: 'ann' }, ['other']],
      ['a supply', { supply: 'S-1' }, ['flat', 'other']],
      ['an account', { account: 'A-1' }, ['other']],
      ['a recipient', { recipient: 'acc_1' }, ['car']],
      ['a customer and a recipient', { customer: 'ann', recipient: 'acc_1' }, ['car', 'other']],
      ['a supply that is another customer’s', { customer: 'ben', supply: 'S-1' }, ['home', 'flat', 'car', 'other']],
      ['everything', {}, []],
    ])('%s: ends those, and no others', async (_, selection, staying) => {
      const { live } = await four();
      expect(await all(selection)).toEqual({ withdrawn: 4 - staying.length, unreadable: 0 });
      expect(await live()).toEqual(staying);
    });

    test('one grant, only if it is this customer’s', async () => {
      const { grants, live } = await four();
      expect(await all({ grant: grants.other.id, customer: 'ann' })).toEqual({ withdrawn: 0, unreadable: 0 });
      expect(await all({ grant: grants.home.id, customer: 'ann' })).toEqual({ withdrawn: 1, unreadable: 0 });
      expect(await live()).toEqual(['flat', 'car', 'other']);
    });

    test('says how many could be meant but cannot be opened', async () => {
      const { grants } = await four();
      await store.database
        .updateTable('grants')
        .set({ binding_sealed: 'gone:x:y:z' })
        .where('id', '=', grants.flat.id)
        .execute();
      expect(await all({ supply: 'S-1' })).toEqual({ withdrawn: 2, unreadable: 1 });
    });

    test('tells how far it has come', async () => {
      await four();
      const told: [number, number][] = [];
      await parts().withdrawals.withdrawAll({}, 'provider', (done, total) => told.push([done, total]));
      expect(told).toEqual([
        [3, 4],
        [4, 4],
      ]);
    });
  });
});
