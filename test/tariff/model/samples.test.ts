import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Decimal } from 'decimal.js';
import { describe, expect, test } from '@jest/globals';
import { accepted, refused, type Json } from './fixtures.ts';

/**
 * Real payloads, where they lie beside the project, each in the mapped shape a provider's mapping would give, against
 * what an independent program computed from them.
 */
const data = path.resolve(import.meta.dirname, '../../../../shared/tariff/data');
const read = (name: string): Json => JSON.parse(readFileSync(path.join(data, name), 'utf8')) as Json;

interface Sample {
  file: string;
  now: string;
  tariff: Json;
  facts: Json;
  rows: (payload: Json) => Json[];
}

const hourAfter = (from: string): string => Temporal.Instant.from(from).add({ hours: 1 }).toString();

const samples: Sample[] = [
  {
    file: 'octopus/go-standard-unit-rates-bst.json',
    now: '2022-10-08T12:00:00Z',
    tariff: { structure: 'TIME_OF_DAY', currency: 'GBP', timezone: 'Europe/London' },
    facts: { price_divisor: 100, vat: 'included', vat_rate: 0.05 },
    rows: (payload) =>
      payload.results.map(({ valid_from, valid_to, value_inc_vat, value_exc_vat }: Json) => ({
        valid_from,
        valid_to,
        price: { value_inc_vat, value_exc_vat },
      })),
  },
  {
    file: 'day-ahead/nordpool-SE3-2024-11-05.json',
    now: '2024-11-05T12:00:00Z',
    tariff: { structure: 'DYNAMIC', currency: 'EUR', timezone: 'Europe/Stockholm' },
    facts: { price_divisor: 1000, vat: 'excluded', vat_rate: 0.25 },
    rows: (payload) =>
      payload.multiAreaEntries.map(({ deliveryStart, deliveryEnd, entryPerArea }: Json) => ({
        valid_from: deliveryStart,
        valid_to: deliveryEnd,
        price: { value: entryPerArea.SE3 },
      })),
  },
  {
    file: 'day-ahead/easyenergy-hour.json',
    now: '2026-04-19T12:00:00Z',
    tariff: { structure: 'DYNAMIC' },
    facts: { currency: 'EUR', timezone: 'Europe/Amsterdam', vat: 'included', vat_rate: 0.21 },
    rows: (payload) =>
      payload.prices.map(({ from, until, invoicePrice }: Json) => ({
        valid_from: from,
        valid_to: until,
        price: { value: invoicePrice },
      })),
  },
  {
    file: 'day-ahead/energyzero-graphql-energy.json',
    now: '2025-05-31T12:00:00Z',
    tariff: { structure: 'DYNAMIC', currency: 'EUR', timezone: 'Europe/Amsterdam' },
    facts: { vat: 'included', vat_rate: 0.21 },
    rows: (payload) =>
      payload.data.energyMarketPrices.prices.map((hour: Json) => ({
        valid_from: hour.from,
        valid_to: hour.till,
        price: {
          value_inc_vat: [hour.energyPriceIncl, ...hour.additionalCosts.map((cost: Json) => cost.priceIncl)],
          value_exc_vat: [hour.energyPriceExcl, ...hour.additionalCosts.map((cost: Json) => cost.priceExcl)],
        },
      })),
  },
  {
    file: 'tibber/demo-account-viewer.json',
    now: '2023-01-18T17:30:00Z',
    tariff: { structure: 'DYNAMIC', currency: 'SEK', timezone: 'Europe/Stockholm' },
    facts: { vat: 'included', vat_rate: 0.25 },
    rows: (payload) => {
      const { today, tomorrow } = payload.viewer.homes[0].currentSubscription.priceInfo;
      return [...today, ...tomorrow].map(({ startsAt, energy, tax }: Json) => ({
        valid_from: startsAt,
        valid_to: hourAfter(startsAt),
        price: { value: [energy, tax] },
      }));
    },
  },
  {
    file: 'pvpc-esios/PRICES_ESIOS_1001_2024_03_09.json',
    now: '2024-03-09T12:00:00Z',
    tariff: { structure: 'DYNAMIC', currency: 'EUR', timezone: 'Europe/Madrid' },
    facts: { price_divisor: '1000', vat: 'excluded', vat_rate: 0.1 },
    rows: (payload) =>
      payload.indicator.values
        .filter(({ geo_id }: Json) => geo_id === 8741)
        .map(({ datetime_utc, value }: Json) => ({
          valid_from: datetime_utc,
          valid_to: hourAfter(datetime_utc),
          price: { value },
        })),
  },
];

const mapped = ({ file, tariff, rows }: Sample): Json => ({
  contract: { start_date: '2020-01-01' },
  tariff: {
    provider_tariff_reference: 'SAMPLE',
    display_name: 'Sample',
    direction: 'IMPORT',
    type: 'COMMODITY',
    price_includes: ['energy'],
    ...tariff,
    prices: rows(read(file)),
  },
});

(existsSync(data) ? describe : describe.skip)('real payloads', () => {
  test.each(samples)('$file', (sample) => {
    const expected = read('expected.json')[sample.file];
    const rows = accepted(mapped(sample), sample.facts, Temporal.Instant.from(sample.now)).tariff.prices ?? [];
    const values = rows.map(({ price }) => price.value);
    expect({
      intervals: rows.length,
      first: rows[0]?.valid_from,
      last_end: rows.at(-1)?.valid_to,
      sum: values.reduce((sum, value) => sum.plus(value), new Decimal(0)).toString(),
      min: String(Math.min(...values)),
      max: String(Math.max(...values)),
      first_value: String(values[0]),
      last_value: String(values.at(-1)),
    }).toEqual({
      intervals: expected.intervals,
      first: expected.first,
      last_end: expected.last_end,
      sum: expected.sum,
      min: expected.min,
      max: expected.max,
      first_value: expected.first_value,
      last_value: expected.last_value,
    });
  });

  test.each(samples.filter(({ facts }) => facts.price_divisor !== undefined))(
    '$file without its divisor is refused',
    (sample) =>
      expect(refused(mapped(sample), { ...sample.facts, price_divisor: 1 }, Temporal.Instant.from(sample.now))).toEqual(
        [expect.stringContaining('price_out_of_bounds')],
      ),
  );

  test('an error body stored as data is refused', () =>
    expect(refused(read('au-cdr/v1-error-unsupported-version.json'))).toEqual(['error_body $']));
});
