import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Decimal } from 'decimal.js';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { PriceInterval } from '../../../src/tariff/model/provider-tariff.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer } from '../../support/customer.ts';

/** The whole journey with tariffs as markets and suppliers really publish them, each through its pack's mapping. */

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SAMPLES = path.resolve(ROOT, '../shared/tariff/data');
const payload = (name: string) => readFileSync(path.join(ROOT, 'test/fixtures/payloads', name), 'utf8');

interface Expected {
  intervals: number;
  first: string;
  last_end: string;
  sum: string;
  min: string;
  max: string;
}

interface Real {
  name: string;
  pack: string;
  body: string;
  /** The tariff's present; the tokens are of today. */
  now: string;
  from: string;
  to: string;
  expected: Expected;
}

const own: Real[] = [
  {
    name: 'a morning of spot prices',
    pack: 'nordpool',
    body: payload('day-ahead.json'),
    now: '2025-01-14T23:30:00Z',
    from: '2025-01-14T23:00:00Z',
    to: '2025-01-15T02:00:00Z',
    expected: {
      intervals: 3,
      first: '2025-01-14T23:00:00Z',
      last_end: '2025-01-15T02:00:00Z',
      sum: '0.02857',
      min: '-0.0025',
      max: '0.03107',
    },
  },
  {
    name: 'a night tariff in pence, every row twice',
    pack: 'go',
    body: payload('unit-rates.json'),
    now: '2022-10-08T12:00:00Z',
    from: '2022-10-08T03:30:00Z',
    to: '2022-10-09T23:30:00Z',
    expected: {
      intervals: 3,
      first: '2022-10-08T03:30:00Z',
      last_end: '2022-10-09T23:30:00Z',
      sum: '0.6573',
      min: '0.0903',
      max: '0.2835',
    },
  },
];

function published(): Real[] {
  if (!existsSync(SAMPLES)) return [];
  const read = (file: string) => readFileSync(path.join(SAMPLES, file), 'utf8');
  const expected = JSON.parse(read('expected.json')) as Record<string, Expected>;
  const sample = (name: string, pack: string, file: string, now: string): Real[] => {
    const answer = expected[file];
    return answer
      ? [{ name, pack, body: read(file), now, from: answer.first, to: answer.last_end, expected: answer }]
      : [];
  };
  return [
    ...sample('a whole day of Nord Pool', 'nordpool', 'day-ahead/nordpool-SE3-2024-11-05.json', '2024-11-05T06:00:00Z'),
    ...sample('the Go series', 'go', 'octopus/go-standard-unit-rates-bst.json', '2022-10-08T12:00:00Z'),
  ];
}

describe.each([...own, ...published()])('$name', (real) => {
  const open: { adapter?: AdapterWorld; source?: Server } = {};
  afterEach(async () => {
    await open.adapter?.close();
    open.source?.close();
  });

  test('is consented to, polled, and exact', async () => {
    const source = createServer((_req, res) => res.setHeader('content-type', 'application/json').end(real.body));
    open.source = source;
    await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
    const adapter = await startAdapterWorld({
      pack: path.join(ROOT, 'test/fixtures/packs', real.pack),
      env: { TARIFF_SOURCE_URL: `http://127.0.0.1:${(source.address() as AddressInfo).port}/prices` },
      tariffClock: () => Temporal.Instant.from(real.now).epochMilliseconds,
    });
    open.adapter = adapter;

    const { token, url } = adapter.link();
    const customer = new Customer();
    await customer.open(url);
    await customer.press('continue');
    await customer.signIn('alice');
    expect(customer.page.step).toBe('consent');
    await customer.press('allow');
    const { body } = adapter.world.flatpeak.submissions.find(({ connectToken }) => connectToken === token)!;
    const auth = (body as unknown as { auth_data: { access_token: string; tariff_url: string } }).auth_data;

    const answer = await fetch(`${auth.tariff_url}?from=${real.from}&to=${real.to}`, {
      headers: { authorization: `Bearer ${auth.access_token}` },
    });
    expect(answer.status).toBe(200);
    const { tariff } = (await answer.json()) as { tariff: { prices: PriceInterval[] } };
    const values = tariff.prices.map(({ price }) => new Decimal(price.value));
    expect({
      intervals: tariff.prices.length,
      first: tariff.prices[0]?.valid_from,
      last_end: tariff.prices.at(-1)?.valid_to,
      sum: Decimal.sum(...values).toString(),
      min: Decimal.min(...values).toString(),
      max: Decimal.max(...values).toString(),
    }).toEqual({
      intervals: real.expected.intervals,
      first: real.expected.first,
      last_end: real.expected.last_end,
      sum: real.expected.sum,
      min: real.expected.min,
      max: real.expected.max,
    });
  });
});
