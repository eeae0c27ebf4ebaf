import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/base/log.ts';
import { backoffMs } from '../../src/outbox/backoff.ts';
import { createOutbox, type Outbox } from '../../src/outbox/outbox.ts';
import { MISDEEDS, type Misdeed } from '../flatpeak/hostile.ts';
import { flatpeakAt } from '../flatpeak/support.ts';
import { HOUR, MINUTE, SECOND } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';
import { answer, reset, startPeer, type HttpPeer, type Step } from '../support/http-peer.ts';

/** Decisions on their way to a Flatpeak that misbehaves: a real database, real HTTP, a clock that is moved. */

const PATIENT_MS = 5000;
const ATTEMPT_MS = 4 * PATIENT_MS;
/** A claim outlives the longest attempt; so much is left of a token's life for its last attempt. */
const LEASE_MS = ATTEMPT_MS + 10 * SECOND;
const LONGEST_PAUSE_MS = 45 * SECOND;

describe.each(DATABASE_KINDS)('the outbox (%s)', (kind) => {
  const store = useStore(kind);
  let peer: HttpPeer;
  /** What Flatpeak has accepted, whatever it answered: the first body of each token. */
  let ledger: Map<string, string>;
  beforeEach(async () => {
    peer = await startPeer();
    ledger = new Map();
  });
  afterEach(() => peer.close());

  const makeOutbox = (timeoutMs = PATIENT_MS): Outbox =>
    createOutbox({
      database: store.database,
      postgres: kind === 'postgres',
      sealer: store.sealer,
      flatpeak: flatpeakAt(peer, { timeoutMs }, store.clock),
      clock: store.clock.now,
      log: createLog('silent'),
      attemptMs: ATTEMPT_MS,
      onSettled: () => Promise.resolve(),
    });
  const bodyOf = (id: string) => `{ "connect_token":"${id}",  "auth_data":{"b":1,"a":"é✓"} }`;
  const enqueue = (outbox: Outbox, id: string, lifeMs = HOUR) =>
    outbox.enqueue(store.database, {
      decisionId: id,
      path: `/connect/session/${encodeURIComponent(id)}`,
      body: bodyOf(id),
      deadlineAt: store.clock.now() + lifeMs,
    });
  const deliverAll = async (outbox: Outbox): Promise<void> => {
    while ((await outbox.deliverDue()) > 0);
  };
  const sentFor = (id: string) =>
    peer.received.filter(({ headers }) => headers['idempotency-key'] === id).map(({ body }) => body);

  /** A script for each decision, found by its key. */
  const byDecision =
    (stepFor: (id: string) => Step): Step =>
    (request, ...rest) =>
      stepFor(String(request.headers['idempotency-key']))(request, ...rest);

  /** Takes a decision down before it goes on as it pleases. */
  const committing =
    (then: Step): Step =>
    (request, ...rest) => {
      const token = decodeURIComponent(request.url.split('/').at(-1) ?? '');
      if (!ledger.has(token)) ledger.set(token, request.body);
      return then(request, ...rest);
    };

  const AFTER_ONE: Record<Misdeed['submission'], string> = {
    accepted: 'delivered',
    refused: 'refused',
    conflict: 'refused',
    parked: 'parked',
    again: 'waiting',
    unanswered: 'waiting',
  };
  /** A 409 to a later attempt says that an earlier one had arrived, if one was left open; else it is a refusal. */
  const AFTER_CONFLICT = { ...AFTER_ONE, again: 'refused', unanswered: 'delivered' };
  const AFTER_ACCEPTANCE = { ...AFTER_ONE, again: 'delivered', unanswered: 'delivered' };

  /** Every misdeed meets one decision that is told 409 later on, and one that is then accepted. */
  test('comes to the right end with every misdeed there is', async () => {
    const outbox = makeOutbox();
    const idOf = ({ name }: Misdeed, end: string) => `${name} / ${end}`;
    const ids = (end: string) => MISDEEDS.map((misdeed) => idOf(misdeed, end));
    const stepOf = new Map(MISDEEDS.map(({ name, step }) => [name, step]));
    peer.script(byDecision((id) => stepOf.get(id.split(' / ')[0] ?? '') ?? reset));
    const found = async (end: string) => {
      const states = await Promise.all(ids(end).map((id) => outbox.stateOf(id)));
      return MISDEEDS.map(({ name }, index) => [name, states[index]]);
    };
    const wanted = (states: Record<Misdeed['submission'], string>) =>
      MISDEEDS.map(({ name, submission }) => [name, states[submission]]);

    for (const endless of [false, true]) {
      const misdeeds = MISDEEDS.filter((misdeed) => misdeed.endless === endless);
      for (const misdeed of misdeeds) {
        await enqueue(outbox, idOf(misdeed, 'conflict'));
        await enqueue(outbox, idOf(misdeed, 'accept'));
      }
      await deliverAll(makeOutbox(endless ? 1000 : PATIENT_MS));
    }
    expect(await found('accept')).toEqual(wanted(AFTER_ONE));

    // The last chance of those who were told to come after the token's end.
    store.clock.advance(HOUR - 5 * SECOND);
    peer.script(byDecision((id) => answer(id.endsWith('conflict') ? 409 : 200)));
    await deliverAll(outbox);
    expect(await found('conflict')).toEqual(wanted(AFTER_CONFLICT));
    expect(await found('accept')).toEqual(wanted(AFTER_ACCEPTANCE));

    const sent = [...ids('conflict'), ...ids('accept')].map((id) => [id, new Set(sentFor(id)), sentFor(id).length]);
    const attempts = ({ submission, context }: Misdeed) =>
      AFTER_ONE[submission] === 'waiting' || context === 'flatpeak_refused_us' ? 2 : 1;
    expect(sent).toEqual(
      ['conflict', 'accept'].flatMap((end) =>
        MISDEEDS.map((misdeed) => {
          const id = idOf(misdeed, end);
          return [id, new Set([bodyOf(id)]), attempts(misdeed)];
        }),
      ),
    );
  });

  describe('a decision that was taken down and whose answer was lost', () => {
    test.each<[string, Step]>([
      ['by a reset', reset],
      ['by a gateway that waited too long', answer(504)],
      ['by a gateway that heard nonsense', answer(502)],
    ])('%s is delivered once, and known to be by the 409 that follows', async (_, lost) => {
      peer.script(committing(lost), committing(answer(409)));
      const outbox = makeOutbox();
      await enqueue(outbox, 'decision-1');
      await outbox.deliverDue();
      store.clock.advance(LONGEST_PAUSE_MS);
      await outbox.deliverDue();
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
      expect([...ledger]).toEqual([['decision-1', bodyOf('decision-1')]]);
    });
  });

  describe('Flatpeak says when to come again', () => {
    const date = (ms: number) => () => new Date(store.clock.now() + ms).toUTCString();
    const soon = { earliest: 0, latest: LONGEST_PAUSE_MS };
    const lastChance = { earliest: HOUR - LEASE_MS, latest: HOUR - LEASE_MS };

    test.each<[string, () => string, { earliest: number; latest: number }]>([
      ['in seconds', () => '600', { earliest: 600 * SECOND, latest: 600 * SECOND }],
      ['as a date', date(600 * SECOND), { earliest: 600 * SECOND, latest: 600 * SECOND }],
      ['at once', () => '0', soon],
      ['on a day gone by', date(-600 * SECOND), soon],
      ['before now', () => '-5', soon],
      ['in words', () => 'tomorrow', soon],
      ['in ages', () => '9'.repeat(300), soon],
      ['after the token’s end', () => '7200', lastChance],
      ['a day late', date(24 * HOUR), lastChance],
      ['in the year 9999', () => 'Fri, 31 Dec 9999 23:59:59 GMT', lastChance],
    ])('%s', async (_, retryAfter, { earliest, latest }) => {
      peer.script(answer(429, {}, { 'retry-after': retryAfter() }), answer(200));
      const outbox = makeOutbox();
      await enqueue(outbox, 'decision-1');
      await outbox.deliverDue();
      if (earliest > 0) {
        store.clock.advance(earliest - 1);
        expect(await outbox.deliverDue()).toBe(0);
        store.clock.advance(1);
      }
      store.clock.advance(latest - earliest);
      expect(await outbox.deliverDue()).toBe(1);
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
    });
  });

  test('ten minutes down and back: all delivered once and within a minute, after a bounded number of tries', async () => {
    const outbox = makeOutbox();
    const began = store.clock.now();
    const DOWN = 10 * MINUTE;
    const arrivals = new Map<string, number[]>();
    const accepted: string[] = [];
    let isUp = true;
    const outages: Step[] = [reset, answer(503), answer(500), answer(504), answer(408)];
    peer.script((request, ...rest) => {
      const id = String(request.headers['idempotency-key']);
      const times = [...(arrivals.get(id) ?? []), store.clock.now() - began];
      arrivals.set(id, times);
      if (isUp) accepted.push(id);
      return (isUp ? answer(200) : (outages[times.length % outages.length] ?? reset))(request, ...rest);
    });

    await enqueue(outbox, 'before');
    await deliverAll(outbox);
    isUp = false;
    for (let second = 0; second < DOWN / SECOND; second += 1) {
      if (second % 20 === 0) await enqueue(outbox, `at-${second}`);
      await deliverAll(outbox);
      store.clock.advance(SECOND);
    }
    expect(accepted).toEqual(['before']);

    isUp = true;
    const returned = store.clock.now();
    const ids = [...arrivals.keys()];
    while (accepted.length < ids.length && store.clock.now() < returned + MINUTE) {
      await deliverAll(outbox);
      store.clock.advance(SECOND);
    }
    expect([...accepted].sort()).toEqual([...ids].sort());
    const tries = [...arrivals.values()].map((times) => times.length);
    expect(Math.max(...tries)).toBeLessThanOrEqual(30);
    const pauses = [...arrivals.values()].flatMap((times) => times.slice(1).map((at, nth) => at - (times[nth] ?? 0)));
    // The clock is moved by whole seconds.
    expect(Math.max(...pauses)).toBeLessThanOrEqual(LONGEST_PAUSE_MS + SECOND);
  });
});

test('however long an outage lasts, those who wait do not gather in step', () => {
  const pauses = Array.from({ length: 200 }, () => backoffMs(100));
  expect(new Set(pauses).size).toBeGreaterThan(100);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
});
