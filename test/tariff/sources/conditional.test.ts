import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { outbound } from '../../../src/base/outbound.ts';
import { createHttpSource, type HttpSource } from '../../../src/tariff/sources/http.ts';
import { createValidators } from '../../../src/tariff/sources/validators.ts';
import { HEAD, json, NO_TARIFF, packOf, removePackFolders, startServer, type Asked } from '../support.ts';

const running: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.close()));
});
afterAll(removePackFolders);

/** A source that says when its answer last changed, and by default nothing but that when it has not. */
async function sourceOf(
  headers: Record<string, string>,
  fields = '',
  answer?: (asked: Asked, res: ServerResponse) => unknown,
) {
  const state = { value: 1, headers };
  const server = await startServer((asked, res) => {
    if (answer) return answer(asked, res);
    const same =
      ('etag' in state.headers && asked.headers['if-none-match'] === state.headers.etag) ||
      ('last-modified' in state.headers && asked.headers['if-modified-since'] === state.headers['last-modified']);
    if (same) return res.writeHead(304).end();
    res.writeHead(200, { 'content-type': 'application/json', ...state.headers });
    return res.end(JSON.stringify({ value: state.value }));
  });
  const pack = packOf(`${HEAD}supplies: { source: http, url: "${server.origin}/{claims.n}"${fields} }\n${NO_TARIFF}`);
  const source = createHttpSource(pack.supplies as HttpSource, { send: outbound, env: {}, clock: systemClock });
  running.push(server, source);
  const read = async (sub = 'customer-1', n = 'a') =>
    (await source.read({ sub, claims: { n }, customerToken: () => Promise.resolve(`of-${sub}`) })).document;
  const conditions = () =>
    server.asked.map(({ headers: sent }) => sent['if-none-match'] ?? sent['if-modified-since'] ?? null);
  return { state, read, conditions };
}

const DATE = 'Wed, 15 Jan 2025 12:00:00 GMT';

describe('an answer that names its version', () => {
  test.each([
    ['by a tag', { etag: '"v1"' }, '"v1"'],
    ['by a weak tag', { etag: 'W/"v1"' }, 'W/"v1"'],
    ['by a date', { 'last-modified': DATE }, DATE],
    ['by both', { etag: '"v1"', 'last-modified': DATE }, '"v1"'],
  ])('%s is asked about, and not sent again', async (_, headers, condition) => {
    const { read, conditions } = await sourceOf(headers);
    expect([await read(), await read(), await read()]).toEqual([{ value: 1 }, { value: 1 }, { value: 1 }]);
    expect(conditions()).toEqual([null, condition, condition]);
  });

  test('is sent again when it is another', async () => {
    const { state, read, conditions } = await sourceOf({ etag: '"v1"' });
    await read();
    state.value = 2;
    state.headers = { etag: '"v2"' };
    expect([await read(), await read()]).toEqual([{ value: 2 }, { value: 2 }]);
    expect(conditions()).toEqual([null, '"v1"', '"v2"']);
  });

  test('is forgotten when it names none any more', async () => {
    const { state, read, conditions } = await sourceOf({ etag: '"v1"' });
    await read();
    state.headers = {};
    await read();
    await read();
    expect(conditions()).toEqual([null, '"v1"', null]);
  });

  test('is not remembered where that is forbidden', async () => {
    const { read, conditions } = await sourceOf({ etag: '"v1"', 'cache-control': 'private, no-store' });
    await read();
    await read();
    expect(conditions()).toEqual([null, null]);
  });

  test('is remembered for its own address', async () => {
    const { read, conditions } = await sourceOf({ etag: '"v1"' });
    await read('customer-1', 'a');
    await read('customer-1', 'b');
    expect(conditions()).toEqual([null, null]);
  });

  test('is never another customer’s, where only the token tells whose it is', async () => {
    const { read, conditions } = await sourceOf({ etag: '"v1"' }, ', auth: { type: customer_token }');
    await read('customer-1');
    await read('customer-2');
    await read('customer-1');
    expect(conditions()).toEqual([null, null, '"v1"']);
  });
});

test('"not changed" to who has not asked so is no answer', async () => {
  const { read } = await sourceOf({}, '', (_, res) => res.writeHead(304).end());
  await expect(read()).rejects.toMatchObject({ code: 'source_refused', facts: { status: 304 } });
});

test('a POST is never asked so', async () => {
  const { read, conditions } = await sourceOf({ etag: '"v1"' }, ', method: POST');
  await read();
  await read();
  expect(conditions()).toEqual([null, null]);
});

test('what is remembered is bounded', () => {
  const validators = createValidators(100);
  const answer = (body: string) => ({ status: 200, headers: new Headers({ etag: '"v"' }), body });
  for (const key of ['a', 'b', 'c']) validators.settle(key, answer('x'.repeat(40)), undefined);
  expect(['a', 'b', 'c'].map((key) => validators.recall(key) !== undefined)).toEqual([false, true, true]);
  validators.settle('d', answer('x'.repeat(1000)), undefined);
  expect(validators.recall('d')).toBeUndefined();
});

describe('XML', () => {
  const XML = '<?xml version="1.0"?><list xmlns:p="urn:p"><p:row at="1"><v>0.10</v></p:row><p:row at="2"/></list>';
  const DOCUMENT = { list: { row: [{ '@at': '1', v: '0.10' }, { '@at': '2' }] } };
  const says = (body: string, type: string) =>
    sourceOf({}, '', (_, res) => {
      res.writeHead(200, { 'content-type': type });
      res.end(body);
    });

  test.each([
    ['by its content type', XML.replace('<?xml version="1.0"?>', ''), 'application/xml; charset=utf-8'],
    ['of a format of its own', XML.replace('<?xml version="1.0"?>', ''), 'application/vnd.example+xml'],
    ['by its first line, whatever its type', XML, 'application/octet-stream'],
  ])('%s is read as JSON', async (_, body, type) => {
    expect(await (await says(body, type)).read()).toEqual(DOCUMENT);
  });

  test.each([
    ['entities of its own', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', 'application/xml'],
    ['an end cut off', XML.slice(0, -5), 'text/xml'],
    ['a page', '<html><body>Down</body></html>', 'application/xhtml+xml'],
    ['a page in a hurry', '<html><body>Down', 'text/html'],
  ])('with %s is none', async (_, body, type) => {
    await expect((await says(body, type)).read()).rejects.toMatchObject({ code: 'source_malformed' });
  });

  test('that says JSON is JSON', async () => {
    const { read } = await sourceOf({}, '', (_, res) => json(res, { a: '<?xml' }));
    expect(await read()).toEqual({ a: '<?xml' });
  });
});
