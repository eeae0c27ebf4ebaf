import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import type { Failure } from '../../../src/base/failure.ts';
import { createMapper } from '../../../src/tariff/mapping/mapper.ts';
import { createSupplies, type Supply } from '../../../src/tariff/supplies.ts';
import { HEAD, json, NO_TARIFF, packOf, removePackFolders, startServer, type Asked } from '../support.ts';

const mapper = createMapper({ processes: 1 });
const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.close()));
});
afterAll(async () => {
  removePackFolders();
  await mapper.close();
});

const customer = { sub: 'sub-1', claims: { customer_number: 'C-1' } };

async function read(
  answer: (asked: Asked, res: ServerResponse) => unknown,
  fields = '',
  files: Record<string, string> = {},
): Promise<Supply[]> {
  const server = await startServer(answer);
  running.push(server);
  const url = `${server.origin}/customers/{claims.customer_number}/supplies`;
  const pack = packOf(`${HEAD}supplies: { source: http, url: "${url}"${fields} }\n${NO_TARIFF}`, files);
  const supplies = createSupplies({ pack, mapper, clock: systemClock, env: {}, timeoutMs: 300 });
  running.push(supplies);
  return supplies.read(customer);
}

const failureOf = (reading: Promise<unknown>): Promise<Failure> =>
  reading.then(
    () => {
      throw new Error('was answered');
    },
    (error: unknown) => error as Failure,
  );

const least = { id: 'S-1', label: 'Home', direction: 'IMPORT', status: 'available' };

describe('supplies', () => {
  test('come with every field, and nothing where nothing is known', async () => {
    const full = {
      id: 'S-2',
      account_id: 'A-1',
      meter_point_id: '1200010011001',
      label: 'Flat',
      direction: 'EXPORT',
      tariff_name: 'Sun',
      postal_address: {
        address_line1: '1 High Street',
        address_line2: '',
        city: 'York',
        post_code: 'YO1 1AA',
        country_code: 'GB',
      },
      contract: { start_date: '2024-05-01', end_date: '2025-05-01T00:00:00Z' },
      status: 'unavailable',
      reason: 'switch_pending',
      reason_text: 'Next month.',
      internal_note: 'not ours to read',
    };
    expect(await read((_, res) => json(res, { supplies: [least, full], next: null }))).toEqual([
      {
        ...least,
        account_id: null,
        meter_point_id: null,
        tariff_name: null,
        postal_address: null,
        contract: null,
        reason: null,
        reason_text: null,
      },
      {
        id: 'S-2',
        account_id: 'A-1',
        meter_point_id: '1200010011001',
        label: 'Flat',
        direction: 'EXPORT',
        tariff_name: 'Sun',
        postal_address: {
          address_line1: '1 High Street',
          address_line2: null,
          city: 'York',
          state: null,
          post_code: 'YO1 1AA',
          country_code: 'GB',
        },
        contract: { start_date: '2024-05-01T00:00:00+01:00', end_date: '2025-05-01T00:00:00Z' },
        status: 'unavailable',
        reason: 'switch_pending',
        reason_text: 'Next month.',
      },
    ]);
  });

  test('may be none at all', async () => {
    expect(await read((_, res) => json(res, { supplies: [] }))).toEqual([]);
  });

  test('are reshaped by a mapping', async () => {
    const found = await read(
      (_, res) => json(res, { contracts: [{ no: 17, where: 'Home', live: true }] }),
      ', mapping: supplies.jsonata',
      {
        'supplies.jsonata':
          '{ "supplies": [contracts.{ "id": $string(no), "label": where, "direction": "IMPORT", "status": live ? "available" : "unavailable" }] }',
      },
    );
    expect(found).toMatchObject([{ id: '17', label: 'Home', status: 'available' }]);
  });

  test('are read by the thousand, over many pages', async () => {
    const found = await read((asked, res) => {
      const page = Number(new URL(asked.url, 'http://x').searchParams.get('page') ?? 0);
      const supplies = Array.from({ length: 100 }, (_, n) => ({ ...least, id: `S-${page * 100 + n}` }));
      json(res, { supplies, next: page < 39 ? `?page=${page + 1}` : null });
    });
    expect(found).toHaveLength(4000);
    expect(new Set(found.map(({ id }) => id)).size).toBe(4000);
  });
});

describe('an answer that cannot be understood says where', () => {
  test.each<[name: string, answer: unknown, path: string]>([
    ['no list', { items: [], a: 1 }, 'supplies'],
    ['one supply in no list', { supplies: least }, 'supplies'],
    ['no id', { supplies: [{ ...least, id: undefined }] }, 'supplies.0.id'],
    ['a number as id', { supplies: [{ ...least, id: 17 }] }, 'supplies.0.id'],
    ['an empty label', { supplies: [least, { ...least, id: 'S-2', label: ' ' }] }, 'supplies.1.label'],
    ['a direction in lower case', { supplies: [{ ...least, direction: 'import' }] }, 'supplies.0.direction'],
    ['an unknown status', { supplies: [{ ...least, status: 'active' }] }, 'supplies.0.status'],
    ['an unknown reason', { supplies: [{ ...least, status: 'unavailable', reason: 'left' }] }, 'supplies.0.reason'],
    [
      'a country in words',
      { supplies: [{ ...least, postal_address: { country_code: 'England' } }] },
      'supplies.0.postal_address.country_code',
    ],
    [
      'a day the calendar does not have',
      { supplies: [{ ...least, contract: { start_date: '2025-02-30' } }] },
      'supplies.0.contract.start_date',
    ],
    [
      'a time without offset',
      { supplies: [{ ...least, contract: { end_date: '2025-02-01T00:00:00' } }] },
      'supplies.0.contract.end_date',
    ],
    ['the same supply twice', { supplies: [least, least] }, 'supplies.1.id'],
  ])('%s', async (_, answer, path) => {
    const failure = await failureOf(read((_asked, res) => json(res, answer)));
    expect(failure).toMatchObject({ code: 'supplies_malformed', facts: { path } });
  });

  test('a further page that a mapping names is not left out unseen', async () => {
    const mapping = { 'm.jsonata': '{ "supplies": [], "next": paging.following }' };
    const failure = await failureOf(
      read((_, res) => json(res, { paging: { following: '/2' } }), ', mapping: m.jsonata', mapping),
    );
    expect(failure).toMatchObject({ code: 'supplies_malformed', facts: { path: 'next' } });
  });

  test('a mapping that fails names itself', async () => {
    const failure = await failureOf(
      read((_, res) => json(res, { a: 1 }), ', mapping: m.jsonata', { 'm.jsonata': '$number(a.b.c & "x")' }),
    );
    expect(failure).toMatchObject({
      code: 'supplies_malformed',
      facts: { cause: 'mapping_error', expression: 'm.jsonata' },
    });
  });

  test('an error page', async () => {
    expect(await failureOf(read((_, res) => res.end('<html>')))).toMatchObject({ code: 'supplies_malformed' });
  });
});

describe('a source that does not answer can be asked again', () => {
  test.each<[name: string, answer: (res: ServerResponse) => unknown]>([
    ['an error of theirs', (res) => json(res, {}, 502)],
    ['refused credentials', (res) => json(res, {}, 401)],
    ['silence', () => undefined],
    ['a broken connection', (res) => res.destroy()],
  ])('%s', async (_, answer) => {
    const failure = await failureOf(read((_asked, res) => answer(res)));
    expect(failure.code).toBe('supplies_unavailable');
    expect(JSON.stringify(failure.facts)).not.toContain('C-1');
  });
});

test('a customer without the claim the address needs has supplies nobody can ask for', async () => {
  const pack = packOf(
    `${HEAD}supplies: { source: http, url: "https://a.example/{claims.customer_number}" }\n${NO_TARIFF}`,
  );
  const supplies = createSupplies({ pack, mapper, clock: systemClock, env: {} });
  running.push(supplies);
  expect(await failureOf(supplies.read({ sub: 'x', claims: {} }))).toMatchObject({
    code: 'supplies_malformed',
    facts: { cause: 'source_value_missing', path: 'claims.customer_number' },
  });
});
