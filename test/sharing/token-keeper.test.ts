import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { KyselyPlugin } from 'kysely';
import { createLog } from '../../src/base/log.ts';
import { Failure } from '../../src/base/failure.ts';
import type { CustomerTokens } from '../../src/identity/claims.ts';
import type { IdentityProvider } from '../../src/identity/identity-provider.ts';
import type { IdentityProvider as RotatingIdp } from '../../src/sandbox/identity/identity.ts';
import { createConsentRecords } from '../../src/sharing/consent-records.ts';
import { createEndings } from '../../src/sharing/endings.ts';
import { createGrants } from '../../src/sharing/grants.ts';
import { createTokenKeeper, type TokenKeeper } from '../../src/sharing/token-keeper.ts';
import { createTokenRevocation } from '../../src/sharing/token-revocation.ts';
import type { Database } from '../../src/store/database.ts';
import { startRotatingIdp } from '../identity/offline.ts';
import { partyAt, type Party } from '../identity/support.ts';
import { DAY, HOUR, movableClock, SECOND, type MovableClock } from '../support/clock.ts';
import { connectTo, DATABASE_KINDS, useStore } from '../support/databases.ts';

/** Customers' tokens, with the real oidc-provider: it rotates, and takes a second use for theft. */

let idp: RotatingIdp;
beforeAll(async () => {
  idp = await startRotatingIdp();
});
afterAll(() => idp.close());

describe.each(DATABASE_KINDS)('the tokens of customers (%s)', (kind) => {
  const store = useStore(kind);
  const log = createLog('silent');
  let clock: MovableClock;
  let party: Party;
  beforeEach(() => {
    idp.faults.clear();
    clock = movableClock(Date.now());
    party = partyAt(idp, { tokens: 'offline' }, { clock: clock.now });
  });

  const grantsOf = (database: Database) =>
    createGrants({
      database,
      sealer: store.sealer,
      lookupKey: () => Promise.resolve(store.lookupKey),
      clock: clock.now,
      maxAgeDays: 365,
    });

  const instance = (
    more: {
      database?: Database;
      refresh?: IdentityProvider['refresh'];
      patienceMs?: number;
    } = {},
  ): TokenKeeper => {
    const {
      database = store.database,
      refresh = (current) => party.provider.refresh(current),
      patienceMs = 5000,
    } = more;
    const consentRecords = createConsentRecords(store.sealer, clock.now);
    return createTokenKeeper({
      database,
      sealer: store.sealer,
      identityProvider: { refresh },
      endings: createEndings({ database, consentRecords, clock: clock.now, log }),
      clock: clock.now,
      log,
      patienceMs,
    });
  };

  let grants = 0;
  async function connected(given: Partial<CustomerTokens> = {}) {
    const { tokens, subject } = await party.signIn();
    grants += 1;
    const supply = { id: `supply-${grants}`, account_id: null, meter_point_id: null };
    const grant = await grantsOf(store.database).prepare({ supply, customer: { sub: subject, claims: {} } }, 'acc_1');
    await grantsOf(store.database).store(store.database, grant, `decision-${grants}`);
    await instance().store(store.database, grant.id, subject, { ...tokens!, ...given });
    return { ...grant, decisionId: `decision-${grants}`, tokens: tokens! };
  }

  /** How often new tokens were asked for. */
  const refreshes = () => party.sent.filter(({ body }) => body?.includes('grant_type=refresh_token')).length;
  const rows = () => store.database.selectFrom('customer_tokens').selectAll().execute();

  test('are given out as long as they last', async () => {
    const { id, tokens } = await connected();
    expect(await instance().access(id)).toBe(tokens.accessToken);
    clock.advance(HOUR - 31 * SECOND);
    expect(await instance().access(id)).toBe(tokens.accessToken);
    expect(refreshes()).toBe(0);
  });

  test('are renewed before they end, as often as it takes', async () => {
    const { id, tokens } = await connected();
    const seen = [tokens.accessToken];
    for (let n = 0; n < 3; n += 1) {
      clock.advance(HOUR - 30 * SECOND);
      seen.push(await instance().access(id));
    }
    expect(new Set(seen).size).toBe(4);
    expect(refreshes()).toBe(3);
  });

  test('are renewed when the provider’s system does not take them', async () => {
    const { id, tokens } = await connected();
    const renewed = await instance().access(id, tokens.accessToken);
    expect(renewed).not.toBe(tokens.accessToken);
    // A second poll that was refused the same token finds the new one.
    expect(await instance().access(id, tokens.accessToken)).toBe(renewed);
    expect(refreshes()).toBe(1);
  });

  test('cannot be read, nor given to another grant, by who holds the database', async () => {
    const [one, other] = [await connected(), await connected()];
    const told = JSON.stringify(await rows());
    expect(told).not.toContain(one.tokens.accessToken);
    expect(told).not.toContain(one.tokens.refreshToken);
    const { access_sealed } = (await rows()).find(({ grant_id }) => grant_id === other.id)!;
    await store.database.updateTable('customer_tokens').set({ access_sealed }).where('grant_id', '=', one.id).execute();
    await expect(instance().access(one.id)).rejects.toMatchObject({ code: 'seal_broken' });
  });

  describe('two instances', () => {
    let second: Database;
    beforeEach(() => {
      second = connectTo(store.address);
    });
    afterEach(() => second.destroy());

    test('polled together ask once, and both go on with what came', async () => {
      const { id } = await connected();
      const [one, other] = [instance(), instance({ database: second })];
      for (let round = 1; round <= 3; round += 1) {
        clock.advance(HOUR);
        const got = await Promise.all([one, other, one, other].map((keeper) => keeper.access(id)));
        expect(new Set(got).size).toBe(1);
        expect(refreshes()).toBe(round);
      }
    });

    test('one that dies before it has asked is followed by the other', async () => {
      const { id } = await connected();
      clock.advance(HOUR);
      const dead = instance({ refresh: () => new Promise(() => undefined) });
      void dead.access(id);
      const other = instance({ database: second, patienceMs: 150 });
      while ((await rows())[0]?.leased_until === 0) await new Promise(setImmediate);
      await expect(other.access(id)).rejects.toMatchObject({ code: 'source_unavailable' });
      clock.advance(30 * SECOND);
      expect(await other.access(id)).toEqual(expect.any(String));
    });

    test('one that dies with the answer in its hands leaves the old token to be tried again', async () => {
      const { id } = await connected();
      clock.advance(HOUR);
      const asked: string[] = [];
      // Many providers take a refresh token once more for some seconds, for just this case.
      const lenient: IdentityProvider['refresh'] = ({ refreshToken, scope }) => {
        asked.push(refreshToken);
        const accessExpiresAt = clock.now() + HOUR;
        return Promise.resolve({ accessToken: `access-${asked.length}`, accessExpiresAt, refreshToken: 'new', scope });
      };
      const dying = instance({ refresh: async (current) => lenient(current).then(() => new Promise(() => undefined)) });
      void dying.access(id);
      while (asked.length === 0) await new Promise(setImmediate);
      clock.advance(30 * SECOND);
      expect(await instance({ database: second, refresh: lenient }).access(id)).toBe('access-2');
      expect(new Set(asked).size).toBe(1);
    });

    test('one that is late, and refused, takes what the other got', async () => {
      const { id } = await connected();
      clock.advance(HOUR);
      let fresh = '';
      const late = instance({
        refresh: async () => {
          clock.advance(31 * SECOND);
          fresh = await instance({ database: second }).access(id);
          throw new Failure('refresh_refused');
        },
      });
      expect(await late.access(id)).toBe(fresh);
    });
  });

  test('new ones are stored before they are used, however long the database takes', async () => {
    const { id } = await connected();
    clock.advance(HOUR);
    let failures = 0;
    const faulty: KyselyPlugin = {
      transformQuery: ({ node }) => {
        if (node.kind === 'UpdateQueryNode' && failures > 0) {
          failures -= 1;
          throw new Error('database away');
        }
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    };
    const keeper = instance({
      database: store.database.withPlugin(faulty),
      refresh: (current) => {
        failures = 2;
        return party.provider.refresh(current);
      },
    });
    const got = await keeper.access(id);
    expect(await instance().access(id)).toBe(got);
    expect(refreshes()).toBe(1);
  });

  describe('when the identity provider', () => {
    test('is away, is a passing trouble, and the next poll asks again at once', async () => {
      const { id } = await connected();
      clock.advance(HOUR);
      idp.faults.set({ token: { status: 503, body: {} } });
      await expect(instance().access(id)).rejects.toMatchObject({ code: 'source_unavailable' });
      idp.faults.clear();
      expect(await instance().access(id)).toEqual(expect.any(String));
    });

    test('refuses our own credentials, nobody’s grant ends', async () => {
      const grant = await connected();
      clock.advance(HOUR);
      idp.faults.set({ token: { status: 401, body: { error: 'invalid_client' } } });
      await expect(instance().access(grant.id)).rejects.toMatchObject({ code: 'source_unavailable' });
      expect(await grantsOf(store.database).find(grant.token)).toMatchObject({ status: 'active' });
    });

    test('says that access has ended, the grant ends with that reason, and the tokens are gone', async () => {
      const grant = await connected();
      await party.provider.revoke(grant.tokens.refreshToken!);
      clock.advance(HOUR);
      await expect(instance().access(grant.id)).rejects.toMatchObject({
        code: 'customer_access_ended',
        facts: { grant: grant.id },
      });
      expect(await grantsOf(store.database).find(grant.token)).toEqual({ status: 'ended', reason: 'access_ended' });
      expect(await rows()).toEqual([]);
    });
  });

  describe('are forgotten once their grant has ended, and at the provider', () => {
    const tidy = () =>
      createTokenRevocation({
        database: store.database,
        sealer: store.sealer,
        identityProvider: party.provider,
        clock: clock.now,
        log,
      }).purge();
    const status = async (id: string, reason: string) => {
      await store.database
        .updateTable('grants')
        .set({ status: reason, ended_at: clock.now() })
        .where('id', '=', id)
        .execute();
    };
    const stillGood = async ({ tokens, binding }: Awaited<ReturnType<typeof connected>>) =>
      party.provider
        .refresh({ refreshToken: tokens.refreshToken!, subject: binding.customer.sub, scope: 'openid' })
        .then(() => true)
        .catch(() => false);

    test.each<[string, boolean]>([
      ['withdrawn', false],
      ['supply_left', false],
      ['not_delivered', false],
      // The newer consent may rest on the same access.
      ['replaced', true],
    ])('%s', async (reason, good) => {
      const [ended, other] = [await connected(), await connected()];
      await status(ended.id, reason);
      expect(await tidy()).toBe(1);
      expect((await rows()).map(({ grant_id }) => grant_id)).toEqual([other.id]);
      expect([await stillGood(ended), await stillGood(other)]).toEqual([good, true]);
    });

    test('an access token alone too', async () => {
      const grant = await connected({ refreshToken: null });
      await status(grant.id, 'withdrawn');
      expect(await tidy()).toBe(1);
      expect(await stillGood(grant)).toBe(false);
    });

    test('when it has reached its agreed end', async () => {
      const grant = await connected();
      clock.advance(365 * DAY);
      expect(await tidy()).toBe(1);
      expect(await stillGood(grant)).toBe(false);
    });

    test('and, where the provider does not answer, after a day', async () => {
      const { id } = await connected();
      await status(id, 'withdrawn');
      idp.faults.set({ revocation: { status: 503, body: {} } });
      expect(await tidy()).toBe(0);
      expect(await rows()).toHaveLength(1);
      clock.advance(DAY);
      expect(await tidy()).toBe(1);
      expect(await rows()).toEqual([]);
    });
  });
});
