import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import {
  answer,
  cutOff,
  gibberish,
  huge,
  redirect,
  reset,
  silence,
  stall,
  type Step,
} from '../../support/http-peer.ts';
import { decode, encode, newKey, publicKeyOf } from '../../support/jwt.ts';
import {
  changed,
  claiming,
  drip,
  endless,
  forged,
  gzipBomb,
  instead,
  page,
  withIdToken,
  type Fault,
} from '../../support/hostile-idp/faults.ts';
import {
  CANARY,
  CLIENT,
  expectRefused,
  expectSignedIn,
  failed,
  startHostileWorld,
  unavailable,
  type HostileWorld,
  type Refusal,
} from '../../support/hostile-idp/world.ts';

/**
 * Whatever the identity provider answers: a page with a reason, the cookie as it was, no consent page, nothing to
 * Flatpeak, nothing told in the log, and the next try is good. What the certification plans ask for is in
 * relying-party-plans.test.ts, what comes with the browser in hostile-callback.test.ts.
 */

let world: HostileWorld;
beforeAll(async () => {
  world = await startHostileWorld({ par: true });
});
afterAll(() => world.close());

/** To an address where nothing of ours may arrive. */
const away =
  (status: number): Step =>
  (...args) =>
    redirect(status, `${world.elsewhere.origin}/`)(...args);

const INVALID = failed('OAUTH_INVALID_RESPONSE');
const MISMATCH = failed('OAUTH_JWT_CLAIM_COMPARISON_FAILED');
const UNSUPPORTED = failed('OAUTH_UNSUPPORTED_OPERATION');
const NO_KEY = failed('OAUTH_KEY_SELECTION_FAILED');
const NOT_CONFORM = 'OAUTH_RESPONSE_IS_NOT_CONFORM';
const NOT_JSON = 'OAUTH_RESPONSE_IS_NOT_JSON';
const PARSE_ERROR = 'OAUTH_PARSE_ERROR';
const seconds = (ahead: number) => Math.floor(Date.now() / 1000) + ahead;
const json = { 'content-type': 'application/json' };

/** What no end can be excused for; those who wait do so impatiently. */
const OUTAGES: [string, Step, string][] = [
  ['429', answer(429), 'outbound_unavailable'],
  ['500', answer(500, { error: 'server_error', error_description: CANARY }), 'outbound_unavailable'],
  ['503 with a page', page(503), 'outbound_unavailable'],
  ['a reset', reset, 'outbound_network'],
  ['something that is not HTTP', gibberish, 'outbound_network'],
  ['less than it promised', cutOff, 'outbound_network'],
  ['silence', silence, 'outbound_timeout'],
  ['a beginning without an end', stall, 'outbound_timeout'],
  ['one byte after the other', drip, 'outbound_timeout'],
  ['thirty megabytes', huge(30_000_000), 'outbound_too_large'],
  ['thirty megabytes in a small parcel', gzipBomb, 'outbound_too_large'],
  ['more and more', endless, 'outbound_too_large'],
];

/** What is no answer, with the status of a good one. */
const useless = (ok: number): typeof OUTAGES => [
  ['404', answer(404), NOT_CONFORM],
  ['302 to somebody else', away(302), NOT_CONFORM],
  ['307 to somebody else', away(307), NOT_CONFORM],
  ['a page', page(ok), NOT_JSON],
  ['half a JSON document', answer(ok, '{"access_token":"a","id_tok', json), PARSE_ERROR],
  ['nothing', answer(ok, '', json), PARSE_ERROR],
  ['null', answer(ok, 'null', json), 'OAUTH_INVALID_RESPONSE'],
  ['a list', answer(ok, [], json), 'OAUTH_INVALID_RESPONSE'],
];

type Row = [name: string, fault: Fault, refusal: Refusal];
const impatiently = ({ cause }: Refusal) => cause === 'outbound_timeout';

const rows = (steps: typeof OUTAGES, refusal: (cause: string) => Refusal): Row[] =>
  steps.map(([name, step, cause]) => [name, instead(step), refusal(cause)]);

describe('the token endpoint answers', () => {
  test.each<Row>([
    ...rows(OUTAGES, unavailable),
    ...rows(useless(200), failed),
    ['201', changed({}, 201), failed(NOT_CONFORM)],
    ['400 invalid_grant', instead(answer(400, { error: 'invalid_grant' })), failed('invalid_grant')],
    [
      '400 with a name of its own',
      instead(answer(400, { error: CANARY, error_description: CANARY })),
      failed('OAUTH_RESPONSE_BODY_ERROR'),
    ],
    ['400 server_error', instead(answer(400, { error: 'server_error' })), unavailable('server_error')],
    ['401 invalid_client', instead(answer(401, { error: 'invalid_client' })), failed('invalid_client')],
    [
      '401 with a challenge',
      instead(answer(401, {}, { 'www-authenticate': `Basic realm="${CANARY}"` })),
      failed('OAUTH_WWW_AUTHENTICATE_CHALLENGE'),
    ],
    ['without an access token', changed({ access_token: undefined }), INVALID],
    ['with an empty access token', changed({ access_token: '' }), INVALID],
    ['without a type', changed({ token_type: undefined }), INVALID],
    ['with a type nobody knows', changed({ token_type: 'mac' }), UNSUPPORTED],
    ['with a token bound to a key we do not have', changed({ token_type: 'DPoP' }), failed('token_type')],
    ['with a token that ends before it begins', changed({ expires_in: -1 }), INVALID],
    ['with a token that ends some time', changed({ expires_in: 'soon' }), INVALID],
    ['with a refresh token that is no text', changed({ refresh_token: {} }), INVALID],
    ['without an ID token', changed({ id_token: undefined }), INVALID],
    ['with an ID token that is no text', changed({ id_token: {} }), INVALID],
    ['with an ID token that is no JWT', changed({ id_token: 'a.b.c' }), failed(PARSE_ERROR)],
    ['with an encrypted ID token', changed({ id_token: 'a.b.c.d.e' }), UNSUPPORTED],
  ])('%s', async (_, token, refusal) => {
    await expectRefused(world, { token, impatiently: impatiently(refusal) }, refusal);
  });
});

test('a token answer may say that it is plain text, as long as it is JSON', async () => {
  await expectSignedIn(world, { token: (proper) => answer(200, proper, { 'content-type': 'text/plain' }) });
});

describe('an ID token', () => {
  test.each<Row>([
    ['asked for by another client', claiming({ azp: 'somebody-else' }), failed('id_token_azp')],
    ['for us and others, asked for by others', claiming({ aud: [CLIENT.id, 'other'], azp: 'other' }), MISMATCH],
    ['for others only', claiming({ aud: ['somebody-else', 'other'] }), MISMATCH],
    ['issued in the far future', claiming({ iat: seconds(40 * 365 * 86_400) }), failed('id_token_iat')],
    ['not valid yet', claiming({ nbf: seconds(600) }), failed('OAUTH_JWT_TIMESTAMP_CHECK_FAILED')],
    ['that ends in words', claiming({ exp: 'tomorrow' }), INVALID],
    ['about nobody', claiming({ sub: '' }), failed('id_token_sub')],
    ['about a number', claiming({ sub: 7 }), INVALID],
    ['from an issuer that only begins like ours', forged((idp) => ({ claims: { iss: `${idp.issuer}/` } })), MISMATCH],
  ])('%s', async (_, token, refusal) => {
    await expectRefused(world, { token }, refusal);
  });

  test.each<[string, Fault]>([
    ['asked for by us', claiming({ azp: CLIENT.id })],
    ['for us and others, asked for by us', claiming({ aud: [CLIENT.id, 'other'], azp: CLIENT.id })],
  ])('%s is good', async (_, token) => {
    await expectSignedIn(world, { token });
  });
});

describe('a signature', () => {
  const stranger = newKey('RS256');
  const hmac = (secret: (idp: HostileWorld['idp']) => string | Buffer): Fault =>
    withIdToken((token, idp) => {
      const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(decode(token, 1))}`;
      return `${signed}.${createHmac('sha256', secret(idp)).update(signed).digest('base64url')}`;
    });
  const parts = (change: (parts: string[]) => string[]): Fault =>
    withIdToken((token) => change(token.split('.')).join('.'));
  const key = stranger;

  test.each<Row>([
    ['by another key under the same name', forged((idp) => ({ key, header: { kid: idp.signingKey().kid } })), INVALID],
    ['under a name nobody has', forged({ key, header: { kid: key.kid } }), NO_KEY],
    ['by a key that comes with it', forged({ key, header: { kid: undefined, jwk: key } }), INVALID],
    ['by a key it points to', forged({ key, header: { kid: undefined, jku: 'https://evil.example' } }), INVALID],
    ['under another algorithm', forged({ header: { alg: 'PS256' } }), INVALID],
    ['by an algorithm in other letters', parts(([, claims = '']) => [encode({ alg: 'nOnE' }), claims, '']), INVALID],
    ['that is cut off', parts(([header = '', claims = '']) => [header, claims]), INVALID],
    ['that is empty', parts(([header = '', claims = '']) => [header, claims, '']), INVALID],
    ['that is a checksum with our secret', hmac(() => CLIENT.secret), INVALID],
    [
      'that is a checksum with the public key',
      hmac((idp) => publicKeyOf(idp.signingKey()).export({ type: 'spki', format: 'pem' })),
      INVALID,
    ],
    ['with a critical header nobody knows', forged({ header: { crit: ['x'], x: 1 } }), UNSUPPORTED],
  ])('%s', async (_, token, refusal) => {
    await expectRefused(world, { token }, refusal);
  });
});

describe('the keys come as', () => {
  const only = (change: (key: Record<string, unknown>) => unknown): Fault =>
    changed(({ keys }) => ({ keys: (keys as Record<string, unknown>[]).map(change) }));

  test.each<Row>([
    ...rows(OUTAGES, unavailable),
    ...rows(useless(200), failed),
    ['none', changed({ keys: [] }), NO_KEY],
    ['no list', changed({ keys: {} }), INVALID],
    ['a list of texts', changed({ keys: ['key'] }), INVALID],
    ['keys for encryption', only((key) => ({ ...key, use: 'enc' })), NO_KEY],
    ['keys of another kind', only((key) => ({ ...key, kty: 'EC' })), NO_KEY],
    ['keys for another algorithm', only((key) => ({ ...key, alg: 'PS256' })), NO_KEY],
    ['keys whose use is no list', only((key) => ({ ...key, key_ops: 7 })), failed('TypeError')],
    ['broken keys', only((key) => ({ ...key, n: '' })), UNSUPPORTED],
  ])('%s', async (_, keys, refusal) => {
    await expectRefused(world, { keys, impatiently: impatiently(refusal) }, refusal);
  });

  test('others under the same name: the next try reads them anew', async () => {
    await expectSignedIn(world);
    const { customer } = await world.arrive();
    world.idp.rotateKeys(world.idp.signingKey().kid);
    for (let tries = 0; tries < 3 && customer.page.step !== 'consent'; tries += 1) {
      await customer.press(customer.page.step === 'login' ? 'continue' : 'retry');
    }
    expect(customer.page.step).toBe('consent');
  });
});

describe('discovery answers', () => {
  const endpoint = (name: string, address: unknown): Row => [
    `with ${name} ${String(address)}`,
    changed({ [name]: address }),
    unavailable(`${name}_refused`),
  ];
  const otherIssuer = (issuer: (proper: string) => unknown) =>
    changed((proper) => ({ issuer: issuer(String(proper.issuer)) }));

  test.each<Row>([
    ...rows(OUTAGES, unavailable),
    ...rows(useless(200), unavailable),
    ['an empty object', instead(answer(200, {})), unavailable('OAUTH_INVALID_RESPONSE')],
    ['without an issuer', otherIssuer(() => undefined), unavailable('OAUTH_INVALID_RESPONSE')],
    [
      'with an issuer that begins like ours',
      otherIssuer((issuer) => issuer.replace('127.0.0.1', '127.0.0.1.evil.example')),
      unavailable('OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'),
    ],
    [
      'with an issuer at an address below ours',
      otherIssuer((issuer) => `${issuer}/tenant`),
      unavailable('OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'),
    ],
    ['with two megabytes of truth', changed({ padding: 'x'.repeat(2_000_000) }), unavailable('outbound_too_large')],
    endpoint('authorization_endpoint', 'javascript:alert(1)'),
    endpoint('authorization_endpoint', 'data:text/html,hello'),
    endpoint('authorization_endpoint', 'http://evil.example/authorize'),
    endpoint('authorization_endpoint', 'https://login.example@evil.example/authorize'),
    endpoint('authorization_endpoint', '/authorize'),
    endpoint('authorization_endpoint', undefined),
    endpoint('token_endpoint', 'http://evil.example/token'),
    endpoint('token_endpoint', 'file:///etc/passwd'),
    endpoint('token_endpoint', undefined),
    endpoint('jwks_uri', 'http://evil.example/keys'),
    endpoint('jwks_uri', ['https://login.example/keys']),
    endpoint('jwks_uri', undefined),
    endpoint('pushed_authorization_request_endpoint', 'http://evil.example/par'),
    endpoint('revocation_endpoint', 'ftp://evil.example/revoke'),
    endpoint('end_session_endpoint', 'javascript:alert(1)'),
  ])('%s', async (_, discovery, refusal) => {
    await expectRefused(world, { discovery, impatiently: impatiently(refusal) }, refusal);
  });

  test.each<[string, Fault]>([
    [
      'with endpoints on another host',
      changed((_, { issuer }) => ({ jwks_uri: issuer.replace('127.0.0.1', 'localhost') + '/keys' })),
    ],
    ['with much that we do not need', changed({ padding: 'x'.repeat(500_000) })],
  ])('%s: that is good', async (_, discovery) => {
    await expectSignedIn(world, { discovery });
  });
});

describe('pushed authorization requests are answered with', () => {
  test.each<Row>([
    ...rows(OUTAGES, unavailable),
    ...rows(useless(201), unavailable),
    ['400 invalid_request', instead(answer(400, { error: 'invalid_request' })), unavailable('invalid_request')],
    ['401 invalid_client', instead(answer(401, { error: 'invalid_client' })), unavailable('invalid_client')],
    ['200 instead of 201', changed({}, 200), unavailable(NOT_CONFORM)],
    ['no request_uri', changed({ request_uri: undefined }, 201), unavailable('OAUTH_INVALID_RESPONSE')],
    ['an empty request_uri', changed({ request_uri: '' }, 201), unavailable('OAUTH_INVALID_RESPONSE')],
    ['a request_uri that is no text', changed({ request_uri: 7 }, 201), unavailable('OAUTH_INVALID_RESPONSE')],
    ['no end', changed({ expires_in: undefined }, 201), unavailable('OAUTH_INVALID_RESPONSE')],
    ['an end that was before', changed({ expires_in: -1 }, 201), unavailable('OAUTH_INVALID_RESPONSE')],
  ])('%s', async (_, par, refusal) => {
    await expectRefused(world, { par, impatiently: impatiently(refusal) }, refusal);
  });
});
