import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SubmissionResult } from '../../src/flatpeak/client.ts';
import { DATABASE_KINDS } from '../support/databases.ts';
import { useSharing } from './sharing-store.ts';

const ACCEPTED: SubmissionResult = { verdict: 'accepted', code: 'http_200' };
const REFUSED: SubmissionResult = { verdict: 'refused', code: 'http_404' };
const PARKED: SubmissionResult = { verdict: 'parked', code: 'http_403' };

/** A customer agrees a second time to what is on its way to Flatpeak already. */
describe.each(DATABASE_KINDS)('a consent that takes the place of one Flatpeak never got (%s)', (kind) => {
  const { store, flatpeak, parts, allowed, statusOf } = useSharing(kind);
  const deliver = () => parts().outbox.deliverDue();
  const stateOf = ({ decisionId }: { decisionId: string }) => parts().outbox.stateOf(decisionId);

  beforeEach(() => {
    flatpeak.sent = [];
    flatpeak.answer = () => Promise.resolve(ACCEPTED);
  });

  /** The earlier one was parked, and the later one is about to be sent. */
  async function earlierAndLater() {
    flatpeak.answer = () => Promise.resolve(PARKED);
    const earlier = await allowed();
    await deliver();
    store.clock.advance(1000);
    const later = await allowed();
    flatpeak.sent = [];
    return { earlier, later };
  }

  test('leaves it alone: it was acknowledged, and what it carries must open the tariff when it arrives', async () => {
    const { earlier, later } = await earlierAndLater();
    flatpeak.answer = () => Promise.resolve(ACCEPTED);
    await deliver();
    expect([await statusOf(earlier), await statusOf(later)]).toEqual(['active', 'active']);
    expect([await stateOf(earlier), await stateOf(later)]).toEqual(['parked', 'delivered']);
  });

  test('ends it where both have arrived', async () => {
    const earlier = await allowed();
    await deliver();
    store.clock.advance(1000);
    const later = await allowed();
    await deliver();
    expect([await statusOf(earlier), await statusOf(later)]).toEqual(['replaced', 'active']);
  });

  test('leaves it alone until it is accepted itself', async () => {
    const { earlier, later } = await earlierAndLater();
    flatpeak.answer = () => Promise.resolve(REFUSED);
    await deliver();
    expect([await statusOf(earlier), await statusOf(later)]).toEqual(['active', 'not_delivered']);
    expect(await stateOf(earlier)).toBe('parked');
  });

  test('does not hold its delivery up, nor is held up by it, however the two end', async () => {
    for (let round = 0; round < 12; round += 1) {
      const pairs = [];
      for (let n = 0; n < 5; n += 1) {
        const supply = `supply-${round}-${n}`;
        const earlier = await allowed({ supply });
        pairs.push({ earlier, later: await allowed({ supply }) });
      }
      const first = new Set(pairs.map(({ earlier }) => earlier.decisionId));
      flatpeak.answerTo = (decision) => Promise.resolve(first.has(decision) ? REFUSED : ACCEPTED);
      await deliver();
      for (const { earlier, later } of pairs) {
        expect([await statusOf(later), await stateOf(later)]).toEqual(['active', 'delivered']);
        expect([await statusOf(earlier), await stateOf(earlier)]).toEqual(['not_delivered', 'refused']);
      }
    }
    flatpeak.answerTo = null;
  });
});
