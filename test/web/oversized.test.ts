import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { protection } from '../../src/web/security-headers.ts';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { Customer } from '../support/customer.ts';
import { headOf, saidAndHeard } from './wire.ts';

/** Too much of anything is refused with a 4xx, unread as far as possible, and does no harm to the visit it is about. */

let adapter: AdapterWorld;
let customer: Customer;
let button: { action: string; body: URLSearchParams };
beforeAll(async () => {
  adapter = await startAdapterWorld({ env: { LIMIT_REQUESTS_PER_MINUTE: '100000' } });
  customer = new Customer();
  await customer.open(adapter.link().url);
  button = customer.formOf('continue');
});
afterAll(() => adapter.close());

const FORM = 'application/x-www-form-urlencoded';
const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const padded = (bytes: number): string => `${button.body.toString()}&more=${'x'.repeat(bytes)}`;

const press = (body: string | Buffer<ArrayBuffer>, headers: Record<string, string>, url = button.action) =>
  customer.fetch(url, { method: 'POST', body, headers });

describe('a form', () => {
  test.each<[string, number, string, () => [string | Buffer<ArrayBuffer>, Record<string, string>]]>([
    ['of more than 4 KB', 413, 'request_rejected', () => [padded(4096), { 'content-type': FORM }]],
    ['of ten megabytes', 413, 'request_rejected', () => [padded(10_000_000), { 'content-type': FORM }]],
    [
      'that unfolds to ten megabytes',
      413,
      'request_rejected',
      () => [gzipSync(padded(10_000_000)), { 'content-type': FORM, 'content-encoding': 'gzip' }],
    ],
    [
      'of more than ten fields',
      413,
      'request_rejected',
      () => [button.body.toString() + '&a=b'.repeat(10), { 'content-type': FORM }],
    ],
    [
      'in an encoding nobody knows',
      415,
      'request_rejected',
      () => [button.body.toString(), { 'content-type': FORM, 'content-encoding': 'zzz' }],
    ],
    [
      'in letters nobody knows',
      415,
      'request_rejected',
      () => [button.body.toString(), { 'content-type': `${FORM}; charset=utf-99` }],
    ],
    [
      'that claims to be compressed and is not',
      400,
      'request_rejected',
      () => [button.body.toString(), { 'content-type': FORM, 'content-encoding': 'gzip' }],
    ],
    ['of fields within fields', 403, 'form_rejected', () => [`csrf${'[a]'.repeat(500)}=1`, { 'content-type': FORM }]],
    [
      'that is JSON',
      403,
      'form_rejected',
      () => [JSON.stringify({ csrf: 'x' }), { 'content-type': 'application/json' }],
    ],
    // Were it parsed, this would take the process's stack, or its memory.
    ['that is deep JSON', 403, 'form_rejected', () => [deep(1_000_000), { 'content-type': 'application/json' }]],
    [
      'with files in it',
      403,
      'form_rejected',
      () => [
        '--b\r\ncontent-disposition: form-data; name="csrf"\r\n\r\nx\r\n--b--',
        { 'content-type': 'multipart/form-data; boundary=b' },
      ],
    ],
    ['of no kind at all', 403, 'form_rejected', () => [deep(10_000), { 'content-type': 'text/plain' }]],
  ])('%s is refused with %i, on a page', async (_, status, reason, make) => {
    const [body, headers] = make();
    const answer = await press(body, headers);
    expect(answer).toMatchObject({ status, step: 'error', reason });
    expect(Object.fromEntries(answer.headers)).toMatchObject(protection(new URL(adapter.adapterUrl)));
  });

  test('afterwards the visit is where it was, and the button works', async () => {
    await customer.press('continue');
    expect(customer.page.html).toContain('password');
  });
});

describe('JSON is read nowhere: where no form is expected, a body is not even looked at', () => {
  test.each([
    ['/tariff', 405],
    ['/connect', 405],
    ['/', 405],
    ['/openapi.json', 405],
    ['/healthz', 405],
    ['/nowhere', 404],
  ])('POST %s is refused with %i', async (path, status) => {
    const answer = await press(deep(1_000_000), { 'content-type': 'application/json' }, adapter.adapterUrl + path);
    expect(answer.status).toBe(status);
  });
});

describe('an address', () => {
  const port = () => Number(new URL(adapter.adapterUrl).port);
  const get = async (target: string, header = '') =>
    headOf(await saidAndHeard(port(), `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${header}\r\n`));

  test.each([
    '/connect?connect_token=',
    '/tariff?from=',
    '/connect/',
    '/assets/',
    '/connect?redirect_uri=https://a.example/',
  ])('%s… of 16 KB is refused with 431, with all protection', async (start) => {
    const { status, headers } = await get(start.padEnd(16_400, 'x'));
    expect(status).toBe(431);
    expect(headers).toMatchObject(protection(new URL(adapter.adapterUrl)));
  });

  test.each([
    ['/connect?connect_token=', 400],
    ['/tariff?from=', 401],
    ['/connect/', 404],
    ['/connect/callback?state=', 404],
    ['/assets/', 404],
  ])('%s… of 15 KB is read, and refused with %i', async (start, status) => {
    expect((await get(start.padEnd(15_000, 'x'))).status).toBe(status);
  });

  test('with thousands of parameters is read once, and the extras that go back are few', async () => {
    const visitor = new Customer();
    const extras = Array.from({ length: 1500 }, (_, n) => `p${n}=${n}`).join('&');
    await visitor.open(`${adapter.link().url}&${extras}`);
    expect(visitor.page.step).toBe('login');
    await visitor.press('cancel');
    expect(visitor.leftFor).toContain('connect_token=');
    expect(visitor.leftFor?.match(/[?&]p\d+=/g)).toHaveLength(16);
  });

  test('of a poll with thousands of parameters is no different from one with none', async () => {
    const many = '&a=b'.repeat(3500);
    expect((await get(`/tariff?x=y${many}`, 'Authorization: Bearer xxxxxxxxxxxxxxxxxxxxxxxx\r\n')).status).toBe(401);
  });

  test('that comes with a crowd of cookies is served', async () => {
    const cookies = Array.from({ length: 400 }, (_, n) => `journey-${n}=${'x'.repeat(20)}`).join('; ');
    expect((await get('/connect', `Cookie: ${cookies}\r\n`)).status).toBe(400);
    expect((await get('/connect/callback?state=x', `Cookie: ${cookies}\r\n`)).status).toBe(404);
  });
});
