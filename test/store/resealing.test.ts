import { beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createLog } from '../../src/base/log.ts';
import { createSessions } from '../../src/connections/sessions.ts';
import { createJourneys } from '../../src/journey/journeys.ts';
import { createSignIns } from '../../src/journey/sign-ins.ts';
import { createConsentRecords } from '../../src/sharing/consent-records.ts';
import { createGrants } from '../../src/sharing/grants.ts';
import { createTokenKeeper } from '../../src/sharing/token-keeper.ts';
import type { Database } from '../../src/store/database.ts';
import { loadLookupSecret } from '../../src/store/lookup-secret.ts';
import { resealAll } from '../../src/store/resealing.ts';
import { sealedPlaces } from '../../src/store/sealed-places.ts';
import { createSealer, type Sealer, type SealingKey } from '../../src/store/sealing.ts';
import type { Tables } from '../../src/store/tables.ts';
import { createDurableLastGood } from '../../src/tariff/durable-last-good.ts';
import { HOUR } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';

const key = (kid: string): SealingKey => ({ kid, key: randomBytes(32) });
/** Underscores mean something to SQL's LIKE, and one name begins like the other. */
const [OLD, NEW] = [key('k_1'), key('k_1.2')];

describe.each(DATABASE_KINDS)('sealed anew (%s)', (kind) => {
  const store = useStore(kind);
  const clock = () => store.clock.now();
  const reseal = (keys: SealingKey[], more: Partial<Parameters<typeof resealAll>[0]> = {}) =>
    resealAll({ database: store.database, postgres: kind === 'postgres', keys, ...more });

  /** What the service keeps, each by the part that keeps it. */
  const partsUnder = (sealer: Sealer) => {
    const { database } = store;
    return {
      sealer,
      journeys: createJourneys(database, sealer, clock),
      signIns: createSignIns(database, sealer, clock),
      sessions: createSessions(database, sealer, clock),
      records: createConsentRecords(sealer, clock),
      grants: createGrants({
        database,
        sealer,
        lookupKey: () => Promise.resolve(store.lookupKey),
        clock,
        maxAgeDays: 365,
      }),
      lastGood: createDurableLastGood({ database, sealer, clock }),
      tokens: createTokenKeeper({
        database,
        sealer,
        identityProvider: { refresh: () => Promise.reject(new Error('not asked')) },
        endings: { end: () => Promise.resolve(false) },
        clock,
        log: createLog('silent'),
      }),
    };
  };

  const CHECKS = { state: 'state-1', nonce: 'nonce-1', codeVerifier: 'verifier-1' };
  const VISIT = {
    connectToken: 'cot_12345678',
    account: { id: 'acc_1', name: 'App', logoUrl: null, termsUrl: null, privacyUrl: null, supportUrl: null },
    returnAddress: null,
    extras: [],
  };
  const BINDING = {
    supply: { id: 'supply-1', account_id: null, meter_point_id: null },
    customer: { sub: 'customer-1', claims: {} },
  };
  const TOKENS = {
    accessToken: 'access-1',
    refreshToken: 'refresh-1',
    scope: '',
    accessExpiresAt: Date.UTC(2100, 0, 1),
  };
  const LAST_GOOD = { document: { price: 1 }, mapping: null, readAt: '2026-06-16T11:00:00Z' };

  /** One value in every sealed column there is. */
  async function fill(sealer: Sealer) {
    const { journeys, signIns, sessions, records, grants, lastGood, tokens } = partsUnder(sealer);
    const journey = await journeys.create('hash-1', VISIT, {
      expiresAt: clock() + HOUR,
      tokenExpiresAt: clock() + HOUR,
    });
    if (!journey) throw new Error('no journey');
    await journeys.save(store.database, journey, {
      identity: { subject: 'customer-1', claims: {}, tokens: null },
      supply: { supplies: [], chosen: null, shown: null },
    });
    await signIns.begin({
      journeyId: journey.id,
      browserHash: 'browser-1',
      url: 'https://idp.example',
      checks: CHECKS,
    });
    await sessions.begin('secret-1', { url: 'https://idp.example', checks: CHECKS });
    const session = await sessions.ofState('state-1');
    await sessions.signedIn(session?.id ?? '', 'secret-2', { subject: 'customer-1', masked: null });
    const grant = await grants.prepare(BINDING, 'acc_1');
    await grants.store(store.database, grant, 'decision-1');
    await tokens.store(store.database, grant.id, 'customer-1', TOKENS);
    await records.add(store.database, 'granted', {
      decisionId: 'decision-1',
      subjectKey: 'x',
      accountId: 'acc_1',
      grantId: grant.id,
      language: 'en',
      text: { version: '1', hash: 'h' },
      shown: { tariffName: 'Go' },
    });
    await store.database
      .insertInto('outbox')
      .values({
        id: 'outbox-1',
        decision_id: 'decision-1',
        message_sealed: sealer.seal({ path: '/', body: '{}' }, 'outbox.message:outbox-1'),
        state: 'waiting',
        attempts: 0,
        unanswered: 0,
        next_attempt_at: 0,
        claimed_until: 0,
        deadline_at: 0,
        created_at: 0,
      })
      .execute();
    await lastGood.put('key-1', LAST_GOOD as never, clock() + HOUR);
    const secret = await loadLookupSecret(store.database, sealer, clock);
    return { journeyId: journey.id, grant, secret };
  }

  const places = sealedPlaces();

  /** Every sealed value of the database, by the place it is in. */
  const envelopes = async () => {
    const found: { place: string; envelope: string }[] = [];
    for (const { table, column, row, placeOf } of places) {
      const rows = (await store.database
        .selectFrom(table as keyof Tables)
        .selectAll()
        .execute()) as unknown as Record<string, string | null>[];
      for (const one of rows) {
        const envelope = one[column];
        if (typeof envelope === 'string') found.push({ place: placeOf(one[row] ?? ''), envelope });
      }
    }
    return found;
  };

  test('the list of places has every column whose name says that it is sealed, and no other', async () => {
    const tables = await store.database.introspection.getTables();
    const sealed = tables.flatMap(({ name, columns }) =>
      columns.filter((column) => column.name.endsWith('_sealed')).map((column) => `${name}.${column.name}`),
    );
    expect(sealed.length).toBeGreaterThan(10);
    expect(places.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(sealed.sort());
  });

  test('whatever the service keeps is read with the new key alone', async () => {
    const { journeyId, grant, secret } = await fill(createSealer([OLD]));
    const before = await envelopes();
    expect(new Set(before.map(({ place }) => place.split(':')[0])).size).toBe(places.length);

    const { tables, quiet } = await reseal([NEW, OLD]);
    expect(quiet).toBe(true);
    expect(tables.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(before.length);
    expect(tables.filter(({ left, unreadable }) => left + unreadable.length > 0)).toEqual([]);

    const { sealer, ...parts } = partsUnder(createSealer([NEW]));
    for (const { place, envelope } of await envelopes())
      expect({ place, opened: sealer.open(envelope, place) }).toBeTruthy();
    expect(await parts.journeys.byId(journeyId)).toMatchObject({ visit: VISIT, identity: { subject: 'customer-1' } });
    expect(await parts.signIns.spend('state-1', 'browser-1')).toEqual(CHECKS);
    expect(await parts.sessions.find('secret-2')).toEqual({ subject: 'customer-1', masked: null });
    expect(await parts.grants.find(grant.token)).toMatchObject({ status: 'active', ...BINDING });
    expect(await parts.tokens.access(grant.id)).toBe('access-1');
    expect(await parts.lastGood.get('key-1')).toEqual(LAST_GOOD);
    expect(await loadLookupSecret(store.database, sealer, clock)).toEqual(secret);
  });

  test('what is under the first key already is not touched', async () => {
    await fill(createSealer([NEW]));
    const before = await envelopes();
    const { tables } = await reseal([NEW, OLD]);
    expect(tables.filter(({ resealed }) => resealed > 0)).toEqual([]);
    expect(await envelopes()).toEqual(before);
  });

  test('in batches, with every row looked at', async () => {
    const sealer = createSealer([OLD]);
    for (let n = 0; n < 23; n += 1)
      await partsUnder(sealer).grants.store(store.database, await prepared(sealer), `d-${n}`);
    const told: string[] = [];
    const { tables } = await reseal([NEW, OLD], {
      batch: 5,
      onProgress: (done, total, table) => told.push(`${table} ${done}/${total}`),
    });
    expect(tables.find(({ table }) => table === 'grants')).toMatchObject({ resealed: 23, left: 0 });
    expect(told).toEqual(expect.arrayContaining(['grants 5/23', 'grants 20/23', 'grants 23/23']));
  });

  const prepared = (sealer: Sealer) => partsUnder(sealer).grants.prepare(BINDING, 'acc_1');

  test('cut short, the next time does the rest', async () => {
    const sealer = createSealer([OLD]);
    for (let n = 0; n < 20; n += 1)
      await partsUnder(sealer).grants.store(store.database, await prepared(sealer), `d-${n}`);
    const cut = reseal([NEW, OLD], {
      batch: 5,
      onProgress: (done) => {
        if (done >= 10) throw new Error('interrupted');
      },
    });
    await expect(cut).rejects.toThrow('interrupted');
    const { tables } = await reseal([NEW, OLD]);
    expect(tables.find(({ table }) => table === 'grants')).toMatchObject({ resealed: 10, left: 0 });
  });

  describe('while the service runs', () => {
    /** A database on which something happens once a value has been read, and before it is replaced. */
    const meanwhile = (change: () => Promise<unknown>): Database => {
      let changed: Promise<unknown> | undefined;
      return store.database.withPlugin({
        transformQuery: ({ node }) => node,
        async transformResult({ result }) {
          if (Object.hasOwn(result.rows[0] ?? {}, 'envelope')) changed ??= change();
          await changed;
          return result;
        },
      });
    };
    const statusOf = async () => (await envelopes()).map(({ envelope }) => envelope.split(':')[0]);

    test('a value that was changed meanwhile is never overwritten', async () => {
      const sealer = createSealer([OLD]);
      const grant = await prepared(sealer);
      await partsUnder(sealer).grants.store(store.database, grant, 'd-1');
      const place = `grants.binding:${grant.id}`;
      const changed = { ...BINDING, customer: { sub: 'customer-2', claims: {} } };
      const database = meanwhile(() =>
        store.database
          .updateTable('grants')
          .set({ binding_sealed: sealer.seal(changed, place) })
          .execute(),
      );
      const { tables } = await resealAll({ database, postgres: kind === 'postgres', keys: [NEW, OLD] });
      expect(tables.find(({ table }) => table === 'grants')).toMatchObject({ left: 0 });
      const [found] = await envelopes();
      expect(createSealer([NEW]).open(found?.envelope ?? '', place)).toEqual(changed);
    });

    test('a row that is gone meanwhile is no trouble', async () => {
      const sealer = createSealer([OLD]);
      await partsUnder(sealer).grants.store(store.database, await prepared(sealer), 'd-1');
      const database = meanwhile(() => store.database.deleteFrom('grants').execute());
      expect(await resealAll({ database, postgres: kind === 'postgres', keys: [NEW, OLD] })).toMatchObject({
        quiet: true,
      });
      expect(await statusOf()).toEqual([]);
    });

    test('an instance that goes on sealing under the old key is noticed', async () => {
      const sealer = createSealer([OLD]);
      let n = 0;
      const add = async () => partsUnder(sealer).grants.store(store.database, await prepared(sealer), `d-${(n += 1)}`);
      await add();
      let added: Promise<unknown> = Promise.resolve();
      const onProgress = (_done: number, _total: number, table: string) => {
        if (table === 'settings') added = added.then(add);
      };
      const { quiet } = await reseal([NEW, OLD], { onProgress });
      await added;
      expect(quiet).toBe(false);
    });
  });

  describe('what cannot be opened', () => {
    beforeEach(async () => {
      const [lost, old] = [createSealer([key('lost')]), createSealer([OLD])];
      await partsUnder(lost).grants.store(store.database, await prepared(lost), 'd-1');
      await partsUnder(lost).grants.store(store.database, await prepared(lost), 'd-2');
      await partsUnder(old).grants.store(store.database, await prepared(old), 'd-3');
      const damaged = await prepared(old);
      await partsUnder(old).grants.store(store.database, damaged, 'd-4');
      await store.database
        .updateTable('grants')
        .set({ binding_sealed: `${OLD.kid}:AAAA:AAAA:AAAA` })
        .where('id', '=', damaged.id)
        .execute();
    });

    test('is counted by table, key and cause, left as it is, and does not stop the rest', async () => {
      const before = (await envelopes()).map(({ envelope }) => envelope);
      const { tables } = await reseal([NEW, OLD]);
      expect(tables.filter(({ left }) => left > 0)).toEqual([
        {
          table: 'grants',
          resealed: 1,
          left: 3,
          unreadable: expect.arrayContaining([
            { kid: 'lost', code: 'seal_key_unknown', count: 2 },
            { kid: OLD.kid, code: 'seal_broken', count: 1 },
          ]),
        },
      ]);
      const after = (await envelopes()).map(({ envelope }) => envelope);
      expect(after.filter((envelope) => before.includes(envelope))).toHaveLength(3);
    });
  });

  test('without any key nothing is done', async () => {
    await expect(reseal([])).rejects.toMatchObject({ code: 'seal_key_unknown' });
  });
});
