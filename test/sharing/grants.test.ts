import { describe, expect, test } from '@jest/globals';
import { hashToken } from '../../src/base/random.ts';
import type { GrantBinding } from '../../src/sharing/binding.ts';
import { createConsentRecords } from '../../src/sharing/consent-records.ts';
import { createGrants, type NewGrant } from '../../src/sharing/grants.ts';
import { createSettlement } from '../../src/sharing/settlement.ts';
import { DAY, SECOND } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';

const BINDING: GrantBinding = {
  supply: { id: 'supply-1', account_id: 'A-1', meter_point_id: 'MPAN-1' },
  customer: { sub: 'customer-1', claims: { customer_number: 'C-1', level: 2, vip: false } },
};
const supplied = (id: string): GrantBinding => ({ ...BINDING, supply: { ...BINDING.supply, id } });
const customer = (sub: string): GrantBinding => ({ ...BINDING, customer: { ...BINDING.customer, sub } });

describe.each(DATABASE_KINDS)('grants (%s)', (kind) => {
  const store = useStore(kind);
  const grantsOf = (maxAgeDays = 365) =>
    createGrants({
      database: store.database,
      sealer: store.sealer,
      lookupKey: () => Promise.resolve(store.lookupKey),
      clock: store.clock.now,
      maxAgeDays,
    });

  let decisions = 0;
  async function stored(binding = BINDING, account = 'acc_1'): Promise<NewGrant & { decisionId: string }> {
    decisions += 1;
    const decisionId = `decision-${decisions}`;
    const grant = await grantsOf().prepare(binding, account);
    await grantsOf().store(store.database, grant, decisionId);
    return { ...grant, decisionId };
  }
  const statusOf = async ({ token }: NewGrant): Promise<string> => {
    const found = await grantsOf().find(token);
    return found.status === 'ended' ? found.reason : found.status;
  };
  const settle = (state: 'delivered' | 'refused', decisionId: string) =>
    createSettlement({
      consentRecords: createConsentRecords(store.sealer, store.clock.now),
      clock: store.clock.now,
    })(store.database, { decisionId, state, code: null });
  const confirm = ({ decisionId }: { decisionId: string }) => settle('delivered', decisionId);
  const refuse = ({ decisionId }: { decisionId: string }) => settle('refused', decisionId);

  test('a grant has an opaque token and an opaque name, and lives as long as the provider says', async () => {
    const grant = await grantsOf(30).prepare(BINDING, 'acc_1');
    expect(grant).toMatchObject({
      id: expect.stringMatching(/^grt_[A-Za-z0-9_-]{22}$/),
      token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expiresAt: store.clock.now() + 30 * DAY,
    });
    expect((await grantsOf().prepare(BINDING, 'acc_1')).token).not.toBe(grant.token);
  });

  test('before it is stored, nobody knows it', async () => {
    const grant = await grantsOf().prepare(BINDING, 'acc_1');
    expect(await grantsOf().find(grant.token)).toEqual({ status: 'unknown' });
  });

  test('its token finds what it is bound to', async () => {
    const { id, token, expiresAt } = await stored();
    expect(await grantsOf().find(token)).toEqual({
      status: 'active',
      grantId: id,
      expiresAt,
      entitledAt: store.clock.now(),
      ...BINDING,
    });
  });

  test.each([
    ['another token', 'x'.repeat(43)],
    ['an empty one', ''],
    ['one with a character more', undefined],
  ])('%s finds nothing', async (_, token) => {
    const grant = await stored();
    expect(await grantsOf().find(token ?? `${grant.token}x`)).toEqual({ status: 'unknown' });
  });

  test('the database holds neither its token nor whom and what it is for', async () => {
    const { token } = await stored();
    const row = JSON.stringify(await store.database.selectFrom('grants').selectAll().executeTakeFirstOrThrow());
    expect(row).not.toContain(token);
    expect(row).toContain(hashToken(token));
    expect(row).not.toMatch(/customer-1|supply-1|MPAN-1|C-1/);
  });

  test('a binding moved to another grant opens nothing', async () => {
    const [one, other] = [await stored(), await stored(supplied('supply-2'))];
    const row = await store.database
      .selectFrom('grants')
      .selectAll()
      .where('id', '=', one.id)
      .executeTakeFirstOrThrow();
    const { binding_sealed } = row;
    await store.database.updateTable('grants').set({ binding_sealed }).where('id', '=', other.id).execute();
    await expect(grantsOf().find(other.token)).rejects.toMatchObject({ code: 'seal_broken' });
  });

  test.each([
    ['a moment before its end', 365 * DAY - 1, 'active'],
    ['at its end', 365 * DAY, 'expired'],
    ['long after', 400 * DAY, 'expired'],
  ])('%s it is %s', async (_, ms, status) => {
    const grant = await stored();
    store.clock.advance(ms);
    expect(await statusOf(grant)).toBe(status);
  });

  describe('a later consent', () => {
    test('leaves the earlier grant alone until Flatpeak has accepted it, and then replaces it', async () => {
      const earlier = await stored();
      store.clock.advance(DAY);
      const later = await stored();
      expect([await statusOf(earlier), await statusOf(later)]).toEqual(['active', 'active']);
      await confirm(later);
      expect([await statusOf(earlier), await statusOf(later)]).toEqual(['replaced', 'active']);
    });

    test('made in the same millisecond replaces too', async () => {
      const [earlier, later] = [await stored(), await stored()];
      await confirm(later);
      expect([await statusOf(earlier), await statusOf(later)]).toEqual(['replaced', 'active']);
    });

    test('is not undone by the late acceptance of an earlier one', async () => {
      const earlier = await stored();
      store.clock.advance(SECOND);
      const later = await stored();
      await confirm(later);
      await confirm(earlier);
      expect([await statusOf(earlier), await statusOf(later)]).toEqual(['replaced', 'active']);
    });

    test.each<[string, GrantBinding, string]>([
      ['for another supply', supplied('supply-2'), 'acc_1'],
      ['by another customer', customer('customer-2'), 'acc_1'],
      ['for another recipient', BINDING, 'acc_2'],
    ])('%s replaces nothing', async (_, binding, account) => {
      const earlier = await stored();
      store.clock.advance(DAY);
      const later = await stored(binding, account);
      await confirm(later);
      expect([await statusOf(earlier), await statusOf(later)]).toEqual(['active', 'active']);
    });

    test('for the same supply with other claims replaces too', async () => {
      const earlier = await stored();
      store.clock.advance(DAY);
      await confirm(await stored({ ...BINDING, customer: { sub: 'customer-1', claims: {} } }));
      expect(await statusOf(earlier)).toBe('replaced');
    });
  });

  test('a decision that Flatpeak never got or refused voids its grant, and no other', async () => {
    const [refused, other] = [await stored(), await stored(supplied('supply-2'))];
    await refuse(refused);
    expect([await statusOf(refused), await statusOf(other)]).toEqual(['not_delivered', 'active']);
  });

  test('a grant that has ended keeps its reason', async () => {
    const earlier = await stored();
    store.clock.advance(DAY);
    await confirm(await stored());
    await refuse(earlier);
    store.clock.advance(400 * DAY);
    expect(await statusOf(earlier)).toBe('replaced');
  });

  test('a decision without a grant confirms and voids nothing', async () => {
    const grant = await stored();
    await confirm({ decisionId: 'declined' });
    await refuse({ decisionId: 'declined' });
    expect(await statusOf(grant)).toBe('active');
  });

  test('when it was read last is remembered', async () => {
    const grant = await stored();
    await grantsOf().touch(grant.id, store.clock.now() + DAY);
    const rows = await store.database.selectFrom('grants').select(['id', 'last_read_at']).execute();
    expect(rows).toEqual([{ id: grant.id, last_read_at: store.clock.now() + DAY }]);
  });

  test('when the provider last said that the customer has the supply is remembered', async () => {
    const grant = await stored();
    await grantsOf().entitled(grant.id, store.clock.now() + DAY);
    expect(await grantsOf().find(grant.token)).toMatchObject({ entitledAt: store.clock.now() + DAY });
  });
});
