import { describe, expect, test } from '@jest/globals';
import { hashToken } from '../../src/base/random.ts';
import { createJourneys, type Journey, type JourneyChanges, type Visit } from '../../src/journey/journeys.ts';
import type { Supply } from '../../src/tariff/supplies.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';

const TOKEN = 'cot_68541c4c407600f62fd98a97';
const VISIT: Visit = {
  connectToken: TOKEN,
  account: { id: 'acc_1', name: 'Heat Maker', logoUrl: null, termsUrl: null, privacyUrl: null, supportUrl: null },
  returnAddress: 'https://app.example/back?a=%2f',
  extras: [
    ['b', '2'],
    ['a', 'grüß'],
  ],
};
const SUPPLY: Supply = {
  id: 'supply-1',
  account_id: 'A-1',
  meter_point_id: null,
  label: '1 High Street',
  direction: 'IMPORT',
  tariff_name: 'Go 12M',
  postal_address: null,
  contract: null,
  status: 'available',
  reason: null,
  reason_text: null,
};

describe.each(DATABASE_KINDS)('journeys (%s)', (kind) => {
  const store = useStore(kind);
  const journeys = () => createJourneys(store.database, store.sealer, store.clock.now);
  const lives = () => ({ expiresAt: store.clock.now() + 30 * MINUTE, tokenExpiresAt: store.clock.now() + 24 * HOUR });
  const create = (token = TOKEN) => journeys().create(hashToken(token), VISIT, lives());
  const created = async (token = TOKEN): Promise<Journey> => (await create(token))!;
  const save = (journey: Journey, changes: JourneyChanges) => journeys().save(store.database, journey, changes);
  const again = async ({ id }: Journey) => (await journeys().byId(id))!;

  test('a link that is opened begins one', async () => {
    const journey = await created();
    expect(journey).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      state: 'started',
      visit: VISIT,
      browserHash: null,
      identity: null,
      supply: null,
      problem: null,
      freshSignIn: false,
      decisionId: null,
      version: 1,
      ...lives(),
    });
    expect(await journeys().byId(journey.id)).toEqual(journey);
    expect(await journeys().byToken(hashToken(TOKEN))).toEqual(journey);
  });

  test.each(['', 'nobody', "' OR 1=1 --"])('an identifier nobody has (%j) finds none', async (id) => {
    await created();
    expect(await journeys().byId(id)).toBeNull();
    expect(await journeys().byToken(id)).toBeNull();
  });

  test('a link opened twice begins one', async () => {
    const first = await created();
    expect(await create()).toBeNull();
    expect(await journeys().byToken(hashToken(TOKEN))).toEqual(first);
  });

  test('a link opened many times at once begins one', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => create()));
    expect(made.filter((one) => one !== null)).toHaveLength(1);
  });

  test('two links begin two', async () => {
    const [one, other] = [await created('cot_1_of_them'), await created('cot_2_of_them')];
    expect(one.id).not.toBe(other.id);
  });

  describe('a change', () => {
    const CHANGES: [string, JourneyChanges][] = [
      ['of state', { state: 'signed_in' }],
      ['of browser', { browserHash: 'hash-1' }],
      [
        'of customer',
        {
          identity: {
            subject: 's',
            claims: { vip: true, n: 1.5, name: 'Ä' },
            tokens: { accessToken: 'at', accessExpiresAt: 1, refreshToken: 'rt', scope: 'openid' },
          },
        },
      ],
      ['of supplies', { supply: { supplies: [SUPPLY], chosen: 0, shown: null } }],
      ['of problem', { problem: 'supplies_unavailable' }],
      ['of the next sign-in', { freshSignIn: true }],
      ['of decision', { decisionId: 'decision-1' }],
      ['of its end', { expiresAt: 1_800_000_000_000 }],
      ['of nothing', {}],
    ];

    test.each(CHANGES)('%s is kept, and the version grows', async (_, changes) => {
      const journey = await created();
      const saved = await save(journey, changes);
      expect(saved).toEqual({ ...journey, ...changes, version: 2 });
      expect(await again(journey)).toEqual(saved);
    });

    test('back to nothing is kept too', async () => {
      const everything = Object.assign({}, ...CHANGES.map(([, changes]) => changes)) as JourneyChanges;
      const full = await save(await created(), everything);
      const nothing = { browserHash: null, identity: null, supply: null, problem: null, freshSignIn: false } as const;
      const emptied = await save(full, { ...nothing, decisionId: null });
      expect(await again(full)).toEqual(emptied);
      expect(emptied).toMatchObject(nothing);
    });

    test('made from an older picture is refused, and changes nothing', async () => {
      const journey = await created();
      await save(journey, { state: 'signed_in' });
      await expect(save(journey, { state: 'choosing' })).rejects.toMatchObject({ code: 'journey_changed' });
      expect(await again(journey)).toMatchObject({ state: 'signed_in', version: 2 });
    });

    test('of twenty at once, one is made', async () => {
      const journey = await created();
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => save(journey, { browserHash: `hash-${n}` })),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await again(journey)).toMatchObject({ version: 2 });
    });

    test('is undone with its transaction', async () => {
      const journey = await created();
      const undone = store.database.transaction().execute(async (queries) => {
        await journeys().save(queries, journey, { state: 'decided' });
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect(await again(journey)).toEqual(journey);
    });
  });

  test('who the customer is, what they have and where they go cannot be read from the database', async () => {
    const identity = {
      subject: 'customer-1',
      claims: { name: 'Ada Example' },
      tokens: { accessToken: 'canary-token', accessExpiresAt: 1, refreshToken: 'canary-token', scope: 'openid' },
    };
    await save(await created(), { identity, supply: { supplies: [SUPPLY], chosen: null, shown: null } });
    const rows = JSON.stringify(await store.database.selectFrom('journeys').selectAll().execute());
    expect(rows).not.toMatch(/cot_68541|Heat Maker|app\.example|customer-1|Ada|canary|supply-1|High Street/);
  });

  describe('a link opened anew after its visit expired', () => {
    const released = async () => {
      const journey = await save(await created(), { state: 'signed_in', browserHash: 'h' });
      await journeys().release(journey);
      return journey;
    };

    test('begins another journey; the old one keeps only its way back', async () => {
      const old = await released();
      expect(await again(old)).toMatchObject({ visit: VISIT, browserHash: null, identity: null, supply: null });
      const next = await created();
      expect(next.id).not.toBe(old.id);
      expect(await journeys().byToken(hashToken(TOKEN))).toEqual(next);
    });

    test('is not gone on with by a request that read it just before', async () => {
      const old = await released();
      await expect(save(old, { state: 'decided' })).rejects.toMatchObject({ code: 'journey_changed' });
    });

    test('is left alone when that request was faster', async () => {
      const journey = await created();
      const saved = await save(journey, { state: 'decided', decisionId: 'decision-1' });
      await journeys().release(journey);
      expect(await journeys().byToken(hashToken(TOKEN))).toEqual(saved);
    });
  });

  describe('when Flatpeak has answered', () => {
    const decided = async () => save(await created(), { state: 'decided', decisionId: 'decision-1' });
    const settle = (decisionId: string, state: 'delivered' | 'undelivered') =>
      journeys().settle(store.database, decisionId, state);

    test.each(['delivered', 'undelivered'] as const)('the journey is %s, as a change like any other', async (state) => {
      const journey = await decided();
      await settle('decision-1', state);
      expect(await again(journey)).toEqual({ ...journey, state, version: journey.version + 1 });
    });

    test('a second answer changes nothing', async () => {
      const journey = await decided();
      await settle('decision-1', 'delivered');
      await settle('decision-1', 'undelivered');
      expect(await again(journey)).toMatchObject({ state: 'delivered' });
    });

    test('no other journey is touched', async () => {
      const journey = await decided();
      const other = await created('cot_another_one');
      await settle('decision-1', 'delivered');
      await settle('decision-9', 'delivered');
      expect(await again(other)).toEqual(other);
      expect((await again(journey)).state).toBe('delivered');
    });
  });

  describe('the decision', () => {
    const record = (outcome: string) =>
      store.database
        .insertInto('decisions')
        .values({ id: 'decision-1', journey_id: 'j', outcome, reason: 'consent_given', decided_at: 5 })
        .execute();

    test('of a decided journey is read', async () => {
      await record('allowed');
      const journey = await save(await created(), { state: 'decided', decisionId: 'decision-1' });
      expect(await journeys().decision(journey)).toEqual({
        outcome: 'allowed',
        reason: 'consent_given',
        decidedAt: 5,
        ended: null,
      });
    });

    test('of an undecided one is none', async () => {
      await record('allowed');
      const journey = await save(await created(), { state: 'deciding', decisionId: 'decision-1' });
      expect(await journeys().decision(journey)).toBeNull();
      expect(await journeys().decision(await created('cot_another_one'))).toBeNull();
    });
  });

  test('an expired journey can still show its way back for an hour, then it is gone', async () => {
    const journey = await created();
    const other = await journeys().create(hashToken('cot_longer'), VISIT, {
      ...lives(),
      expiresAt: lives().expiresAt + 1,
    });
    store.clock.advance(30 * MINUTE + HOUR);
    expect(await journeys().purge()).toBe(0);
    store.clock.advance(1);
    expect(await journeys().purge()).toBe(1);
    expect(await journeys().byId(journey.id)).toBeNull();
    expect(await journeys().byId(other!.id)).not.toBeNull();
  });
});
