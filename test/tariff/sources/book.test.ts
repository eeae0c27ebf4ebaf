import { afterAll, describe, expect, test } from '@jest/globals';
import { checkPack } from '../../../src/tariff/check-pack.ts';
import { createBookSource, type BookSource } from '../../../src/tariff/sources/book.ts';
import { HEAD, packOf, removePackFolders } from '../support.ts';

afterAll(removePackFolders);

const BOOK = `
supplies:
  C-1: [{ id: S-1, label: Home, direction: IMPORT, status: available }]
agreements:
  S-1: { product: GO, region: A }
tariffs:
  GO|A: { contract: {}, tariff: { display_name: Go } }
`;

const sources = `
supplies: { source: book, file: book.yaml, key: "{claims.customer_number}" }
tariff:
  agreement: { source: book, file: book.yaml }
  prices: { source: book, file: book.yaml, key: "{agreement.product}|{agreement.region}" }
`;
const pack = packOf(`${HEAD}${sources}`, { 'book.yaml': BOOK });
const customer = { sub: 'x', claims: { customer_number: 'C-1' } };

describe('a book', () => {
  test('knows a customer’s supplies by the claim the pack names', async () => {
    const source = createBookSource(pack.supplies as BookSource, 'supplies');
    expect((await source.read(customer)).document).toMatchObject({ supplies: [{ id: 'S-1' }] });
  });

  test('knows no supplies of a customer it does not hold', async () => {
    const source = createBookSource(pack.supplies as BookSource, 'supplies');
    expect((await source.read({ sub: 'x', claims: { customer_number: 'C-2' } })).document).toEqual({ supplies: [] });
  });

  test('knows an agreement by its supply', async () => {
    const source = createBookSource(pack.tariff.agreement as BookSource, 'agreements');
    expect((await source.read({ ...customer, supply: { id: 'S-1' } })).document).toEqual({
      product: 'GO',
      region: 'A',
    });
    await expect(source.read({ ...customer, supply: { id: 'S-2' } })).rejects.toMatchObject({
      code: 'source_entry_missing',
    });
  });

  test('knows prices by their key, and never by a name of every object', async () => {
    const source = createBookSource(pack.tariff.prices as BookSource, 'tariffs');
    const of = (product: string, region: string) => source.read({ ...customer, agreement: { product, region } });
    expect((await of('GO', 'A')).document).toMatchObject({ tariff: { display_name: 'Go' } });
    await expect(of('GO', 'B')).rejects.toMatchObject({ code: 'source_entry_missing' });
    const byName = packOf(
      `${HEAD}${sources.replace('"{agreement.product}|{agreement.region}"', '"{agreement.product}"')}`,
      { 'book.yaml': BOOK },
    );
    const names = createBookSource(byName.tariff.prices as BookSource, 'tariffs');
    await expect(names.read({ ...customer, agreement: { product: 'constructor' } })).rejects.toMatchObject({
      code: 'source_entry_missing',
    });
  });
});

const TARIFF = {
  contract: { start_date: '2024-01-01' },
  tariff: {
    provider_tariff_reference: 'FIX-1',
    display_name: 'Fixed',
    direction: 'IMPORT',
    type: 'COMMODITY',
    structure: 'FIXED',
    timezone: 'Europe/London',
    vat: { included: true, rate: 0.05 },
    price_includes: ['energy'],
    schedules: [
      {
        valid_from: '2024-01-01',
        schedule: [
          {
            months: ['All'],
            days_and_hours: [
              { days: ['All'], hours: [{ valid_from: '00:00:00', valid_to: '00:00:00', rate: [{ value: 0.2835 }] }] },
            ],
          },
        ],
      },
    ],
  },
};

describe('a book is checked at start', () => {
  const now = Temporal.Instant.from('2025-01-15T12:00:00Z');
  const oneCall = `
supplies: { source: book, file: book.json }
tariff: { source: book, file: book.json }
`;
  const checked = (book: object, yaml = oneCall) =>
    checkPack(packOf(`${HEAD}${yaml}`, { 'book.json': JSON.stringify(book) }), now);
  const supply = { id: 'S-1', label: 'Home', direction: 'IMPORT', status: 'available' };
  const changed = (key: string, value: unknown) => ({ ...TARIFF, tariff: { ...TARIFF.tariff, [key]: value } });

  test('and found right', async () => {
    expect(await checked({ supplies: { a: [supply] }, tariffs: { 'S-1': TARIFF } })).toEqual([]);
  });

  test.each<[name: string, book: object, where: string, fix: RegExp]>([
    ['no section', { supplies: {} }, 'provider.yaml tariff.file', /book\.json, which has no tariffs/],
    ['an unknown section', { supplies: {}, tariffs: {}, prices: {} }, 'book.json prices', /not known/],
    [
      'a supply without label',
      { supplies: { a: [{ ...supply, label: undefined }] }, tariffs: {} },
      'book.json supplies.a.0.label',
      /missing/,
    ],
    [
      'a supply with an unknown reason',
      { supplies: { a: [{ ...supply, status: 'unavailable', reason: 'gone' }] }, tariffs: {} },
      'book.json supplies.a.0.reason',
      /moved_out/,
    ],
    ['a supply twice', { supplies: { a: [supply, supply] }, tariffs: {} }, 'book.json supplies.a.1.id', /unique/],
    [
      'a tariff in pence',
      {
        supplies: {},
        tariffs: {
          'S-1': changed('schedules', JSON.parse(JSON.stringify(TARIFF.tariff.schedules).replace('0.2835', '28.35'))),
        },
      },
      'book.json tariffs.S-1.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[0].value',
      /price_out_of_bounds/,
    ],
    [
      'a tariff of no direction',
      { supplies: {}, tariffs: { 'S-1': changed('direction', undefined) } },
      'book.json tariffs.S-1.tariff.direction',
      /missing/,
    ],
  ])('%s', async (_, book, where, fix) => {
    expect(await checked(book)).toContainEqual({ where, fix: expect.stringMatching(fix) });
  });

  test('contracts of another time are no mistake', async () => {
    const future = { ...TARIFF, contract: { start_date: '2026-01-01' } };
    const past = { ...TARIFF, contract: { start_date: '2023-01-01', end_date: '2024-01-01' } };
    expect(await checked({ supplies: {}, tariffs: { a: future, b: past, c: { not_supported: 'gas' } } })).toEqual([]);
  });

  test.each([
    ['price_divider: 100', 'price_divider', /not known/],
    ['price_divisor: 0', 'price_divisor', /positive/],
    ['vat_rate: 5', 'vat_rate', /must be/],
    ['timezone: "+01:00"', 'timezone', /IANA/],
  ])('with its declared facts: %s', async (fact, name, fix) => {
    const yaml = oneCall
      .replace('file: book.json }\n', `file: book.json }\n`)
      .replace(/book\.json }\n$/, `book.json, declare: { ${fact} } }\n`);
    expect(await checked({ supplies: {}, tariffs: {} }, yaml)).toContainEqual({
      where: `provider.yaml tariff.declare.${name}`,
      fix: expect.stringMatching(fix),
    });
  });
});
