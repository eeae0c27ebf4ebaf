import { describe, expect, test } from '@jest/globals';
import { createDurableLastGood } from '../../../src/tariff/durable-last-good.ts';
import type { DatedAnswer } from '../../../src/tariff/last-good.ts';
import { DAY, HOUR, MINUTE } from '../../support/clock.ts';
import { connectTo, DATABASE_KINDS, useStore } from '../../support/databases.ts';

const answer = (value: number, fetchedAt = '2026-06-16T11:00:00Z'): DatedAnswer => ({
  document: { tariff: { value } },
  sha256: 'a'.repeat(64),
  mapping: { name: 'canonical', version: '1' },
  fetchedAt,
});

describe.each(DATABASE_KINDS)('the last good answers (%s)', (kind) => {
  const store = useStore(kind);
  const instance = (mostCharacters?: number, database = store.database) =>
    createDurableLastGood({
      database,
      sealer: store.sealer,
      clock: store.clock.now,
      ...(mostCharacters === undefined ? {} : { mostCharacters }),
    });
  const inHours = (hours: number) => store.clock.now() + hours * HOUR;
  const rows = () => store.database.selectFrom('last_good_answers').selectAll().execute();

  test('outlive the process, and are known to every instance', async () => {
    await instance().put('k', answer(0.25), inHours(30));
    const other = connectTo(store.address);
    expect(await instance(undefined, other).get('k')).toEqual(answer(0.25));
    await other.destroy();
  });

  test('are unknown until there is one', async () => {
    expect(await instance().get('k')).toBeUndefined();
  });

  test('are replaced when the source says something else', async () => {
    const lastGood = instance();
    await lastGood.put('k', answer(0.25), inHours(30));
    expect(await lastGood.get('k')).toEqual(answer(0.25));
    await lastGood.put('k', answer(0.3), inHours(30));
    expect(await lastGood.get('k')).toEqual(answer(0.3));
  });

  test('are not written again while they stay the same, nor when other instances have', async () => {
    await instance().put('k', answer(0.25), inHours(30));
    const before = await rows();
    await instance().put('k', answer(0.25, '2026-06-16T12:00:00Z'), inHours(30));
    expect(await rows()).toEqual(before);
  });

  test('are renewed when an endless tariff stays the same for long', async () => {
    await instance().put('k', answer(0.25), Infinity);
    const [first] = await rows();
    store.clock.advance(6 * DAY);
    await instance().put('k', answer(0.25), Infinity);
    expect((await rows())[0]).toEqual(first);
    store.clock.advance(2 * DAY);
    await instance().put('k', answer(0.25), Infinity);
    expect((await rows())[0]?.expires_at).toBe(store.clock.now() + 14 * DAY);
  });

  test('end with their prices, and are gone soon after', async () => {
    const lastGood = instance();
    await lastGood.put('k', answer(0.25), inHours(30));
    await lastGood.put('later', answer(0.25), inHours(31));
    store.clock.advance(30 * HOUR);
    expect(await lastGood.get('k')).toBeUndefined();
    expect(await lastGood.purge()).toBe(1);
    expect((await rows()).map(({ key }) => key)).toEqual(['later']);
  });

  test('that nobody renews are forgotten, however long their prices reach', async () => {
    const lastGood = instance();
    await lastGood.put('k', answer(0.25), inHours(24 * 365));
    store.clock.advance(14 * DAY);
    expect(await lastGood.get('k')).toBeUndefined();
    expect(await lastGood.purge()).toBe(1);
  });

  test('that know nothing of the time from now on are not kept', async () => {
    await instance().put('k', answer(0.25), store.clock.now());
    expect(await rows()).toEqual([]);
  });

  test('are bounded in size', async () => {
    const large = { ...answer(0.25), document: 'x'.repeat(1000) };
    await expect(instance(1000).put('k', large, inHours(30))).rejects.toMatchObject({ code: 'last_good_too_large' });
    expect(await rows()).toEqual([]);
  });

  test('are read from the database once a minute at most, and then what another instance wrote', async () => {
    const lastGood = instance();
    await lastGood.put('k', answer(0.25), inHours(30));
    await lastGood.get('k');
    await instance().put('k', answer(0.3), inHours(30));
    expect(await lastGood.get('k')).toEqual(answer(0.25));
    store.clock.advance(MINUTE);
    expect(await lastGood.get('k')).toEqual(answer(0.3));
  });

  test('show nothing to who reads the table, and cannot be put under another key', async () => {
    await instance().put('k', { ...answer(0.25), document: { name: 'canary' } }, inHours(30));
    expect(JSON.stringify(await rows())).not.toContain('canary');
    await store.database.updateTable('last_good_answers').set({ key: 'other' }).execute();
    await expect(instance().get('other')).rejects.toMatchObject({ code: 'seal_broken' });
  });
});
