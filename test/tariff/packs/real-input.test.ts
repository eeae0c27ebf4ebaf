import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { Decimal } from 'decimal.js';
import { systemClock } from '../../../src/base/clock.ts';
import { checkPack } from '../../../src/tariff/check-pack.ts';
import { createMapper } from '../../../src/tariff/mapping/mapper.ts';
import { priceAt } from '../../../src/tariff/model/prices.ts';
import { serveTariff } from '../../../src/tariff/model/serve.ts';
import { createTariffReader, type TariffReading } from '../../../src/tariff/reader.ts';
import { createSupplies } from '../../../src/tariff/supplies.ts';
import { loaded, quiet, startServer } from '../support.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SAMPLES = path.resolve(ROOT, '../shared/tariff/data');
const own = (name: string) => path.join(ROOT, 'test/fixtures/payloads', name);
const customer = { sub: 'example|C-1001', claims: { customer_number: 'C-1001' } };

const mapper = createMapper({ processes: 1 });
const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.close()));
});
afterAll(() => mapper.close());

/** Polls a pack whose tariff source answers with a file, at a moment the file speaks of. */
async function read(
  pack: 'nordpool' | 'go',
  file: string,
  at: string,
): Promise<{ reading: TariffReading; asked: string[] }> {
  const server = await startServer((_, res) => res.end(readFileSync(file)));
  const env = { TARIFF_SOURCE_URL: `${server.origin}/prices` };
  const ours = loaded(path.join(ROOT, 'test/fixtures/packs', pack), env);
  expect(await checkPack(ours, Temporal.Instant.from(at))).toEqual([]);
  const supplies = createSupplies({ pack: ours, mapper, clock: systemClock, env });
  const reader = createTariffReader({ pack: ours, mapper, clock: () => Date.parse(at), log: quiet, env });
  running.push(server, supplies, reader);
  const [supply] = await supplies.read(customer);
  const reading = await reader.read({ customer, supply: { id: supply?.id ?? '' } });
  return { reading, asked: server.asked.map(({ url }) => url) };
}

const pricesOf = ({ source }: TariffReading) => source.tariff.prices ?? [];
const valueAt = ({ source }: TariffReading, at: string) => priceAt(source, Temporal.Instant.from(at))?.value ?? null;

describe('a day of a power exchange', () => {
  test('in EUR/MWh of several areas comes out as prices of the contract’s area', async () => {
    const { reading, asked } = await read('nordpool', own('day-ahead.json'), '2025-01-14T23:30:00Z');
    expect(asked).toEqual(['/prices?deliveryArea=SE3&from=2025-01-13T23%3A00%3A00Z&to=2025-01-22T23%3A00%3A00Z']);
    expect(pricesOf(reading)).toEqual([
      {
        valid_from: '2025-01-14T23:00:00Z',
        valid_to: '2025-01-15T00:00:00Z',
        price: { value: 0.03107, confidence: 1 },
      },
      {
        valid_from: '2025-01-15T00:00:00Z',
        valid_to: '2025-01-15T01:00:00Z',
        price: { value: -0.0025, confidence: 1 },
      },
      { valid_from: '2025-01-15T01:00:00Z', valid_to: '2025-01-15T02:00:00Z', price: { value: 0, confidence: 1 } },
    ]);
    expect(reading.source).toMatchObject({
      contract: { start_date: '2024-01-01T00:00:00+01:00', end_date: null },
      tariff: { display_name: 'Example Spot SE3', currency: 'EUR', vat: { included: false, rate: 0.25 } },
    });
    expect(reading.mapping.name).toBe('mappings/day-ahead.jsonata');
  });
});

describe('a series of unit rates', () => {
  test('in pence, newest first, in two ways of paying comes out as the customer’s', async () => {
    const { reading } = await read('go', own('unit-rates.json'), '2022-10-08T12:00:00Z');
    expect(pricesOf(reading).map(({ valid_from, price }) => [valid_from, price.value])).toEqual([
      ['2022-10-08T03:30:00Z', 0.2835],
      ['2022-10-08T23:30:00Z', 0.0903],
      ['2022-10-09T03:30:00Z', 0.2835],
    ]);
  });

  test.each([
    ['2022-10-08T23:29:59Z', 0.2835],
    ['2022-10-08T23:30:00Z', 0.0903],
    ['2022-10-09T03:29:59Z', 0.0903],
    ['2022-10-09T03:30:00Z', 0.2835],
    ['2022-10-09T23:30:00Z', null],
  ])('costs at %s: %p', async (at, value) => {
    const { reading } = await read('go', own('unit-rates.json'), '2022-10-08T12:00:00Z');
    expect(valueAt(reading, at)).toBe(value);
  });
});

interface Expected {
  intervals: number;
  first: string;
  last_end: string;
  sum: string;
  min: string;
  max: string;
  first_value: string;
  last_value: string;
}

/** What an independent program computed from the real payloads; they are not part of this repository. */
const expectedFile = path.join(SAMPLES, 'expected.json');
const expected = existsSync(expectedFile)
  ? (JSON.parse(readFileSync(expectedFile, 'utf8')) as Record<string, Expected>)
  : null;

(expected ? describe : describe.skip)('real payloads agree with an independent computation', () => {
  test.each([
    ['nordpool', 'day-ahead/nordpool-SE3-2024-11-05.json', '2024-11-05T10:00:00Z'],
    ['go', 'octopus/go-standard-unit-rates-bst.json', '2022-10-08T12:00:00Z'],
  ] as const)('%s', async (pack, file, at) => {
    const { reading } = await read(pack, path.join(SAMPLES, file), at);
    const rows = pricesOf(reading);
    const values = rows.map(({ price }) => new Decimal(price.value));
    expect({
      intervals: rows.length,
      first: rows[0]?.valid_from,
      last_end: rows.at(-1)?.valid_to,
      sum: Decimal.sum(...values).toString(),
      min: Decimal.min(...values).toString(),
      max: Decimal.max(...values).toString(),
      first_value: values[0]?.toString(),
      last_value: values.at(-1)?.toString(),
    }).toEqual(
      (({ intervals, first, last_end, sum, min, max, first_value, last_value }: Expected) => ({
        intervals,
        first,
        last_end,
        sum,
        min,
        max,
        first_value,
        last_value,
      }))(expected![file]!),
    );
  });

  test('and what is served of them is covered as far as they reach', async () => {
    const at = '2024-11-05T10:00:00Z';
    const { reading } = await read('nordpool', path.join(SAMPLES, 'day-ahead/nordpool-SE3-2024-11-05.json'), at);
    const now = Temporal.Instant.from(at);
    const served = serveTariff({
      ...reading,
      from: Temporal.Instant.from('2024-11-04T23:00:00Z'),
      to: Temporal.Instant.from('2024-11-11T23:00:00Z'),
      now,
      grantExpiresAt: now.add({ hours: 24 }),
    });
    expect(served.tariff.prices).toHaveLength(24);
    expect(served.coverage).toMatchObject({
      from: at,
      to: '2024-11-05T23:00:00Z',
      status: 'partial',
      reason: 'awaiting_publication',
    });
  });
});
