import { beforeEach, describe, expect, test } from '@jest/globals';
import type { GrantSelection } from '../../src/sharing/selection.ts';
import { DAY, HOUR } from '../support/clock.ts';
import { DATABASE_KINDS } from '../support/databases.ts';
import { SHOWN, useSharing } from './sharing-store.ts';

describe.each(DATABASE_KINDS)('the overview of grants (%s)', (kind) => {
  const { store, flatpeak, parts, allowed, decide } = useSharing(kind);
  const list = (selection: GrantSelection) => parts().overview.list(selection);
  const deliver = () => parts().outbox.deliverDue();

  beforeEach(() => {
    flatpeak.answer = () => Promise.resolve({ verdict: 'accepted', code: 'http_200' });
  });

  test('shows a live grant with what its customer agreed to, as the page showed it', async () => {
    const grantedAt = store.clock.now();
    const grant = await allowed({ sub: 'ann' });
    await deliver();
    await parts().grants.touch(grant.id, grantedAt + HOUR);
    expect(await list({ customer: 'ann' })).toEqual([
      {
        id: grant.id,
        decisionId: grant.decisionId,
        recipientId: 'acc_1',
        status: 'active',
        grantedAt,
        expiresAt: grantedAt + 365 * DAY,
        endedAt: null,
        withdrawnBy: null,
        lastReadAt: grantedAt + HOUR,
        delivery: 'delivered',
        binding: {
          supply: { id: 'supply-1', account_id: 'A-1', meter_point_id: null },
          customer: { sub: 'ann', claims: { customer_number: 'number-of-ann' } },
        },
        unreadable: false,
        shown: {
          recipient: { name: 'Heat Maker', termsUrl: null, privacyUrl: null, supportUrl: null },
          supply: { label: 'Home', direction: 'IMPORT', address: ['12 Mill Lane', 'Bristol BS1 4ND', 'GB'] },
          tariffName: 'Go 12M',
          postalAddress: SHOWN.postalAddress,
          contractTerm: SHOWN.contractTerm,
        },
        text: { language: 'en', version: 'en-1', hash: 'digest-of-the-text' },
      },
    ]);
  });

  test('shows live and ended ones, the newest first', async () => {
    const first = await allowed({ sub: 'ann' });
    await deliver();
    store.clock.advance(DAY);
    const second = await allowed({ sub: 'ann' });
    await deliver();
    const shown = await list({ customer: 'ann' });
    expect(shown.map(({ id, status, endedAt }) => [id, status, endedAt])).toEqual([
      [second.id, 'active', null],
      [first.id, 'replaced', store.clock.now()],
    ]);
  });

  test.each(['customer', 'provider'] as const)('says that the %s withdrew it, and when', async (by) => {
    const grant = await allowed({ sub: 'ann' });
    store.clock.advance(HOUR);
    await parts().withdrawals.withdraw(grant.id, by);
    expect(await list({ customer: 'ann' })).toEqual([
      expect.objectContaining({
        status: 'withdrawn',
        withdrawnBy: by,
        endedAt: store.clock.now(),
        delivery: 'withdrawn',
      }),
    ]);
  });

  test('says that an agreed end has come, and when it was', async () => {
    await allowed({ sub: 'ann' });
    const end = store.clock.now() + 365 * DAY;
    store.clock.advance(400 * DAY);
    expect(await list({ customer: 'ann' })).toEqual([expect.objectContaining({ status: 'expired', endedAt: end })]);
  });

  test('shows a consent that Flatpeak has not answered as on its way', async () => {
    await allowed({ sub: 'ann' });
    expect(await list({ customer: 'ann' })).toEqual([
      expect.objectContaining({ status: 'active', delivery: 'waiting' }),
    ]);
  });

  test('knows nothing of consents that were denied', async () => {
    await decide({ sub: 'ann' }, { outcome: 'declined', reason: 'consent_denied', action: 'DISMISS_CONSENT' });
    expect(await list({ customer: 'ann' })).toEqual([]);
  });

  test.each<[string, GrantSelection, string[]]>([
    ['by customer', { customer: 'ann' }, ['S-1', 'S-2']],
    ['by account', { account: 'A-2' }, ['S-3']],
    ['by supply', { supply: 'S-2' }, ['S-2']],
    ['by recipient', { recipient: 'acc_2' }, ['S-2']],
    ['by several at once', { customer: 'ann', recipient: 'acc_2' }, ['S-2']],
    ['by a customer nobody knows', { customer: 'nobody' }, []],
    ['by nothing: all of them', {}, ['S-1', 'S-2', 'S-3', 'S-4']],
  ])('finds them %s', async (_, selection, supplies) => {
    await allowed({ sub: 'ann', supply: 'S-1', account: 'A-1' });
    await allowed({ sub: 'ann', supply: 'S-2', account: 'A-1', recipient: 'acc_2' });
    await allowed({ sub: 'ben', supply: 'S-3', account: 'A-2' });
    await allowed({ sub: 'cem', supply: 'S-4', account: null });
    const found = await list(selection);
    expect(found.map(({ binding }) => binding?.supply.id).sort()).toEqual(supplies);
  });

  test('finds one by its own name, and by its decision', async () => {
    const [grant] = [await allowed(), await allowed({ supply: 'supply-2' })];
    expect((await list({ grant: grant.id })).map(({ id }) => id)).toEqual([grant.id]);
    expect((await list({ decision: grant.decisionId })).map(({ id }) => id)).toEqual([grant.id]);
  });

  test('goes through all of them in batches, live ones only where asked to', async () => {
    const grants = [];
    for (let n = 0; n < 7; n += 1) grants.push(await allowed({ supply: `supply-${n}` }));
    for (const { id } of grants.slice(0, 2)) await parts().withdrawals.withdraw(id, 'customer');
    const found = { all: [] as string[], live: [] as string[] };
    for await (const { views } of parts().overview.all({})) found.all.push(...views.map(({ id }) => id));
    for await (const { views } of parts().overview.all({}, { live: true })) {
      found.live.push(...views.map(({ id }) => id));
    }
    expect(found.all.sort()).toEqual(grants.map(({ id }) => id).sort());
    expect(found.live.sort()).toEqual(
      grants
        .slice(2)
        .map(({ id }) => id)
        .sort(),
    );
  });

  test('shows what it can of a grant whose key is lost', async () => {
    const grant = await allowed({ sub: 'ann' });
    await store.database.updateTable('grants').set({ binding_sealed: 'gone:x:y:z' }).execute();
    await store.database.updateTable('consent_records').set({ evidence_sealed: 'gone:x:y:z' }).execute();
    expect(await list({ customer: 'ann' })).toEqual([
      expect.objectContaining({ id: grant.id, status: 'active', binding: null, shown: null, unreadable: true }),
    ]);
  });
});
