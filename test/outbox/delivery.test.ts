import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/base/log.ts';
import { outbound } from '../../src/base/outbound.ts';
import { createFlatpeak } from '../../src/flatpeak/client.ts';
import { createOutbox, type Outbox } from '../../src/outbox/outbox.ts';
import type { Database } from '../../src/store/database.ts';
import { HOUR, MINUTE, SECOND } from '../support/clock.ts';
import { connectTo, DATABASE_KINDS, useStore } from '../support/databases.ts';
import {
  answer,
  gibberish,
  held,
  redirect,
  reset,
  silence,
  startPeer,
  type HttpPeer,
  type Step,
} from '../support/http-peer.ts';

/** Decisions on their way to Flatpeak: a real database, a real HTTP peer, and a clock that is moved. */

const TIMEOUT_MS = 5000;
const ATTEMPT_MS = 4 * TIMEOUT_MS;
/** A claim outlives the longest attempt. */
const AFTER_ANY_CLAIM = ATTEMPT_MS + 11 * SECOND;
/** No pause between attempts is longer, unless Flatpeak asks for it. */
const AFTER_ANY_PAUSE = 46 * SECOND;

// Spaces, an order of its own and letters outside ASCII: whatever re-serialises it changes it.
const BODY = '{ "connect_token":"cot_1","auth_data":{"b":1,"a":"é✓"},  "action" : null}';
const PATH = '/connect/session/cot_1';

describe.each(DATABASE_KINDS)('the outbox (%s)', (kind) => {
  const store = useStore(kind);
  let peer: HttpPeer;
  let settled: { decisionId: string; state: string }[];
  let others: Database[];

  beforeEach(async () => {
    peer = await startPeer();
    settled = [];
    others = [];
  });
  afterEach(async () => {
    await peer.close();
    await Promise.all(others.map((database) => database.destroy()));
  });

  const outboxOn = (database: Database, timeoutMs = TIMEOUT_MS): Outbox =>
    createOutbox({
      database,
      postgres: kind === 'postgres',
      sealer: store.sealer,
      flatpeak: createFlatpeak(
        {
          apiUrl: new URL(peer.origin),
          accountId: 'acc_1',
          apiKey: 'sk_1',
          auth: 'basic',
          profile: 'session',
          submitMethod: 'POST',
          submitPath: null,
          timeoutMs,
        },
        outbound,
        store.clock.now,
      ),
      clock: store.clock.now,
      log: createLog('silent'),
      attemptMs: ATTEMPT_MS,
      onSettled: (_queries, { decisionId, state }) => {
        settled.push({ decisionId, state });
        return Promise.resolve();
      },
    });

  /** A second process on the same database; SQLite is one process's alone. */
  const anotherInstance = (): Outbox => {
    if (kind === 'sqlite') return outboxOn(store.database);
    const database = connectTo(store.address);
    others.push(database);
    return outboxOn(database);
  };

  const enqueue = (outbox: Outbox, decisionId = 'decision-1', deadlineAt = store.clock.now() + 24 * HOUR) =>
    outbox.enqueue(store.database, { decisionId, path: PATH, body: BODY, deadlineAt });

  const rowOf = (decisionId = 'decision-1') =>
    store.database.selectFrom('outbox').selectAll().where('decision_id', '=', decisionId).executeTakeFirstOrThrow();

  /** Put in, tried once; what became of it. */
  async function tryOnce(step: Step, timeoutMs = TIMEOUT_MS): Promise<Outbox> {
    const outbox = outboxOn(store.database, timeoutMs);
    await enqueue(outbox);
    peer.script(step);
    expect(await outbox.deliverDue()).toBe(1);
    return outbox;
  }
  const later = async (outbox: Outbox, step: Step, ms = AFTER_ANY_PAUSE): Promise<number> => {
    store.clock.advance(ms);
    peer.script(step);
    return outbox.deliverDue();
  };
  const sent = () => peer.received.map(({ body, headers }) => [headers['idempotency-key'], body]);

  test('an empty one has nothing to do', async () => {
    expect(await outboxOn(store.database).deliverDue()).toBe(0);
  });

  test('a decision it has never heard of has no state', async () => {
    expect(await outboxOn(store.database).stateOf('decision-9')).toBeNull();
  });

  test('a decision waits until it is delivered', async () => {
    const outbox = outboxOn(store.database);
    await enqueue(outbox);
    expect(await outbox.stateOf('decision-1')).toBe('waiting');
  });

  test('what waits cannot be read from the database', async () => {
    await enqueue(outboxOn(store.database));
    expect(JSON.stringify(await rowOf())).not.toMatch(/connect_token|cot_1/);
  });

  test('a transaction that is rolled back leaves nothing to send', async () => {
    const outbox = outboxOn(store.database);
    const message = { decisionId: 'decision-1', path: PATH, body: BODY, deadlineAt: store.clock.now() + HOUR };
    const undone = store.database.transaction().execute(async (transaction) => {
      await outbox.enqueue(transaction, message);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await outbox.deliverDue()).toBe(0);
  });

  describe('any 2xx is acceptance', () => {
    test.each([200, 201, 202, 204])('%i', async (status) => {
      const outbox = await tryOnce(answer(status, ''));
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
      expect(settled).toEqual([{ decisionId: 'decision-1', state: 'delivered' }]);
      expect(sent()).toEqual([['decision-1', BODY]]);
      expect(peer.received[0]).toMatchObject({ method: 'POST', url: PATH });
    });

    test('after it the message is gone from the database, and never sent again', async () => {
      const outbox = await tryOnce(answer(200));
      expect(await rowOf()).toMatchObject({ message_sealed: null, settled_at: store.clock.now() });
      expect(await later(outbox, answer(200), 2 * HOUR)).toBe(0);
    });
  });

  describe('a refusal is final', () => {
    test.each([400, 404, 409, 410, 422])('%i', async (status) => {
      const outbox = await tryOnce(answer(status));
      expect(await outbox.stateOf('decision-1')).toBe('refused');
      expect(settled).toEqual([{ decisionId: 'decision-1', state: 'refused' }]);
      expect(await later(outbox, answer(200), 2 * HOUR)).toBe(0);
    });
  });

  describe('a 409 tells whether an earlier attempt had arrived', () => {
    test.each<[string, Step, number, string]>([
      ['after a time-out it is acceptance', silence, 100, 'delivered'],
      ['after a reset it is acceptance', reset, TIMEOUT_MS, 'delivered'],
      ['after an answer that is not HTTP it is acceptance', gibberish, TIMEOUT_MS, 'delivered'],
      ['after an answered 500 it is a refusal', answer(500), TIMEOUT_MS, 'refused'],
      ['after an answered 503 it is a refusal', answer(503), TIMEOUT_MS, 'refused'],
      ['after an answered 429 it is a refusal', answer(429), TIMEOUT_MS, 'refused'],
    ])('%s', async (_, first, timeoutMs, state) => {
      const outbox = await tryOnce(first, timeoutMs);
      expect(await later(outbox, answer(409))).toBe(1);
      expect(await outbox.stateOf('decision-1')).toBe(state);
      expect(settled).toEqual([{ decisionId: 'decision-1', state }]);
    });

    test('an attempt left unanswered is not forgotten over later answers', async () => {
      const outbox = await tryOnce(reset);
      await later(outbox, answer(503));
      await later(outbox, answer(500));
      await later(outbox, answer(409));
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
    });

    test('an attempt whose process died counts as unanswered: it is recorded before its first byte', async () => {
      const dying = held(reset);
      peer.script(dying.step);
      const first = outboxOn(store.database);
      await enqueue(first);
      const abandoned = first.deliverDue();
      await dying.arrived;
      expect(await rowOf()).toMatchObject({ attempts: 1, unanswered: 1, state: 'waiting' });
      const second = anotherInstance();
      expect(await later(second, answer(409), AFTER_ANY_CLAIM)).toBe(1);
      expect(await second.stateOf('decision-1')).toBe('delivered');
      dying.release();
      await abandoned;
    });
  });

  describe('a refused credential is renewed once; then an operator has to mend it', () => {
    test.each([401, 403])('%i, then acceptance', async (status) => {
      const outbox = outboxOn(store.database);
      await enqueue(outbox);
      peer.script(answer(status), answer(200));
      await outbox.deliverDue();
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
      expect(sent()).toEqual([
        ['decision-1', BODY],
        ['decision-1', BODY],
      ]);
    });

    test.each([401, 403])('%i twice', async (status) => {
      const outbox = await tryOnce(answer(status));
      expect(peer.received).toHaveLength(2);
      expect(await outbox.stateOf('decision-1')).toBe('parked');
    });
  });

  describe('what is wrong between the two systems is parked: kept, not sent again, and nobody told it is over', () => {
    test.each<[string, Step]>([
      ['301', redirect(301, 'http://127.0.0.1:9/')],
      ['302', redirect(302, 'http://127.0.0.1:9/')],
      ['307', redirect(307, 'http://127.0.0.1:9/')],
      ['308', redirect(308, 'http://127.0.0.1:9/')],
      ['402', answer(402)],
      ['405', answer(405)],
      ['413', answer(413)],
      ['415', answer(415)],
      ['418', answer(418)],
    ])('%s', async (status, step) => {
      const outbox = await tryOnce(step);
      expect(await outbox.stateOf('decision-1')).toBe('parked');
      expect(await later(outbox, answer(200), HOUR)).toBe(0);
      expect(settled).toEqual([]);
      expect(await rowOf()).toMatchObject({ last_code: `http_${status}`, message_sealed: expect.any(String) });
    });
  });

  describe('what may pass is tried again, with the same key and byte for byte the same body', () => {
    test.each<[string, Step, number, string]>([
      ['408', answer(408), TIMEOUT_MS, 'http_408'],
      ['425', answer(425), TIMEOUT_MS, 'http_425'],
      ['429', answer(429), TIMEOUT_MS, 'http_429'],
      ['500', answer(500), TIMEOUT_MS, 'http_500'],
      ['502', answer(502, '<html>'), TIMEOUT_MS, 'http_502'],
      ['503', answer(503), TIMEOUT_MS, 'http_503'],
      ['504', answer(504), TIMEOUT_MS, 'http_504'],
      ['a time-out', silence, 100, 'outbound_timeout'],
      ['a reset', reset, TIMEOUT_MS, 'outbound_network'],
      ['an answer that is not HTTP', gibberish, TIMEOUT_MS, 'outbound_network'],
    ])('%s', async (_, step, timeoutMs, code) => {
      const outbox = await tryOnce(step, timeoutMs);
      expect(await rowOf()).toMatchObject({ state: 'waiting', attempts: 1, last_code: code });
      expect(settled).toEqual([]);
      expect(await later(outbox, answer(200))).toBe(1);
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
      expect(sent()).toEqual([
        ['decision-1', BODY],
        ['decision-1', BODY],
      ]);
    });

    test('as often as it takes', async () => {
      const outbox = await tryOnce(answer(503));
      for (let attempt = 2; attempt <= 12; attempt += 1) await later(outbox, answer(503));
      expect(await rowOf()).toMatchObject({ state: 'waiting', attempts: 12, unanswered: 0 });
      await later(outbox, answer(200));
      expect(new Set(sent().map((one) => JSON.stringify(one))).size).toBe(1);
      expect(settled).toEqual([{ decisionId: 'decision-1', state: 'delivered' }]);
    });
  });

  describe('Flatpeak says when to come again', () => {
    test.each<[string, Step]>([
      ['429, in seconds', answer(429, {}, { 'retry-after': '600' })],
      ['503, in seconds', answer(503, {}, { 'retry-after': '600' })],
    ])('%s', async (_, step) => {
      const outbox = await tryOnce(step);
      expect(await later(outbox, answer(200), 599 * SECOND)).toBe(0);
      expect(await later(outbox, answer(200), 1 * SECOND)).toBe(1);
    });

    test('429, as a date', async () => {
      const date = new Date(store.clock.now() + 600 * SECOND).toUTCString();
      const outbox = await tryOnce(answer(429, {}, { 'retry-after': date }));
      expect(await later(outbox, answer(200), 599 * SECOND)).toBe(0);
      expect(await later(outbox, answer(200), 1 * SECOND)).toBe(1);
    });
  });

  describe('the token’s end is the deadline', () => {
    test('nothing is sent after it', async () => {
      const outbox = outboxOn(store.database);
      await enqueue(outbox, 'decision-1', store.clock.now() + 10 * MINUTE);
      store.clock.advance(10 * MINUTE);
      await outbox.deliverDue();
      expect(await outbox.stateOf('decision-1')).toBe('overdue');
      expect(peer.received).toEqual([]);
      expect(settled).toEqual([{ decisionId: 'decision-1', state: 'overdue' }]);
    });

    test('up to it, a failing delivery is tried again', async () => {
      const outbox = outboxOn(store.database);
      await enqueue(outbox, 'decision-1', store.clock.now() + 10 * MINUTE);
      peer.script(answer(503));
      await outbox.deliverDue();
      expect(await later(outbox, answer(200), 10 * MINUTE - 1)).toBe(1);
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
    });

    test('a pause that Flatpeak asks for does not outlast it', async () => {
      const outbox = outboxOn(store.database);
      await enqueue(outbox, 'decision-1', store.clock.now() + 10 * MINUTE);
      peer.script(answer(429, {}, { 'retry-after': '7200' }));
      await outbox.deliverDue();
      await later(outbox, answer(200), 10 * MINUTE);
      expect({ state: await outbox.stateOf('decision-1'), row: await rowOf(), sent: peer.received.length }).toEqual({
        state: 'overdue',
        row: expect.objectContaining({ message_sealed: null, last_code: 'http_429' }),
        sent: 1,
      });
    });
  });

  describe('several couriers', () => {
    test('carry each message once, and never the same at once', async () => {
      const underWay = new Set<string>();
      const twice: string[] = [];
      peer.script(async ({ headers }, response) => {
        const key = String(headers['idempotency-key']);
        if (underWay.has(key)) twice.push(key);
        underWay.add(key);
        await new Promise((resolve) => setImmediate(resolve));
        underWay.delete(key);
        response.writeHead(200).end();
      });
      const couriers = [outboxOn(store.database), anotherInstance(), anotherInstance()];
      const decisions = Array.from({ length: 40 }, (_, n) => `decision-${n}`);
      for (const decision of decisions) await enqueue(couriers[0]!, decision);
      await Promise.all(
        couriers.map(async (courier) => {
          while ((await courier.deliverDue()) > 0);
        }),
      );
      expect(twice).toEqual([]);
      expect(peer.received.map(({ headers }) => String(headers['idempotency-key'])).sort()).toEqual(decisions.sort());
      expect(settled).toHaveLength(40);
    });

    test('leave a message alone that another is carrying', async () => {
      const slow = held(answer(200));
      peer.script(slow.step, answer(500));
      const first = outboxOn(store.database);
      await enqueue(first);
      const carrying = first.deliverDue();
      await slow.arrived;
      store.clock.advance(ATTEMPT_MS);
      expect(await anotherInstance().deliverDue()).toBe(0);
      slow.release();
      await carrying;
      expect(settled).toEqual([{ decisionId: 'decision-1', state: 'delivered' }]);
    });

    test('one that was held up too long changes nothing that the next has settled', async () => {
      const stuck = held(reset);
      peer.script(stuck.step, answer(200));
      const first = outboxOn(store.database);
      await enqueue(first);
      const carrying = first.deliverDue();
      await stuck.arrived;
      store.clock.advance(AFTER_ANY_CLAIM);
      await anotherInstance().deliverDue();
      stuck.release();
      await carrying;
      expect(await first.stateOf('decision-1')).toBe('delivered');
      expect(settled).toEqual([{ decisionId: 'decision-1', state: 'delivered' }]);
    });

    test('one that was held up too long does not end the attempt of the next', async () => {
      const stuck = held(answer(503));
      const current = held(answer(200));
      peer.script(stuck.step, current.step, answer(500));
      const [first, second, third] = [outboxOn(store.database), anotherInstance(), anotherInstance()];
      await enqueue(first);
      const carrying = [first.deliverDue()];
      await stuck.arrived;
      store.clock.advance(AFTER_ANY_CLAIM);
      carrying.push(second.deliverDue());
      await current.arrived;
      stuck.release();
      await carrying[0];
      store.clock.advance(ATTEMPT_MS);
      expect(await third.deliverDue()).toBe(0);
      current.release();
      await carrying[1];
      expect(settled).toEqual([{ decisionId: 'decision-1', state: 'delivered' }]);
    });

    test('an acceptance counts, however late it is heard', async () => {
      const stuck = held(answer(200));
      peer.script(stuck.step, answer(503));
      const first = outboxOn(store.database);
      await enqueue(first);
      const carrying = first.deliverDue();
      await stuck.arrived;
      store.clock.advance(AFTER_ANY_CLAIM);
      await anotherInstance().deliverDue();
      stuck.release();
      await carrying;
      expect(await first.stateOf('decision-1')).toBe('delivered');
      expect(settled).toEqual([{ decisionId: 'decision-1', state: 'delivered' }]);
    });
  });

  test('a message whose key is lost stays; the others are carried', async () => {
    const outbox = outboxOn(store.database);
    await enqueue(outbox, 'decision-1');
    await store.database.updateTable('outbox').set({ message_sealed: 'gone:x:y:z' }).execute();
    await enqueue(outbox, 'decision-2');
    await outbox.deliverDue();
    expect([await outbox.stateOf('decision-1'), await outbox.stateOf('decision-2')]).toEqual(['waiting', 'delivered']);
  });

  test('when settling fails, acceptance is not recorded by halves, and the next attempt has the same key', async () => {
    const failing = createFlatpeak(
      {
        apiUrl: new URL(peer.origin),
        accountId: 'a',
        apiKey: 'k',
        auth: 'basic',
        profile: 'session',
        submitMethod: 'POST',
        submitPath: null,
        timeoutMs: TIMEOUT_MS,
      },
      outbound,
      store.clock.now,
    );
    let fails = true;
    const outbox = createOutbox({
      database: store.database,
      postgres: kind === 'postgres',
      sealer: store.sealer,
      flatpeak: failing,
      clock: store.clock.now,
      log: createLog('silent'),
      attemptMs: ATTEMPT_MS,
      onSettled: () => (fails ? Promise.reject(new Error('database away')) : Promise.resolve()),
    });
    await enqueue(outbox);
    await outbox.deliverDue();
    expect(await outbox.stateOf('decision-1')).toBe('waiting');
    fails = false;
    await later(outbox, answer(200), AFTER_ANY_CLAIM);
    expect(await outbox.stateOf('decision-1')).toBe('delivered');
    expect(sent()).toEqual([
      ['decision-1', BODY],
      ['decision-1', BODY],
    ]);
  });
});
