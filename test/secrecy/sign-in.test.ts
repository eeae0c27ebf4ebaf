import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../src/sandbox/http/faults.ts';
import { usePlantedWorld } from './planted-world.ts';

/** What an identity provider says when it fails, and what comes to the callback, is repeated nowhere. */

const world = usePlantedWorld();

/** The parameters of the authorization request a customer was sent with. */
const asked = (visited: readonly string[]) => {
  const address = visited.find((url) => url.startsWith(world.adapter.world.identity.issuer)) ?? '';
  return new URL(address).searchParams;
};

describe('the callback', () => {
  const arriveWith = async (parameters: Record<string, string>, known = true) => {
    const customer = await world.atSignIn();
    const iss = world.adapter.world.identity.issuer;
    const state = asked(customer.visited).get('state');
    const query = new URLSearchParams({ iss, ...(known && state !== null ? { state } : {}), ...parameters });
    await customer.open(`${world.adapter.adapterUrl}/connect/callback?${query.toString()}`);
    return customer.page;
  };

  test.each([
    ['a description', () => ({ error: 'server_error', error_description: world.plant('error_description') })],
    [
      'an address with more',
      () => ({ error: 'server_error', error_uri: `https://x.example/${world.plant('error_uri')}` }),
    ],
    ['an error nobody knows', () => ({ error: world.plant('error') })],
    ['a cancelled sign-in’s description', () => ({ error: 'access_denied', error_description: world.plant('denied') })],
    ['a code that is not the customer’s', () => ({ code: world.plant('a foreign code') })],
    ['another issuer', () => ({ code: 'x', iss: `https://${world.plant('issuer')}.example` })],
    [
      'tokens in the address',
      () => ({ code: 'x', id_token: world.plant('id_token'), access_token: world.plant('at') }),
    ],
    ['parameters of others', () => ({ code: 'x', [world.plant('a name')]: world.plant('a value') })],
  ])('that brings %s', async (_, parameters) => {
    const page = await arriveWith(parameters());
    expect(page.step === 'error' || page.url.includes('connect_token')).toBe(true);
  });

  test('that brings a state of nobody’s', async () => {
    const page = await arriveWith({ state: world.plant('state'), code: world.plant('code') }, false);
    expect(page).toMatchObject({ step: 'error', reason: 'sign_in_failed' });
  });
});

describe('a token endpoint', () => {
  const described = (status: number): Fault => ({
    status,
    body: {
      error: 'invalid_request',
      error_description: world.plant('error_description'),
      error_uri: `https://${world.plant('error_uri')}.example`,
      [world.plant('a name')]: world.plant('a value'),
    },
    headers: { 'x-trace': world.plant('a header') },
  });
  const challenge = () => `Bearer error="${world.plant('challenge')}", error_description="${world.plant('described')}"`;
  const jwt = () => [{ alg: 'none' }, { sub: world.plant('sub'), iss: 'x' }].map(encoded).join('.') + '.';
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

  test.each<[string, () => Fault]>([
    ['that refuses', () => described(400)],
    ['that refuses the client', () => ({ ...described(401), headers: { 'www-authenticate': challenge() } })],
    ['that fails', () => described(500)],
    ['with an error nobody knows', () => ({ status: 400, body: { error: world.plant('error') } })],
    ['that answers in words', () => ({ status: 400, body: world.plant('words') })],
    [
      'that answers with a page',
      () => ({ body: `<h1>${world.plant('a page')}</h1>`, headers: { 'content-type': 'text/html' } }),
    ],
    [
      'that sends us elsewhere',
      () => ({ status: 302, headers: { location: `https://${world.plant('location')}.example` } }),
    ],
    ['without an ID token', () => ({ body: { access_token: world.plant('access_token'), token_type: 'bearer' } })],
    [
      'with a token of another type',
      () => ({ body: { access_token: world.plant('at'), token_type: world.plant('type') } }),
    ],
    [
      'with an ID token that is none',
      () => ({ body: { access_token: 'a', token_type: 'bearer', id_token: world.plant('id_token') } }),
    ],
    ['with an unsigned ID token', () => ({ body: { access_token: 'a', token_type: 'bearer', id_token: jwt() } })],
    [
      'with a life that is no number',
      () => ({ body: { access_token: 'a', token_type: 'bearer', expires_in: world.plant('expires_in') } }),
    ],
  ])('%s', async (_, fault) => {
    const customer = await world.atSignIn();
    world.adapter.world.identity.faults.set({ token: fault() });
    await customer.signIn('alice');
    expect(customer.page.step).toBe('error');
  });
});

describe('an identity provider that cannot be asked', () => {
  test.each<['par' | 'jwks', () => Fault]>([
    ['par', () => ({ status: 400, body: { error: 'invalid_request', error_description: world.plant('par') } })],
    ['par', () => ({ status: 201, body: { request_uri: 7, hint: world.plant('par hint') } })],
    ['jwks', () => ({ body: { keys: [{ kty: 'RSA', kid: world.plant('kid'), n: world.plant('n') }] } })],
    ['jwks', () => ({ body: world.plant('no key set') })],
  ])('at %s', async (endpoint, fault) => {
    world.adapter.world.identity.faults.set({ [endpoint]: fault() });
    const customer = await world.atSignIn();
    if (customer.page.step === 'sign-in') await customer.signIn('alice');
    expect(['error', 'consent']).toContain(customer.page.step);
  });
});
