import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { movableClock, SECOND } from '../support/clock.ts';
import { answer, held, reset, startPeer, type HttpPeer, type Step } from '../support/http-peer.ts';
import { BASIC, byPath, CONTEXT, flatpeakAt, TOKEN } from './support.ts';

/** Bearer credentials from `GET /login`: kept until shortly before they end, renewed by one request for all. */

let peer: HttpPeer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());

const at = (path: string) => peer.received.filter(({ url }) => url === path);
const logins = () => at('/login').length;
const authorizations = () => at(`/connect/session/${TOKEN}`).map(({ headers }) => headers.authorization);

/** A server that gives out b1, b2, … and takes those it gave out and has not revoked. */
function flatpeakServer(expires_in = 3600, revoked = new Set<string>()): Step {
  let given = 0;
  return byPath(
    (request, ...rest) => {
      given += 1;
      const good = request.headers.authorization === BASIC;
      return (good ? answer(200, { bearer_token: `b${given}`, expires_in }) : answer(403))(request, ...rest);
    },
    (request, ...rest) => {
      const token = /^Bearer (b\d+)$/.exec(request.headers.authorization ?? '')?.[1];
      return (token && !revoked.has(token) ? answer(200, CONTEXT) : answer(401))(request, ...rest);
    },
  );
}

test('one login serves many requests', async () => {
  peer.script(flatpeakServer());
  const flatpeak = flatpeakAt(peer, { auth: 'bearer' });
  await flatpeak.sessionContext(TOKEN);
  await flatpeak.sessionContext(TOKEN);
  expect({ logins: logins(), authorizations: authorizations() }).toEqual({
    logins: 1,
    authorizations: ['Bearer b1', 'Bearer b1'],
  });
});

test.each([
  ['an hour: a minute before it ends', 3600, 3539, 3541],
  ['a minute: half of it', 60, 29, 31],
])('a token that lives %s is renewed', async (_, expiresIn, stillGood, ended) => {
  peer.script(flatpeakServer(expiresIn));
  const clock = movableClock();
  const flatpeak = flatpeakAt(peer, { auth: 'bearer' }, clock);
  await flatpeak.sessionContext(TOKEN);
  clock.advance(stillGood * SECOND);
  await flatpeak.sessionContext(TOKEN);
  expect(logins()).toBe(1);
  clock.advance((ended - stillGood) * SECOND);
  await flatpeak.sessionContext(TOKEN);
  expect(authorizations()).toEqual(['Bearer b1', 'Bearer b1', 'Bearer b2']);
});

test('requests that need a token at the same moment wait for one login', async () => {
  const login = held(answer(200, { bearer_token: 'b1', expires_in: 3600 }));
  peer.script(byPath(login.step, answer(200, CONTEXT)));
  const flatpeak = flatpeakAt(peer, { auth: 'bearer' });
  const asking = Promise.all(Array.from({ length: 10 }, () => flatpeak.sessionContext(TOKEN)));
  await login.arrived;
  login.release();
  await asking;
  expect({ logins: logins(), authorizations: new Set(authorizations()) }).toEqual({
    logins: 1,
    authorizations: new Set(['Bearer b1']),
  });
});

test('a token refused before its time is renewed once, and the request goes through', async () => {
  const revoked = new Set<string>();
  peer.script(flatpeakServer(3600, revoked));
  const flatpeak = flatpeakAt(peer, { auth: 'bearer' });
  await flatpeak.sessionContext(TOKEN);
  revoked.add('b1');
  expect((await flatpeak.sessionContext(TOKEN)).account.name).toBe('Heat Maker');
  expect(authorizations()).toEqual(['Bearer b1', 'Bearer b1', 'Bearer b2']);
});

test('a second refusal is the answer', async () => {
  peer.script(flatpeakServer(3600, new Set(['b1', 'b2', 'b3'])));
  await expect(flatpeakAt(peer, { auth: 'bearer' }).sessionContext(TOKEN)).rejects.toMatchObject({
    code: 'flatpeak_refused_us',
  });
  expect(logins()).toBe(2);
});

/** Failures of the network and of HTTP are in hostile.test.ts. */
describe('a login that fails', () => {
  test.each<[string, object]>([
    ['without a token', { expires_in: 3600 }],
    ['with an empty token', { bearer_token: '', expires_in: 3600 }],
    ['with a life that is no number', { bearer_token: 'b', expires_in: '1h' }],
    ['with no life', { bearer_token: 'b', expires_in: 0 }],
    ['with a life gone by', { bearer_token: 'b', expires_in: -1 }],
  ])('%s', async (_, login) => {
    peer.script(byPath(answer(200, login), answer(200, CONTEXT)));
    await expect(flatpeakAt(peer, { auth: 'bearer' }).sessionContext(TOKEN)).rejects.toMatchObject({
      code: 'flatpeak_unavailable',
    });
    expect(authorizations()).toEqual([]);
  });

  test('by a broken connection is tried once more, because somebody waits', async () => {
    peer.script(reset, flatpeakServer());
    expect((await flatpeakAt(peer, { auth: 'bearer' }).sessionContext(TOKEN)).account.name).toBe('Heat Maker');
  });

  test('is not remembered', async () => {
    const flatpeak = flatpeakAt(peer, { auth: 'bearer' });
    peer.script(byPath(answer(500), answer(200, CONTEXT)));
    await expect(flatpeak.sessionContext(TOKEN)).rejects.toMatchObject({ code: 'flatpeak_unavailable' });
    peer.script(flatpeakServer());
    expect((await flatpeak.sessionContext(TOKEN)).account.name).toBe('Heat Maker');
  });
});
