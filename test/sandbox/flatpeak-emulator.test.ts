import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FlatpeakEmulator } from '../../src/sandbox/flatpeak/emulator.ts';
import { ACCOUNT, allowed, API_KEY, basic, declined, startEmulator } from './support.ts';

const AUTHORIZATION = basic(ACCOUNT, API_KEY);
const DAY = 86_400_000;
const PATHS = ['/connect/session', '/connect/account-info'];

let emulator: FlatpeakEmulator;
let token: string;
let now: number;

beforeEach(async () => {
  now = Date.parse('2026-06-01T12:00:00Z');
  emulator = await startEmulator({ clock: () => now });
  token = emulator.createConnectToken({ callbackUrl: 'http://localhost:3999/done' });
});

afterEach(() => emulator.close());

async function get(path: string, authorization: string | null = AUTHORIZATION) {
  const headers = authorization === null ? {} : { authorization };
  const answer = await fetch(emulator.apiUrl + path, { headers });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function submit(
  body: unknown,
  options: { key?: string | null; path?: string; headers?: Record<string, string> } = {},
) {
  const { key = 'key-1', path = `/connect/session/${token}`, headers = {} } = options;
  const answer = await fetch(emulator.apiUrl + path, {
    method: 'POST',
    headers: {
      authorization: AUTHORIZATION,
      'content-type': 'application/json',
      ...(key === null ? {} : { 'idempotency-key': key }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe('credentials', () => {
  test('login answers with a bearer token for an hour', async () => {
    const { status, body } = await get('/login');
    expect({ status, ...body }).toEqual({
      status: 200,
      bearer_token: expect.stringMatching(/^[\w-]{43}$/),
      expires_in: 3600,
      live_mode: false,
    });
  });

  test.each([
    ['nobody', null],
    ['another key', basic(ACCOUNT, 'sk_test_wrong')],
    ['another account', basic('acc_000000000000000000000000', API_KEY)],
    ['a bearer token that was never given out', 'Bearer never-given-out-at-all'],
    ['something else', 'Digest x'],
  ])('refuses %s with 403', async (_who, authorization) => {
    expect(await get(`/connect/session/${token}`, authorization)).toEqual({
      status: 403,
      body: { message: 'Bad credentials' },
    });
  });

  test('a bearer token works for an hour and no longer', async () => {
    const { body } = await get('/login');
    const bearer = `Bearer ${String(body.bearer_token)}`;
    expect((await get(`/connect/session/${token}`, bearer)).status).toBe(200);
    now += 3_600_000;
    expect((await get(`/connect/session/${token}`, bearer)).status).toBe(403);
  });

  test('bearer tokens can be revoked before their time', async () => {
    const { body } = await get('/login');
    emulator.revokeBearers();
    expect((await get(`/connect/session/${token}`, `Bearer ${String(body.bearer_token)}`)).status).toBe(403);
  });

  test.each(['basic', 'bearer'] as const)('an installation may take %s only', async (auth) => {
    await emulator.close();
    emulator = await startEmulator({ auth });
    token = emulator.createConnectToken({ callbackUrl: 'http://localhost:3999/done' });
    const { body } = await get('/login');
    const byBasic = await get(`/connect/session/${token}`);
    const byBearer = await get(`/connect/session/${token}`, `Bearer ${String(body.bearer_token)}`);
    expect([byBasic.status, byBearer.status]).toEqual(auth === 'basic' ? [200, 403] : [403, 200]);
  });
});

describe('connect tokens', () => {
  const create = async (body: unknown, authorization: string) => {
    const answer = await fetch(`${emulator.apiUrl}/connect/token`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const app = () => basic(emulator.apps[0]!.id, emulator.apps[0]!.apiKey);
  const urls = { connect_url: 'http://localhost:7070/', callback_url: 'http://localhost:3999/done' };

  test('an app creates one for a day', async () => {
    expect(await create(urls, app())).toEqual({
      status: 200,
      body: { connect_token: expect.stringMatching(/^cot_[0-9a-f]{24}$/), expires_in: 86_400, live_mode: false },
    });
  });

  test('the provider may not', async () => {
    expect((await create(urls, AUTHORIZATION)).status).toBe(403);
  });

  test.each([
    ['no callback_url', { connect_url: 'http://localhost:7070/' }],
    ['no connect_url', { callback_url: 'http://localhost:3999/done' }],
    ['an address that is none', { ...urls, connect_url: 'nowhere' }],
    ['an address a browser would run', { ...urls, callback_url: 'javascript:alert(1)' }],
  ])('refuses %s', async (_what, body) => {
    expect((await create(body, app())).status).toBe(422);
  });
});

describe('session context', () => {
  const account = {
    id: expect.stringMatching(/^acc_/),
    display_name: 'Example EV',
    logo_url: 'http://localhost:3000/logo.svg',
    terms_url: 'http://localhost:3000/terms',
    support_url: 'http://localhost:3000/support',
    privacy_url: 'http://localhost:3000/privacy',
  };

  test('session names account, audit address and the way back', async () => {
    expect(await get(`/connect/session/${token}`)).toEqual({
      status: 200,
      body: {
        account,
        redirect_uri: 'http://localhost:4999/connect',
        connect_web_uri: `${emulator.connectWebUrl}?fp_cot=${token}`,
      },
    });
  });

  test('account-info names account and credentials', async () => {
    expect(await get(`/connect/account-info/${token}`)).toEqual({ status: 200, body: { account, credentials: {} } });
  });

  test.each([
    ['myapp://oauth-callback', 'myapp://oauth-callback?fp_cot=T'],
    ['https://app.example/back?lang=de', 'https://app.example/back?lang=de&fp_cot=T'],
    ['https://app.example/back?', 'https://app.example/back?fp_cot=T'],
    ['https://app.example/#/tariff', 'https://app.example/?fp_cot=T#/tariff'],
  ])('the way back to %s carries the token', async (connectUrl, expected) => {
    token = emulator.createConnectToken({ callbackUrl: 'http://localhost:3999/done', connectUrl });
    const { body } = await get(`/connect/session/${token}`);
    expect(body.connect_web_uri).toBe(expected.replace('T', token));
  });

  test.each(PATHS)('%s: an unknown token is 404', async (path) => {
    expect(await get(`${path}/cot_000000000000000000000000`)).toEqual({ status: 404, body: { message: 'Not Found' } });
  });

  test.each(PATHS)('%s: an expired token is 410', async (path) => {
    now += DAY;
    expect((await get(`${path}/${token}`)).status).toBe(410);
  });

  test.each(PATHS)('%s: a used token is 409', async (path) => {
    await submit(declined(token));
    expect((await get(`${path}/${token}`)).status).toBe(409);
  });
});

describe('submission', () => {
  test.each(PATHS)('is taken at %s', async (path) => {
    expect((await submit(allowed(token), { path: `${path}/${token}` })).status).toBe(200);
  });

  test.each(['DISMISS_LOGIN', 'DISMISS_CONSENT', 'ERROR'])('%s is taken', async (action) => {
    await submit(declined(token, action));
    expect(emulator.submissions.map(({ body }) => body)).toEqual([{ connect_token: token, action }]);
  });

  test('oauth2 data are taken', async () => {
    const { auth_data } = allowed(token);
    const oauth = { ...auth_data, type: 'oauth2', scope: 'openid', token_endpoint: 'https://id.example/token' };
    expect((await submit({ ...allowed(token), auth_data: oauth })).status).toBe(200);
  });

  const change = (changes: Record<string, unknown>) => ({ ...allowed('T'), ...changes });
  const changeData = (changes: Record<string, unknown>) =>
    change({ auth_data: { ...allowed('T').auth_data, ...changes } });

  test.each<[string, unknown]>([
    ['an empty body', {}],
    ['an unknown key', change({ supply_id: 'S-1001-0001' })],
    ['an unknown key in auth_data', changeData({ subject: 'alice' })],
    ['auth_data of an unknown type', changeData({ type: 'mac' })],
    ['a missing access token', changeData({ access_token: undefined })],
    ['a short access token', changeData({ access_token: 'abc' })],
    ['a missing grant_id', changeData({ grant_id: undefined })],
    ['a date for a time', changeData({ expires_at: '2027-01-01' })],
    ['a relative tariff_url', changeData({ tariff_url: '/tariff' })],
    ['an unknown key in the address', change({ postal_address: { post_code: 'BS1', label: 'Home' } })],
    ['an empty address', change({ postal_address: {} })],
    ['a country’s name', change({ postal_address: { country_code: 'Britain' } })],
    ['an empty contract term', change({ contract_term: {} })],
    ['a date in the contract term', change({ contract_term: { start_date: '2026-01-01' } })],
    ['null for what is not known', change({ contract_term: { start_date: '2026-01-01T00:00:00Z', end_date: null } })],
    ['an unknown action', declined('T', 'DISMISS')],
    ['a decision both ways', { ...allowed('T'), action: 'DISMISS_CONSENT' }],
    ['an address beside a refusal', { ...declined('T'), postal_address: { country_code: 'GB' } }],
    ['a list', [declined('T')]],
  ])('refuses %s', async (_what, body) => {
    const text = JSON.stringify(body).replaceAll('"T"', `"${token}"`);
    expect((await submit(text)).status).toBe(422);
  });

  test('refuses text that is not JSON', async () => {
    expect((await submit('{"connect_token":')).status).toBe(422);
  });

  test('refuses JSON that is not said to be JSON', async () => {
    expect((await submit(declined(token), { headers: { 'content-type': 'text/plain' } })).status).toBe(422);
  });

  test('refuses a body that names another token', async () => {
    const other = emulator.createConnectToken({ callbackUrl: 'http://localhost:3999/done' });
    expect((await submit(declined(other))).body.code).toBe('connect_token_mismatch');
  });

  test('refuses a submission without a key', async () => {
    expect((await submit(declined(token), { key: null })).body.code).toBe('idempotency_key_missing');
  });

  test('refuses an unknown token', async () => {
    const path = '/connect/session/cot_000000000000000000000000';
    expect((await submit(declined('cot_000000000000000000000000'), { path })).status).toBe(404);
  });

  test('refuses an expired token', async () => {
    now += DAY;
    expect((await submit(declined(token))).status).toBe(410);
  });

  test('refuses wrong credentials', async () => {
    const headers = { authorization: basic(ACCOUNT, 'sk_test_wrong') };
    expect((await submit(declined(token), { headers })).status).toBe(403);
  });

  test('a refusal is an error object with the path of what is wrong', async () => {
    const { body } = await submit({ ...declined(token), reason: 'no' });
    expect(body).toEqual({
      object: 'error',
      live_mode: false,
      context: 'api.connect_session_submit',
      type: 'invalid_request',
      code: 'data_json_invalid',
      message: expect.any(String),
      connect_token: token,
      time_created: '2026-06-01T12:00:00.000',
    });
  });

  test('nothing that was refused is among the submissions', async () => {
    await submit({ ...declined(token), reason: 'no' });
    expect(emulator.submissions).toEqual([]);
  });
});

describe('idempotency', () => {
  test.each<[string, { key: string; body: (token: string) => unknown }, number]>([
    ['same key, same body: the same answer', { key: 'key-1', body: declined }, 200],
    ['same key, another body: refused', { key: 'key-1', body: (one) => declined(one, 'ERROR') }, 422],
    ['another key, same body: conflict', { key: 'key-2', body: declined }, 409],
    ['another key, another body: conflict', { key: 'key-2', body: allowed }, 409],
  ])('%s', async (_rule, { key, body }, status) => {
    await submit(declined(token));
    expect((await submit(body(token), { key })).status).toBe(status);
  });

  test('a repeated submission is counted once', async () => {
    await submit(declined(token));
    await submit(declined(token));
    expect(emulator.submissions).toHaveLength(1);
  });

  test('a repeated submission gets its answer after the token’s time too', async () => {
    await submit(declined(token));
    now += DAY;
    expect((await submit(declined(token))).status).toBe(200);
  });

  test('a refused key may be used again', async () => {
    await submit({ ...declined(token), reason: 'no' });
    expect((await submit(declined(token))).status).toBe(200);
  });

  test('a key belongs to one token', async () => {
    await submit(declined(token));
    token = emulator.createConnectToken({ callbackUrl: 'http://localhost:3999/done' });
    expect((await submit(declined(token))).body.code).toBe('idempotency_key_reused');
  });
});

describe('another installation', () => {
  test('takes submissions at its own address with its own word for success', async () => {
    await emulator.close();
    emulator = await startEmulator({
      submission: { method: 'PUT', path: '/connect/{connect_token}/result', consentAction: 'ACCEPT' },
    });
    token = emulator.createConnectToken({ callbackUrl: 'http://localhost:3999/done' });
    const put = async (body: unknown) => {
      const answer = await fetch(`${emulator.apiUrl}/connect/${token}/result`, {
        method: 'PUT',
        headers: { authorization: AUTHORIZATION, 'content-type': 'application/json', 'idempotency-key': 'key-1' },
        body: JSON.stringify(body),
      });
      return answer.status;
    };
    expect([await put(allowed(token)), await put({ ...allowed(token), action: 'ACCEPT' })]).toEqual([422, 200]);
  });
});

describe('faults', () => {
  test('an answer that is lost was an acceptance all the same', async () => {
    emulator.faults.set({ submission: { loseAnswer: true, times: 1 } });
    await expect(submit(declined(token))).rejects.toThrow();
    expect((await submit(declined(token))).status).toBe(200);
    expect(emulator.requests.map(({ status }) => status)).toEqual([null, 200]);
    expect(emulator.submissions).toHaveLength(1);
  });

  test('a dropped connection commits nothing', async () => {
    emulator.faults.set({ submission: { reset: true, times: 1 } });
    await expect(submit(declined(token))).rejects.toThrow();
    expect(emulator.submissions).toEqual([]);
  });

  test('a status with headers strikes as often as it was told to', async () => {
    emulator.faults.set({ context: { status: 503, headers: { 'retry-after': '7' }, times: 2 } });
    const answers = await Promise.all([1, 2].map(() => fetch(`${emulator.apiUrl}/connect/session/${token}`)));
    expect(answers.map((one) => [one.status, one.headers.get('retry-after')])).toEqual([
      [503, '7'],
      [503, '7'],
    ]);
    expect((await get(`/connect/session/${token}`)).status).toBe(200);
  });

  test('a malformed answer is not JSON', async () => {
    emulator.faults.set({ context: { malformed: true } });
    await expect(get(`/connect/session/${token}`)).rejects.toThrow(/JSON/);
  });

  test('another body can be put in the answer’s place', async () => {
    emulator.faults.set({ context: { body: { account: {} } } });
    expect(await get(`/connect/session/${token}`)).toEqual({ status: 200, body: { account: {} } });
  });

  test('a request that hangs ends when the emulator does', async () => {
    emulator.faults.set({ context: { hang: true } });
    const hanging = expect(get(`/connect/session/${token}`)).rejects.toThrow();
    while (emulator.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await emulator.close();
    await hanging;
  });

  test('people set and clear them over HTTP', async () => {
    const post = async (faults: unknown) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${emulator.apiUrl}/sandbox/faults`, {
        method: 'POST',
        headers,
        body: JSON.stringify(faults),
      });
      return { status: answer.status, body: await answer.json() };
    };
    expect(await post({ context: { status: 500 } })).toEqual({ status: 200, body: { context: { status: 500 } } });
    expect((await get(`/connect/session/${token}`)).status).toBe(500);
    expect(await post({ context: null })).toEqual({ status: 200, body: {} });
    expect((await post({ context: { satus: 500 } })).status).toBe(422);
  });
});

describe('reading the tariff', () => {
  let source: Server;
  let tariffUrl: string;
  let seen: Record<string, unknown>[];
  let status: number;

  beforeEach(async () => {
    seen = [];
    status = 200;
    source = createServer((request, response) => {
      seen.push({ ...request.headers });
      const same = request.headers['if-none-match'] === 'W/"1"';
      response.writeHead(same ? 304 : status, { etag: 'W/"1"', 'content-type': 'application/json' });
      response.end(same ? undefined : '{"tariff":{}}');
    });
    await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
    tariffUrl = `http://localhost:${(source.address() as AddressInfo).port}/tariff`;
  });

  afterEach(() => {
    source.close();
    source.closeAllConnections();
  });

  test('begins by itself once the submission is accepted', async () => {
    await submit(allowed(token, tariffUrl));
    await emulator.settled();
    expect(emulator.connection(token)?.tariff).toEqual({ body: { tariff: {} }, etag: 'W/"1"', at: now });
    expect(seen[0]?.authorization).toBe(`Bearer ${allowed(token).auth_data.access_token}`);
  });

  test('does not begin after a refusal', async () => {
    await submit(declined(token));
    await emulator.settled();
    expect(emulator.connection(token)?.polls).toEqual([]);
  });

  test('asks only for news the next time', async () => {
    await submit(allowed(token, tariffUrl));
    await emulator.settled();
    expect(await emulator.poll(token)).toMatchObject({ status: 304, body: null });
    expect(seen[1]?.['if-none-match']).toBe('W/"1"');
    expect(emulator.connection(token)?.tariff?.body).toEqual({ tariff: {} });
  });

  test('is tried again when it fails', async () => {
    await emulator.close();
    emulator = await startEmulator({ pollRetriesMs: [1, 1] });
    token = emulator.createConnectToken({ callbackUrl: 'http://localhost:3999/done' });
    status = 503;
    await submit(allowed(token, tariffUrl));
    await emulator.settled();
    expect(emulator.connection(token)?.polls.map((poll) => poll.status)).toEqual([503, 503, 503]);
  });

  test('carries the second credential where one is agreed', async () => {
    await emulator.close();
    emulator = await startEmulator({ pollerApiKey: 'second-credential' });
    token = emulator.createConnectToken({ callbackUrl: 'http://localhost:3999/done' });
    await submit(allowed(token, tariffUrl));
    await emulator.settled();
    expect(seen[0]?.['x-api-key']).toBe('second-credential');
  });

  test('a source that cannot be reached is a reading without status', async () => {
    await submit(allowed(token, 'http://localhost:9/tariff'));
    await emulator.settled();
    expect(emulator.connection(token)?.polls).toMatchObject([{ status: null, failure: 'outbound_network' }]);
  });

  test('no secret is shown in the connection or in the trace', async () => {
    await submit(allowed(token, tariffUrl));
    await emulator.settled();
    const shown = await (await fetch(`${emulator.apiUrl}/sandbox/connections/${token}`)).text();
    expect(shown).not.toContain(allowed(token).auth_data.access_token);
    expect(shown).not.toContain(token);
    expect(shown).toContain('Zk4nT1…');
  });
});

describe('the web page between app and provider', () => {
  const page = async (query: string) => {
    const answer = await fetch(`${emulator.connectWebUrl}?${query}`);
    return { status: answer.status, text: await answer.text() };
  };

  test('leads to the provider', async () => {
    expect((await page(`fp_cot=${token}`)).text).toContain(
      `href="http://localhost:4999/connect?connect_token=${token}"`,
    );
  });

  test('waits for a provider that has not reported yet', async () => {
    expect((await page(`fp_cot=${token}&connect_token=${token}`)).text).toContain('data-step="waiting"');
  });

  test.each<[string, (token: string) => unknown, string]>([
    ['connected', allowed, 'data-step="connected"'],
    ['cancelled', (one) => declined(one, 'DISMISS_LOGIN'), 'You did not sign in'],
    ['declined', (one) => declined(one), 'You chose not to share'],
    ['failed', (one) => declined(one, 'ERROR'), 'could not share a tariff'],
  ])('says when it is %s and leads back to the app', async (_what, body, words) => {
    await submit(body(token));
    const { text } = await page(`fp_cot=${token}&connect_token=${token}`);
    expect(text).toContain(words);
    expect(text).toContain(`href="http://localhost:3999/done?fp_cot=${token}"`);
  });

  test('knows nothing of an invented token', async () => {
    expect((await page('fp_cot=cot_000000000000000000000000')).status).toBe(404);
  });

  test('says when a token has expired', async () => {
    now += DAY;
    expect((await page(`fp_cot=${token}`)).status).toBe(410);
  });
});
