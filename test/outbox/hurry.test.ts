import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/base/log.ts';
import { createOutbox } from '../../src/outbox/outbox.ts';
import { byPath, flatpeakAt } from '../flatpeak/support.ts';
import { DAY, MINUTE } from '../support/clock.ts';
import { DATABASE_KINDS, useStore } from '../support/databases.ts';
import { answer, held, silence, startPeer, type HttpPeer, type Step } from '../support/http-peer.ts';

/** The process has to go, and Flatpeak takes its time. */

describe.each(DATABASE_KINDS)('an outbox in a hurry (%s)', (kind) => {
  const store = useStore(kind);
  let peer: HttpPeer;
  beforeEach(async () => {
    peer = await startPeer();
  });
  afterEach(() => peer.close());

  const outbox = (auth: 'basic' | 'bearer') =>
    createOutbox({
      database: store.database,
      postgres: kind === 'postgres',
      sealer: store.sealer,
      flatpeak: flatpeakAt(peer, { auth, timeoutMs: 60_000 }, store.clock),
      clock: store.clock.now,
      log: createLog('silent'),
      attemptMs: 60_000,
      onSettled: () => Promise.resolve(),
    });
  const enqueue = () =>
    outbox('basic').enqueue(store.database, {
      decisionId: 'decision-1',
      path: '/connect/session/cot_1',
      body: '{ "a":1 }',
      deadlineAt: store.clock.now() + DAY,
    });

  test.each<['basic' | 'bearer', (hanging: Step) => Step]>([
    ['basic', (hanging) => hanging],
    ['bearer', (hanging) => byPath(hanging, answer(200))],
  ])('breaks off what is under way (%s), and whoever comes next tries it again soon', async (auth, script) => {
    await enqueue();
    const hanging = held(silence);
    peer.script(script(hanging.step));
    const hurry = new AbortController();
    const delivery = outbox(auth).deliverDue(hurry.signal);
    await hanging.arrived;
    hurry.abort();
    expect(await delivery).toBe(1);
    // It may have arrived: a 409 would be its acceptance.
    expect(await store.database.selectFrom('outbox').selectAll().executeTakeFirst()).toMatchObject({
      state: 'waiting',
      unanswered: 1,
    });
    peer.script(answer(409));
    store.clock.advance(MINUTE);
    expect(await outbox('basic').deliverDue()).toBe(1);
    expect(await outbox('basic').stateOf('decision-1')).toBe('delivered');
    hanging.release();
  });

  test('begins nothing any more', async () => {
    await enqueue();
    expect(await outbox('basic').deliverDue(AbortSignal.abort())).toBe(0);
    expect(peer.received).toEqual([]);
  });
});
