import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/base/log.ts';
import { createOutbox, type Outbox } from '../../src/outbox/outbox.ts';
import { flatpeakAt } from '../flatpeak/support.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';
import { answer, held, reset, startPeer, type HttpPeer } from '../support/http-peer.ts';

/** Somebody puts the machine's clock an hour forward or back: nothing waits for it, and nothing is sent twice at once. */

const ATTEMPT_MS = 20 * SECOND;
const LEASE_MS = ATTEMPT_MS + 10 * SECOND;
/** A claim, and as far as the clocks of two instances may be apart. */
const BACK_BY_LITTLE = LEASE_MS + MINUTE;

describe.each(DATABASE_KINDS)('the outbox and the clock (%s)', (kind) => {
  const store = useStore(kind);
  let peer: HttpPeer;
  beforeEach(async () => {
    peer = await startPeer();
  });
  afterEach(() => peer.close());

  /** A process of its own, as far as the outbox knows. */
  const process = (): Outbox =>
    createOutbox({
      database: store.database,
      postgres: kind === 'postgres',
      sealer: store.sealer,
      flatpeak: flatpeakAt(peer, {}, store.clock),
      clock: store.clock.now,
      log: createLog('silent'),
      attemptMs: ATTEMPT_MS,
      onSettled: () => Promise.resolve(),
    });
  const enqueued = async (): Promise<Outbox> => {
    const outbox = process();
    const message = { decisionId: 'decision-1', path: '/connect/session/cot_1', body: '{ "a":1 }' };
    await outbox.enqueue(store.database, { ...message, deadlineAt: store.clock.now() + DAY });
    return outbox;
  };
  const sent = () => peer.received.map(({ headers, body }) => [headers['idempotency-key'], body]);
  const once = ['decision-1', '{ "a":1 }'];

  /** On its way, for as long as the test wants. */
  const carried = async (outbox: Outbox) => {
    const slow = held(answer(200));
    peer.script(slow.step, answer(200));
    const carrying = outbox.deliverDue();
    await slow.arrived;
    return async (): Promise<void> => {
      slow.release();
      await carrying;
    };
  };

  describe.each([
    ['forward', HOUR],
    ['back', -HOUR],
  ])('an hour %s', (_, jump) => {
    test('while a decision waits: it is sent at once', async () => {
      const outbox = await enqueued();
      store.clock.advance(jump);
      expect(await outbox.deliverDue()).toBe(1);
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
    });

    test('while it waits for the next attempt: it is sent at once', async () => {
      const outbox = await enqueued();
      peer.script(answer(503), answer(200));
      await outbox.deliverDue();
      store.clock.advance(jump);
      expect(await outbox.deliverDue()).toBe(1);
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
    });

    test('while it waits as long as Flatpeak has asked for', async () => {
      const outbox = await enqueued();
      peer.script(answer(429, {}, { 'retry-after': '1800' }), answer(200));
      await outbox.deliverDue();
      store.clock.advance(jump);
      expect(await outbox.deliverDue()).toBe(1);
    });

    test('while it is on its way: it is not sent a second time', async () => {
      const outbox = await enqueued();
      const arrive = await carried(outbox);
      store.clock.advance(jump);
      expect(await outbox.deliverDue()).toBe(0);
      await arrive();
      expect(await outbox.stateOf('decision-1')).toBe('delivered');
      expect(sent()).toEqual([once]);
    });

    test('after the process died over it: the next one sends it, with the same key and body', async () => {
      const dying = await enqueued();
      const stuck = held(reset);
      peer.script(stuck.step, answer(200));
      const never = dying.deliverDue();
      await stuck.arrived;
      store.clock.advance(jump);
      expect(await process().deliverDue()).toBe(1);
      expect(await dying.stateOf('decision-1')).toBe('delivered');
      expect(sent()).toEqual([once, once]);
      stuck.release();
      await never;
      expect(await dying.stateOf('decision-1')).toBe('delivered');
    });

    test('there and back again: nothing is sent anew', async () => {
      const outbox = await enqueued();
      await outbox.deliverDue();
      store.clock.advance(jump);
      await outbox.deliverDue();
      store.clock.advance(-jump);
      expect(await outbox.deliverDue()).toBe(0);
      expect(sent()).toEqual([once]);
    });
  });

  test('a little back: what another instance carries is left to it, and its claim lasts so much longer', async () => {
    const dying = await enqueued();
    const stuck = held(reset);
    peer.script(stuck.step, answer(200));
    const never = dying.deliverDue();
    await stuck.arrived;
    store.clock.advance(-MINUTE);
    expect(await process().deliverDue()).toBe(0);
    store.clock.advance(BACK_BY_LITTLE);
    expect(await process().deliverDue()).toBe(1);
    stuck.release();
    await never;
  });

  test('two instances whose clocks are a minute apart: neither takes the other’s message', async () => {
    const arrive = await carried(await enqueued());
    store.clock.advance(-MINUTE);
    expect(await process().deliverDue()).toBe(0);
    store.clock.advance(MINUTE);
    expect(await process().deliverDue()).toBe(0);
    await arrive();
    expect(sent()).toEqual([once]);
  });
});
