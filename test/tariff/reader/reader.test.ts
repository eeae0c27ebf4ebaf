import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import type { Failure } from '../../../src/base/failure.ts';
import { createMapper } from '../../../src/tariff/mapping/mapper.ts';
import { createTariffReader, type TariffReader, type TariffReaderParts } from '../../../src/tariff/reader.ts';
import {
  HEAD,
  json,
  NO_SUPPLIES,
  packOf,
  quiet,
  removePackFolders,
  startServer,
  type Asked,
  type LocalServer,
} from '../support.ts';

const mapper = createMapper({ processes: 1 });
const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.close()));
});
afterAll(async () => {
  removePackFolders();
  await mapper.close();
});

const START = Date.parse('2025-01-15T12:00:00Z');
const HOUR = 3_600_000;

const prices = (value = 0.25, to = '2025-01-17T00:00:00Z') => ({
  provider_tariff_reference: 'DYN',
  display_name: 'Dynamic',
  direction: 'IMPORT',
  type: 'COMMODITY',
  structure: 'DYNAMIC',
  timezone: 'Europe/London',
  prices: [{ valid_from: '2025-01-14T00:00:00Z', valid_to: to, price: { value } }],
});
const DECLARED = 'declare: { vat: included, vat_rate: 0.05, price_includes: [energy] }';
const CONTRACT = { start_date: '2024-01-01' };

interface World {
  server: LocalServer;
  reader: TariffReader;
  time: { now: number };
  read: (supply?: string, customer?: string) => ReturnType<TariffReader['read']>;
}

async function world(
  tariff: (origin: string) => string,
  answer: (asked: Asked, res: ServerResponse) => unknown,
  files: Record<string, string> = {},
  parts: Partial<TariffReaderParts> = {},
): Promise<World> {
  const server = await startServer(answer);
  const time = { now: START };
  const pack = packOf(`${HEAD}${NO_SUPPLIES}\ntariff:\n${tariff(server.origin)}`, files);
  const reader = createTariffReader({
    pack,
    mapper,
    clock: () => time.now,
    log: quiet,
    env: {},
    timeoutMs: 200,
    ...parts,
  });
  running.push(server, reader);
  const read = (supply = 'S-1', customer = 'C-1') =>
    reader.read({
      supply: { id: supply, meter_point_id: '12', account_id: null },
      customer: { sub: customer, claims: {} },
    });
  return { server, reader, time, read };
}

const oneCall = (origin: string) => `  { source: http, url: "${origin}/{supply_id}", ${DECLARED} }`;
const twoSteps = (origin: string, more = '') => `
  agreement: { source: http, url: "${origin}/agreement/{supply_id}" }
  prices: { source: http, url: "${origin}/prices/{agreement.product}?from={from}&to={to}", key: "{agreement.product}", ${DECLARED}${more} }`;

const failureOf = (reading: Promise<unknown>): Promise<Failure> =>
  reading.then(
    () => {
      throw new Error('was answered');
    },
    (error: unknown) => error as Failure,
  );

describe('one call that gives everything', () => {
  test('is a reading with where it comes from', async () => {
    const { read, server } = await world(oneCall, (_, res) => json(res, { contract: CONTRACT, tariff: prices() }));
    expect(await read()).toMatchObject({
      source: {
        contract: { start_date: '2024-01-01T00:00:00+00:00' },
        tariff: { currency: 'GBP', vat: { included: true, rate: 0.05 } },
      },
      mapping: { name: 'canonical', version: '1' },
      payloadSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      lastGood: false,
    });
    expect(server.asked.map(({ url }) => url)).toEqual(['/S-1']);
  });

  test('is one call per supply, however many polls', async () => {
    const { read, server } = await world(oneCall, (_, res) => json(res, { contract: CONTRACT, tariff: prices() }));
    await Promise.all([read('S-1'), read('S-1'), read('S-2'), read('S-2')]);
    await read('S-1');
    expect(server.asked.map(({ url }) => url).sort()).toEqual(['/S-1', '/S-2']);
  });

  test('is never another customer’s, though the supply’s number be the same', async () => {
    const { read, server } = await world(oneCall, (_, res) => json(res, { contract: CONTRACT, tariff: prices() }));
    await read('S-1', 'C-1');
    await read('S-1', 'C-2');
    expect(server.asked).toHaveLength(2);
  });
});

describe('two steps', () => {
  const answer = (asked: Asked, res: ServerResponse) =>
    asked.url.startsWith('/agreement')
      ? json(res, { product: 'GO', contract: { start_date: asked.url.endsWith('S-1') ? '2024-01-01' : '2024-02-01' } })
      : json(res, { tariff: prices() });

  test('share the prices of supplies with the same key, not their contracts', async () => {
    const { read, server } = await world(twoSteps, answer);
    const readings = await Promise.all([read('S-1'), read('S-2'), read('S-3')]);
    expect(readings.map(({ source }) => source.contract.start_date.slice(0, 10))).toEqual([
      '2024-01-01',
      '2024-02-01',
      '2024-02-01',
    ]);
    expect(server.asked.filter(({ url }) => url.startsWith('/prices')).map(({ url }) => url)).toEqual([
      '/prices/GO?from=2025-01-14T00%3A00%3A00Z&to=2025-01-23T00%3A00%3A00Z',
    ]);
  });

  test('ask for other days when the poller wants them', async () => {
    const { reader, server } = await world(twoSteps, answer);
    const wanted = {
      from: Temporal.Instant.from('2024-12-24T10:00:00Z'),
      to: Temporal.Instant.from('2024-12-24T12:00:00Z'),
    };
    await reader.read({ supply: { id: 'S-1' }, customer: { sub: 'a', claims: {} }, ...wanted });
    expect(server.asked.at(-1)?.url).toBe('/prices/GO?from=2024-12-24T00%3A00%3A00Z&to=2024-12-25T00%3A00%3A00Z');
  });

  test('let the agreement say what is particular to the supply', async () => {
    const { read } = await world(twoSteps, (asked, res) =>
      asked.url.startsWith('/agreement')
        ? json(res, { product: 'GO', contract: CONTRACT, tariff: { display_name: 'Mine' } })
        : json(res, { tariff: prices() }),
    );
    expect((await read()).source.tariff.display_name).toBe('Mine');
  });

  test('show a shared price’s mapping nothing but its key', async () => {
    const { read } = await world(
      (origin) => twoSteps(origin, ', mapping: m.jsonata'),
      (asked, res) =>
        asked.url.startsWith('/agreement')
          ? json(res, { product: 'GO', secret: 'only of S-1', contract: CONTRACT })
          : json(res, { tariff: prices() }),
      {
        'm.jsonata':
          '{ "tariff": $merge([tariff, { "display_name": $string([$agreement.product, $agreement.secret, $supply.id]) }]) }',
      },
    );
    expect((await read()).source.tariff.display_name).toBe('["GO",""]');
  });
});

describe('a source that is down', () => {
  const canFail = () => {
    const state = { up: true, value: 0.25, to: '2025-01-17T00:00:00Z' };
    const answer = (_: Asked, res: ServerResponse) =>
      state.up ? json(res, { contract: CONTRACT, tariff: prices(state.value, state.to) }) : json(res, {}, 503);
    return { state, answer };
  };

  test('is a passing failure when it never said anything', async () => {
    const { state, answer } = canFail();
    state.up = false;
    const { read } = await world(oneCall, answer);
    expect(await failureOf(read())).toMatchObject({
      code: 'tariff_unavailable',
      facts: { cause: 'source_unavailable', reason: 'status', status: 503 },
    });
  });

  test('leaves what it last said in force, marked, and is heard again when it is back', async () => {
    const { state, answer } = canFail();
    const { read, time } = await world(oneCall, answer);
    const first = await read();
    state.up = false;
    time.now += HOUR;
    expect(await read()).toMatchObject({
      lastGood: true,
      payloadSha256: first.payloadSha256,
      fetchedAt: first.fetchedAt,
    });
    state.up = true;
    state.value = 0.3;
    time.now += HOUR;
    expect(await read()).toMatchObject({
      lastGood: false,
      source: { tariff: { prices: [{ price: { value: 0.3 } }] } },
    });
  });

  test('is not asked by every poll', async () => {
    const { state, answer } = canFail();
    const { read, server, time } = await world(oneCall, answer, {}, { failedMs: 15_000 });
    await read();
    state.up = false;
    time.now += HOUR;
    await read();
    const asked = server.asked.length;
    await Promise.all([read(), read(), read()]);
    expect(server.asked).toHaveLength(asked);
  });

  test('leaves nothing in force beyond its last price', async () => {
    const { state, answer } = canFail();
    const { read, time } = await world(oneCall, answer);
    await read();
    state.up = false;
    time.now = Date.parse('2025-01-17T00:00:00Z');
    expect(await failureOf(read())).toMatchObject({
      code: 'tariff_unavailable',
      facts: { cause: 'last_good_exhausted' },
    });
  });

  test('leaves its agreement in force as well', async () => {
    const up = { agreement: true };
    const { read, time } = await world(twoSteps, (asked, res) => {
      if (!asked.url.startsWith('/agreement')) json(res, { tariff: prices() });
      else json(res, { product: 'GO', contract: CONTRACT }, up.agreement ? 200 : 500);
    });
    await read();
    up.agreement = false;
    time.now += HOUR;
    expect(await read()).toMatchObject({ lastGood: true });
  });
});

describe('a source that talks nonsense', () => {
  const cases: [name: string, answer: unknown, problem: string, path: string][] = [
    ['an error', { errors: [{ detail: 'x' }] }, 'source_malformed', '$'],
    ['nothing', { results: [] }, 'source_malformed', '$'],
    ['pence', { contract: CONTRACT, tariff: prices(25) }, 'price_out_of_bounds', '$.tariff.prices[0].price.value'],
    ['no contract', { tariff: prices() }, 'missing', '$.contract'],
    [
      'a contract that is over',
      { contract: { start_date: '2023-01-01', end_date: '2024-01-01' }, tariff: prices() },
      'contract_ended',
      '$.contract.end_date',
    ],
  ];

  test.each(cases)('%s is a named problem with its place', async (_, answer, problem, path) => {
    const { read } = await world(oneCall, (_asked, res) => json(res, answer));
    expect(await failureOf(read())).toMatchObject({ code: 'tariff_invalid', facts: { problem, path } });
  });

  test.each(cases)('%s leaves the last good tariff in force', async (_, answer) => {
    const state = { good: true };
    const { read, time } = await world(oneCall, (_asked, res) =>
      json(res, state.good ? { contract: CONTRACT, tariff: prices() } : answer),
    );
    await read();
    state.good = false;
    time.now += HOUR;
    expect(await read()).toMatchObject({
      lastGood: true,
      source: { tariff: { prices: [{ price: { value: 0.25 } }] } },
    });
  });

  test('a mapping that fails is named with its place', async () => {
    const { read } = await world(
      (origin) => `  { source: http, url: "${origin}/{supply_id}", mapping: m.jsonata, ${DECLARED} }`,
      (_, res) => json(res, { a: 'x' }),
      { 'm.jsonata': '$number(a)' },
    );
    expect(await failureOf(read())).toMatchObject({
      code: 'tariff_invalid',
      facts: { problem: 'mapping_error', path: 'm.jsonata', position: expect.any(Number) },
    });
  });
});

test('a source may say that it has no tariff of a kind that can be served, whatever it said before', async () => {
  const state = { supported: true };
  const { read, time } = await world(oneCall, (_, res) =>
    json(res, state.supported ? { contract: CONTRACT, tariff: prices() } : { not_supported: 'prepayment' }),
  );
  await read();
  state.supported = false;
  time.now += HOUR;
  expect(await failureOf(read())).toMatchObject({ code: 'tariff_not_supported', facts: { reason: 'prepayment' } });
});

test('a database that cannot keep or find the last good answer does not stop a good one', async () => {
  const broken = { get: () => Promise.reject(new Error('down')), put: () => Promise.reject(new Error('down')) };
  const { read } = await world(
    oneCall,
    (_, res) => json(res, { contract: CONTRACT, tariff: prices() }),
    {},
    { lastGood: broken },
  );
  expect(await read()).toMatchObject({ lastGood: false });
});
