import { describe, expect, test } from '@jest/globals';
import { randomToken } from '../../src/base/random.ts';
import { createSignIns } from '../../src/journey/sign-ins.ts';
import { MINUTE } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';

describe.each(DATABASE_KINDS)('authorization requests on their way (%s)', (kind) => {
  const store = useStore(kind);
  const signIns = () => createSignIns(store.database, store.sealer, store.clock.now);

  const start = (state = randomToken()) => ({
    url: `https://login.provider.example/auth?state=${state}`,
    checks: { state, nonce: `nonce-${state}`, codeVerifier: `verifier-${state}` },
  });
  async function begun(journeyId = 'journey-1', browserHash = 'browser-1') {
    // Each begins a moment after the one before.
    store.clock.advance(1);
    const request = start();
    await signIns().begin({ ...request, journeyId, browserHash });
    return { ...request, state: request.checks.state };
  }

  test('a callback belongs to the browser that began it', async () => {
    const { state, checks } = await begun();
    expect(await signIns().journeyOf(state)).toEqual({ journeyId: 'journey-1', browserHash: 'browser-1' });
    expect(await signIns().spend(state, 'browser-2')).toBeNull();
    expect(await signIns().spend(state, 'browser-1')).toEqual(checks);
  });

  test.each(['', 'x', "' OR 1=1 --"])('a state nobody sent (%j) belongs to nobody', async (state) => {
    await begun();
    expect(await signIns().journeyOf(state)).toBeNull();
    expect(await signIns().spend(state, 'browser-1')).toBeNull();
  });

  test('what it must match is read once; afterwards the callback still finds its journey', async () => {
    const { state } = await begun();
    expect(await signIns().spend(state, 'browser-1')).not.toBeNull();
    expect(await signIns().spend(state, 'browser-1')).toBeNull();
    expect(await signIns().journeyOf(state)).toEqual({ journeyId: 'journey-1', browserHash: 'browser-1' });
  });

  test('of twenty callbacks at once, one gets it', async () => {
    const { state, checks } = await begun();
    const spent = await Promise.all(Array.from({ length: 20 }, () => signIns().spend(state, 'browser-1')));
    expect(spent.filter((one) => one !== null)).toEqual([checks]);
  });

  test('neither state nor verifier nor nonce can be read from the database', async () => {
    const { state } = await begun();
    const rows = JSON.stringify(await store.database.selectFrom('sign_ins').selectAll().execute());
    expect(rows).not.toContain(state);
    expect(rows).not.toMatch(/verifier|nonce|login\.provider/);
  });

  test('a request moved to another row does not open', async () => {
    const [one, other] = [await begun(), await begun('journey-2')];
    const rows = await store.database.selectFrom('sign_ins').selectAll().orderBy('expires_at').execute();
    await store.database
      .updateTable('sign_ins')
      .set({ request_sealed: rows[0]!.request_sealed })
      .where('state_hash', '=', rows[1]!.state_hash)
      .execute();
    await expect(signIns().spend(other.state, 'browser-1')).rejects.toMatchObject({ code: 'seal_broken' });
    expect(await signIns().spend(one.state, 'browser-1')).not.toBeNull();
  });

  describe('another browser takes the journey over', () => {
    test('what others began for it is void; their callbacks still find the journey', async () => {
      const [mine, theirs] = [await begun(), await begun('journey-1', 'browser-2')];
      await signIns().voidOthers('journey-1', 'browser-2');
      expect(await signIns().spend(mine.state, 'browser-1')).toBeNull();
      expect(await signIns().takeUrl('journey-1', 'browser-1')).toBeNull();
      expect(await signIns().journeyOf(mine.state)).toEqual({ journeyId: 'journey-1', browserHash: 'browser-1' });
      expect(await signIns().spend(theirs.state, 'browser-2')).toEqual(theirs.checks);
    });

    test('another journey of the same browser is not', async () => {
      const other = await begun('journey-2', 'browser-1');
      await signIns().voidOthers('journey-1', 'browser-2');
      expect(await signIns().spend(other.state, 'browser-1')).toEqual(other.checks);
    });
  });

  describe('the address the browser is sent to', () => {
    test('is given out once', async () => {
      const { url } = await begun();
      expect(await signIns().takeUrl('journey-1', 'browser-1')).toBe(url);
      expect(await signIns().takeUrl('journey-1', 'browser-1')).toBeNull();
    });

    test('is not needed for the callback', async () => {
      const { state, checks } = await begun();
      await signIns().takeUrl('journey-1', 'browser-1');
      expect(await signIns().spend(state, 'browser-1')).toEqual(checks);
    });

    test('is given to the browser that began, for the journey it began', async () => {
      await begun();
      expect(await signIns().takeUrl('journey-1', 'browser-2')).toBeNull();
      expect(await signIns().takeUrl('journey-2', 'browser-1')).toBeNull();
    });

    test('is the newest: after a double click both callbacks are good', async () => {
      const [first, second] = [await begun(), await begun()];
      expect(await signIns().takeUrl('journey-1', 'browser-1')).toBe(second.url);
      expect(await signIns().spend(first.state, 'browser-1')).toEqual(first.checks);
      expect(await signIns().spend(second.state, 'browser-1')).toEqual(second.checks);
    });

    test('is gone once the callback has come', async () => {
      const { state } = await begun();
      await signIns().spend(state, 'browser-1');
      expect(await signIns().takeUrl('journey-1', 'browser-1')).toBeNull();
    });
  });

  test('five are kept for a journey: whoever presses on, the newest are good', async () => {
    const all = [];
    for (let n = 0; n < 8; n += 1) all.push(await begun());
    const other = await begun('journey-2');
    const found = [];
    for (const { state } of all) found.push((await signIns().journeyOf(state)) !== null);
    expect(found).toEqual([false, false, false, true, true, true, true, true]);
    expect(await signIns().journeyOf(other.state)).not.toBeNull();
  });

  test.each([
    ['just before', 15 * MINUTE - 1, true],
    ['at', 15 * MINUTE, false],
  ])('%s its end a sign-in is good: %s', async (_, ms, good) => {
    const { state } = await begun();
    store.clock.advance(ms);
    expect((await signIns().takeUrl('journey-1', 'browser-1')) !== null).toBe(good);
    expect((await signIns().journeyOf(state)) !== null).toBe(good);
    expect((await signIns().spend(state, 'browser-1')) !== null).toBe(good);
    expect(await signIns().purge()).toBe(good ? 0 : 1);
  });
});
