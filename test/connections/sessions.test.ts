import { describe, expect, test } from '@jest/globals';
import { randomToken } from '../../src/base/random.ts';
import { createSessions } from '../../src/connections/sessions.ts';
import { MINUTE } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';

const ALICE = { subject: 'subject-of-alice', masked: 'A… Archer' };
const SIGN_IN_LIFE = 15 * MINUTE;
const SESSION_LIFE = 30 * MINUTE;
const aTimes = <T>(count: number, ask: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, ask));

describe.each(DATABASE_KINDS)('sessions at the overview of shares (%s)', (kind) => {
  const store = useStore(kind);
  const sessions = () => createSessions(store.database, store.sealer, store.clock.now);
  const rows = () => store.database.selectFrom('connection_sessions').selectAll().execute();

  /** A browser on its way to the identity provider. */
  async function begun(secret = randomToken()) {
    const state = randomToken();
    const start = {
      url: `https://login.provider.example/auth?state=${state}`,
      checks: { state, nonce: `nonce-${state}`, codeVerifier: `verifier-${state}` },
    };
    await sessions().begin(secret, start);
    const { id } = (await sessions().ofState(state))!;
    return { secret, id, state, ...start };
  }

  /** A browser that has come back from there. */
  async function signedIn(customer = ALICE) {
    const { id, secret: before, state } = await begun();
    await sessions().spend(id);
    const secret = randomToken();
    await sessions().signedIn(id, secret, customer);
    return { before, secret, id, state };
  }

  describe('a sign-in on its way', () => {
    test('is nobody’s session yet', async () => {
      const { secret } = await begun();
      expect(await sessions().find(secret)).toBeNull();
    });

    test('is found by its state, and known to be this browser’s alone', async () => {
      const { secret, state } = await begun();
      const found = await sessions().ofState(state);
      expect([secret, randomToken(), '', null].map((one) => found?.isOf(one))).toEqual([true, false, false, false]);
    });

    test.each(['', 'x', "' OR 1=1 --", 'null'])('is not found by a state nobody sent (%j)', async (state) => {
      await begun();
      expect(await sessions().ofState(state)).toBeNull();
    });

    test('gives out its address once, and to its own browser', async () => {
      const { secret, url } = await begun();
      expect(await sessions().takeUrl(randomToken())).toBeNull();
      expect(await sessions().takeUrl(secret)).toBe(url);
      expect(await sessions().takeUrl(secret)).toBeNull();
    });

    test('gives out its address to one of twenty who ask at once', async () => {
      const { secret, url } = await begun();
      const taken = await aTimes(20, () => sessions().takeUrl(secret));
      expect(taken.filter((one) => one !== null)).toEqual([url]);
    });

    test('gives out what its callback must match once', async () => {
      const { id, checks } = await begun();
      expect(await sessions().spend(id)).toEqual(checks);
      expect(await sessions().spend(id)).toBeNull();
    });

    test('gives it out to one of twenty callbacks at once', async () => {
      const { id, checks } = await begun();
      const spent = await aTimes(20, () => sessions().spend(id));
      expect(spent.filter((one) => one !== null)).toEqual([checks]);
    });

    test('can be completed whether its address was opened or not', async () => {
      const [opened, other] = [await begun(), await begun()];
      await sessions().takeUrl(opened.secret);
      expect(await sessions().spend(opened.id)).toEqual(opened.checks);
      expect(await sessions().spend(other.id)).toEqual(other.checks);
      expect(await sessions().takeUrl(other.secret)).toBeNull();
    });

    test('gives way to the next one of the same browser', async () => {
      const first = await begun();
      const second = await begun(first.secret);
      expect(await sessions().ofState(first.state)).toBeNull();
      expect(await sessions().takeUrl(first.secret)).toBe(second.url);
      expect(await rows()).toHaveLength(1);
    });

    test('is left alone by those of other browsers', async () => {
      const [one, other] = [await begun(), await begun()];
      expect(await sessions().takeUrl(one.secret)).toBe(one.url);
      expect(await sessions().takeUrl(other.secret)).toBe(other.url);
    });

    test('does not open in another row', async () => {
      const [one, other] = [await begun(), await begun()];
      const { request_sealed } = (await rows()).find(({ id }) => id === one.id)!;
      await store.database
        .updateTable('connection_sessions')
        .set({ request_sealed })
        .where('id', '=', other.id)
        .execute();
      await expect(sessions().spend(other.id)).rejects.toMatchObject({ code: 'seal_broken' });
    });
  });

  describe('whoever has signed in', () => {
    test('is known by a new secret, and no longer by the one of before', async () => {
      const { before, secret } = await signedIn();
      expect(await sessions().find(secret)).toEqual(ALICE);
      expect(await sessions().find(before)).toBeNull();
    });

    test('is not known by any other secret', async () => {
      await signedIn();
      for (const secret of [randomToken(), '', 'x']) expect(await sessions().find(secret)).toBeNull();
    });

    test('may be named by nothing', async () => {
      const { secret } = await signedIn({ subject: 'subject-of-nobody', masked: null as unknown as string });
      expect(await sessions().find(secret)).toEqual({ subject: 'subject-of-nobody', masked: null });
    });

    test('meets a repeated callback that is theirs and has nothing left to give', async () => {
      const { secret, state } = await signedIn();
      const found = (await sessions().ofState(state))!;
      expect(found.isOf(secret)).toBe(true);
      expect(await sessions().spend(found.id)).toBeNull();
    });

    test('is forgotten by signing out, in this browser alone', async () => {
      const [one, other] = [await signedIn(), await signedIn()];
      await sessions().end(one.secret);
      expect(await sessions().find(one.secret)).toBeNull();
      expect(await sessions().find(other.secret)).toEqual(ALICE);
    });

    test('is forgotten when the browser begins to sign in anew', async () => {
      const { secret } = await signedIn();
      await begun(secret);
      expect(await sessions().find(secret)).toBeNull();
    });

    test('is not who another row says', async () => {
      const [alice, bob] = [await signedIn(), await signedIn({ subject: 'subject-of-bob', masked: 'B… Baker' })];
      const { customer_sealed } = (await rows()).find(({ id }) => id === bob.id)!;
      await store.database
        .updateTable('connection_sessions')
        .set({ customer_sealed })
        .where('id', '=', alice.id)
        .execute();
      await expect(sessions().find(alice.secret)).rejects.toMatchObject({ code: 'seal_broken' });
    });
  });

  test('nothing that opens a session, and nobody, can be read in the rows', async () => {
    const [one, other] = [await begun(), await signedIn()];
    const kept = JSON.stringify(await rows());
    for (const secret of [one.secret, one.state, other.before, other.secret, other.state]) {
      expect(kept).not.toContain(secret);
    }
    expect(kept).not.toMatch(/verifier|nonce|login\.provider|subject-of|Archer/);
  });

  describe.each([
    ['just before its end', -1, true],
    ['at its end', 0, false],
  ])('%s', (_, more, good) => {
    test(`a sign-in is ${good ? 'good' : 'over'}`, async () => {
      const { secret, state, id } = await begun();
      store.clock.advance(SIGN_IN_LIFE + more);
      expect((await sessions().takeUrl(secret)) !== null).toBe(good);
      expect((await sessions().ofState(state)) !== null).toBe(good);
      expect((await sessions().spend(id)) !== null).toBe(good);
      expect(await sessions().purge()).toBe(good ? 0 : 1);
      expect(await rows()).toHaveLength(good ? 1 : 0);
    });

    test(`a session is ${good ? 'good' : 'over'}, counted from the sign-in and not from the last look`, async () => {
      const { secret } = await signedIn();
      store.clock.advance(SESSION_LIFE / 2);
      await sessions().find(secret);
      store.clock.advance(SESSION_LIFE / 2 + more);
      expect((await sessions().find(secret)) !== null).toBe(good);
      expect(await sessions().purge()).toBe(good ? 0 : 1);
    });
  });
});
