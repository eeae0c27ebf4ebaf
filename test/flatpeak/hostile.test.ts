import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Flatpeak } from '../../src/flatpeak/client.ts';
import { HOUR, movableClock } from '../support/clock.ts';
import { answer, startPeer, type HttpPeer, type Step } from '../support/http-peer.ts';
import { elsewhere, flood, MISDEEDS, patienceFor, type Misdeed } from './hostile.ts';
import { BASIC, byPath, CONTEXT, flatpeakAt, TOKEN } from './support.ts';

/** A hostile Flatpeak, over real HTTP: whatever it does comes to something we have a name for. */

const GOOD = answer(200, CONTEXT);
const LOGIN = answer(200, { bearer_token: 'b1', expires_in: 3600 });
const PATH = `/connect/session/${TOKEN}`;
const MESSAGE = { path: PATH, body: '{"connect_token":"é","action":"ERROR"}', idempotencyKey: 'decision-1' };

let other: HttpPeer;
beforeAll(async () => {
  other = await startPeer();
  elsewhere.origin = other.origin;
});
afterAll(() => other.close());

/**
 * Every misdeed has a peer of its own, so that all of them can happen at once: what came of each. The endless ones wait
 * for the others, whose bustle could try a short patience.
 */
function allAtOnce<T>(attempt: (misdeed: Misdeed, peer: HttpPeer) => Promise<T>): (misdeed: Misdeed) => T | undefined {
  const outcomes = new Map<string, T>();
  beforeAll(async () => {
    const withPeer = async (misdeed: Misdeed) => {
      const peer = await startPeer(misdeed.step);
      outcomes.set(misdeed.name, await attempt(misdeed, peer));
      await peer.close();
    };
    await Promise.all(MISDEEDS.filter(({ endless }) => !endless).map(withPeer));
    await Promise.all(MISDEEDS.filter(({ endless }) => endless).map(withPeer));
  });
  return ({ name }) => outcomes.get(name);
}

const ask = (flatpeak: Flatpeak): Promise<unknown> => flatpeak.sessionContext(TOKEN).catch((error: unknown) => error);
const goodNow = async (flatpeak: Flatpeak, peer: HttpPeer, ...steps: Step[]): Promise<unknown> => {
  peer.script(...steps);
  return ask(flatpeak);
};
const HEAT_MAKER = expect.objectContaining({ account: expect.objectContaining({ name: 'Heat Maker' }) }) as unknown;

describe.each(['session', 'account-info'] as const)('asked who is asking (%s), when Flatpeak', (profile) => {
  const outcomeOf = allAtOnce(async (misdeed, peer) => {
    const flatpeak = flatpeakAt(peer, { profile, timeoutMs: patienceFor(misdeed) });
    const failure = await ask(flatpeak);
    const asked = peer.received.length;
    return { failure, asked, afterwards: await goodNow(flatpeak, peer, GOOD) };
  });

  test.each(MISDEEDS)('$name: $context', (misdeed) => {
    const { failure, asked } = outcomeOf(misdeed) ?? { asked: 0 };
    expect(failure).toMatchObject({ code: misdeed.context });
    expect(JSON.stringify({ ...(failure as object), cause: null })).not.toContain(TOKEN);
    // A refused credential is renewed, and a broken connection tried again: once.
    expect(asked).toBeLessThanOrEqual(misdeed.endless ? 1 : 2);
  });

  test.each(MISDEEDS)('$name, and then behaves: the same link works', (misdeed) => {
    expect(outcomeOf(misdeed)?.afterwards).toEqual(HEAT_MAKER);
  });
});

describe('asked for a bearer token, when Flatpeak', () => {
  const outcomeOf = allAtOnce(async (misdeed, peer) => {
    peer.script(byPath(misdeed.step, GOOD));
    const flatpeak = flatpeakAt(peer, { auth: 'bearer', timeoutMs: patienceFor(misdeed) });
    const failure = await ask(flatpeak);
    const submission = await flatpeak.submit(MESSAGE);
    const received = [...peer.received];
    return { failure, submission, received, afterwards: await goodNow(flatpeak, peer, byPath(LOGIN, GOOD)) };
  });

  test.each(MISDEEDS)('$name: nothing else is asked or sent, and nothing of it is kept', (misdeed) => {
    const refused = misdeed.context === 'flatpeak_refused_us';
    const { failure, submission, received, afterwards } = outcomeOf(misdeed) ?? { received: [] };
    expect(failure).toMatchObject({ code: refused ? 'flatpeak_refused_us' : 'flatpeak_unavailable' });
    expect(submission).toEqual(
      refused
        ? { verdict: 'parked', code: 'flatpeak_refused_us' }
        : { verdict: 'again', code: 'flatpeak_login_failed', answered: true, retryAfterMs: null },
    );
    expect([...new Set(received.map(({ url, headers }) => [url, headers.authorization].join()))]).toEqual([
      `/login,${BASIC}`,
    ]);
    expect(afterwards).toEqual(HEAT_MAKER);
  });
});

describe('told of a decision, when Flatpeak', () => {
  const outcomeOf = allAtOnce(async (misdeed, peer) => ({
    result: await flatpeakAt(peer, { timeoutMs: patienceFor(misdeed) }).submit(MESSAGE),
    sent: peer.received.map(({ url, body, headers }) => [url, body, headers['idempotency-key']]),
  }));

  test.each(MISDEEDS)('$name: $submission', (misdeed) => {
    const { result, sent } = outcomeOf(misdeed) ?? {};
    const heard = result?.verdict === 'again' && !result.answered ? 'unanswered' : result?.verdict;
    expect(heard).toBe(misdeed.submission);
    const once = [PATH, MESSAGE.body, 'decision-1'];
    expect(sent).toEqual(misdeed.context === 'flatpeak_refused_us' ? [once, once] : [once]);
  });
});

test('through all of this, nothing was carried to another origin', () => {
  expect(other.received).toEqual([]);
});

describe('one at a time', () => {
  let peer: HttpPeer;
  beforeEach(async () => {
    peer = await startPeer();
  });
  afterEach(() => peer.close());

  test.each([
    ['with line breaks in it', 'b1\r\nx-evil: 1'],
    ['with a letter no header can carry', 'b1✓'],
    ['with a blank', 'b1 b2'],
    ['with a control character', 'b1\u0000'],
    ['without end', 'b'.repeat(8193)],
    ['that is no text', ['b1']],
  ])('a bearer token %s is not used, and the next one is', async (_, bearer_token) => {
    peer.script(byPath(answer(200, { bearer_token, expires_in: 3600 }), GOOD));
    const flatpeak = flatpeakAt(peer, { auth: 'bearer' });
    expect(await ask(flatpeak)).toMatchObject({
      code: 'flatpeak_unavailable',
      facts: { cause: 'flatpeak_login_failed' },
    });
    expect(await goodNow(flatpeak, peer, byPath(LOGIN, GOOD))).toEqual(HEAT_MAKER);
  });

  test('a bearer token said to live for ever is renewed after a day', async () => {
    const clock = movableClock();
    peer.script(byPath(answer(200, { bearer_token: 'b1', expires_in: 1e12 }), GOOD));
    const flatpeak = flatpeakAt(peer, { auth: 'bearer' }, clock);
    for (const hours of [0, 23, 2]) {
      clock.advance(hours * HOUR);
      await flatpeak.sessionContext(TOKEN);
    }
    expect(peer.received.filter(({ url }) => url === '/login')).toHaveLength(2);
  });

  test.each<[string, (flatpeak: Flatpeak) => Promise<unknown>]>([
    ['to the context', ask],
    ['to a submission', (flatpeak) => flatpeak.submit(MESSAGE)],
  ])('an answer without end %s is not read whole: the connection ends at the cap', async (_, request) => {
    const taken = Promise.withResolvers<number>();
    peer.script((received, response, raw) => {
      raw.socket.on('close', () => taken.resolve(raw.socket.bytesWritten));
      return flood()(received, response, raw);
    });
    await request(flatpeakAt(peer));
    // The cap is 200,000; the rest is what the buffers of both ends hold.
    expect(await taken.promise).toBeLessThan(20_000_000);
  });

  test('what kind of answer it is said to be does not matter, nor a byte order mark', async () => {
    peer.script(answer(200, `\ufeff${JSON.stringify(CONTEXT)}`, { 'content-type': 'text/html; charset=utf-16' }));
    expect(await ask(flatpeakAt(peer))).toEqual(HEAT_MAKER);
  });

  test('a cookie of Flatpeak’s is not kept', async () => {
    peer.script(answer(200, CONTEXT, { 'set-cookie': 'session=1; Path=/' }));
    const flatpeak = flatpeakAt(peer);
    await ask(flatpeak);
    await ask(flatpeak);
    expect(peer.received.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });
});
