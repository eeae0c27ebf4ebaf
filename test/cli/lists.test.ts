import { describe, expect, test } from '@jest/globals';
import { parseCsv } from '../../src/cli/csv.ts';
import { compareRate, invoicedRates } from '../../src/cli/tariff/invoiced.ts';
import { populationOf, populationOfBook, sampled, shortened, type Member } from '../../src/cli/tariff/population.ts';
import { Exact } from '../../src/tariff/model/decimals.ts';
import { accepted, flat, halfHours, night, tiered } from '../tariff/model/fixtures.ts';
import { HEAD, NO_TARIFF, packOf } from '../tariff/support.ts';

describe('CSV', () => {
  const fields = (text: string) => parseCsv(text).rows.map((row) => row.fields);

  test.each<[string, string, Record<string, string>[]]>([
    [
      'plain',
      'a,b\n1,2\n3,4\n',
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['without a last line end', 'a,b\n1,2', [{ a: '1', b: '2' }]],
    ['of Windows, with a byte order mark', '\uFEFFa,b\r\n1,2\r\n', [{ a: '1', b: '2' }]],
    ['with semicolons', 'a;b\n1,5;2\n', [{ a: '1,5', b: '2' }]],
    ['with quotes', 'a,b\n"1,""x""\n2",3\n', [{ a: '1,"x"\n2', b: '3' }]],
    ['with empty fields and lines', 'a,b\n1,\n\n,2\n', [{ a: '1' }, { b: '2' }]],
    ['with spaces around', ' a , b \n 1 , 2 \n', [{ a: '1', b: '2' }]],
    ['of a header only', 'a,b\n', []],
  ])('%s', (_, text, expected) => expect(fields(text)).toEqual(expected));

  test('knows where a row stands', () =>
    expect(parseCsv('a,b\n"x\ny",1\n\nz,2\n').rows.map(({ line }) => line)).toEqual([2, 5]));

  test.each([
    ['nothing', '', 'nothing in it'],
    ['too few fields', 'a,b\n1\n', 'line 2 has 1 fields'],
    ['a column named twice', 'a,a\n', 'twice'],
    ['a stray quotation mark', 'a,b\n1,2"\n', 'line 2'],
    ['a quotation that does not end', 'a,b\n1,"2\n', 'line 2'],
  ])('%s is refused', (_, text, said) => expect(() => parseCsv(text)).toThrow(said));
});

describe('a list', () => {
  const members = (text: string) => populationOf(parseCsv(text));

  test('of supplies', () =>
    expect(members('supply_id,account_id,meter_point_id\nS-1,A-1,M-1\n')).toEqual([
      {
        at: 'line 2',
        supply: { id: 'S-1', account_id: 'A-1', meter_point_id: 'M-1' },
        customer: { sub: '', claims: {} },
      },
    ]));

  test('of customers, any other column being a claim', () =>
    expect(members('sub,customer_number\nalice,C-1\n')).toEqual([
      { at: 'line 2', supply: null, customer: { sub: 'alice', claims: { sub: 'alice', customer_number: 'C-1' } } },
    ]));

  test('of invoices: the rates are no claims, and a supply with two rates is one supply', () =>
    expect(members('supply_id,unit_rate,at\nS-1,0.1,\nS-1,0.3,\n')).toMatchObject([
      { supply: { id: 'S-1' }, customer: { claims: {} } },
    ]));

  test('that names nobody is refused', () => expect(() => members('unit_rate\n0.1\n')).toThrow('supply_id'));

  const many = Array.from({ length: 10 }, (_, index): Member => ({
    at: String(index),
    supply: null,
    customer: { sub: '', claims: {} },
  }));
  test.each([
    [20, '0123456789'],
    [10, '0123456789'],
    [5, '02468'],
    [3, '036'],
    [1, '0'],
  ])('a sample of %i is spread over it', (size, expected) =>
    expect(
      sampled(many, size)
        .map(({ at }) => at)
        .join(''),
    ).toBe(expected),
  );

  test.each([
    ['1200010011001', '1200…01'],
    ['S-1', 'S-…'],
  ])('%s is shown as %s', (id, shown) => expect(shortened(id)).toBe(shown));
});

describe('a book of supplies needs no list', () => {
  const customers = (key: string | null) =>
    populationOfBook(
      packOf(
        `${HEAD}supplies: { source: book, file: book.yaml${key === null ? '' : `, key: "${key}"`} }\n${NO_TARIFF}`,
        { 'book.yaml': 'supplies: { one: [], two: [] }' },
      ),
    )?.map(({ customer }) => customer);

  test.each<[string | null, unknown]>([
    [
      null,
      [
        { sub: 'one', claims: { sub: 'one' } },
        { sub: 'two', claims: { sub: 'two' } },
      ],
    ],
    [
      '{claims.number}',
      [
        { sub: '', claims: { number: 'one' } },
        { sub: '', claims: { number: 'two' } },
      ],
    ],
    ['{sub}-{claims.number}', undefined],
  ])('by %s', (key, expected) => expect(customers(key)).toEqual(expected));
});

describe('an invoiced rate', () => {
  const now = Temporal.Instant.from('2026-05-12T11:00:00Z');
  const compared = (source: ReturnType<typeof accepted>, rate: string, moment: string | null = null) =>
    compareRate(source, { rate: new Exact(rate), moment: moment === null ? null : Temporal.Instant.from(moment) }, now);

  test.each<[string, ReturnType<typeof accepted>, string, string | null, object]>([
    ['is the price', accepted(flat()), '0.2835', null, { kind: 'equal' }],
    ['is printed with fewer places', accepted(flat()), '0.284', null, { kind: 'equal' }],
    ['is cut instead of rounded', accepted(flat()), '0.28', null, { kind: 'equal', invoiced: 0.28, served: 0.2835 }],
    ['is another', accepted(flat()), '0.2850', null, { kind: 'different', invoiced: 0.285, served: 0.2835 }],
    ['is in pence', accepted(flat()), '28.35', null, { kind: 'different', served: 0.2835 }],
    ['is the night’s', accepted(night()), '0.09', null, { kind: 'equal', served: 0.09 }],
    ['is the day’s', accepted(night()), '0.30', null, { kind: 'equal', served: 0.3 }],
    [
      'is the night’s, but was billed for noon',
      accepted(night()),
      '0.09',
      '2026-05-11T11:00:00Z',
      { kind: 'different' },
    ],
    ['is one of the tiers', accepted(tiered()), '0.280', null, { kind: 'equal', served: 0.28 }],
    ['of changing prices says not when', accepted(halfHours()), '0.21', null, { reason: 'changing_prices_need_at' }],
    ['of changing prices says when', accepted(halfHours()), '0.19', '2026-05-12T10:45:00Z', { kind: 'equal' }],
    [
      'is of a time nobody knows',
      accepted(halfHours()),
      '0.19',
      '2026-05-01T10:45:00Z',
      { reason: 'no_price_known_then' },
    ],
  ])('%s', (_, source, rate, moment, expected) => expect(compared(source, rate, moment)).toMatchObject(expected));

  const rates = (text: string) => invoicedRates(parseCsv(text));

  test('is read with its decimal comma, where fields are separated by semicolons', () => {
    const [rate] = rates('supply_id;unit_rate\nS-1;0,2835\n').get('S-1') ?? [];
    expect(String(rate?.rate)).toBe('0.2835');
  });

  test.each([
    ['no rates', 'supply_id\nS-1\n', 'column unit_rate'],
    ['no supplies', 'unit_rate\n1\n', 'column supply_id'],
    ['a row without a rate', 'supply_id,unit_rate\nS-1,\n', 'line 2'],
    ['a rate that is none', 'supply_id,unit_rate\nS-1,28p\n', 'no number'],
    ['a moment without an offset', 'supply_id,unit_rate,at\nS-1,0.1,2026-05-12T10:00:00\n', 'RFC 3339'],
    ['a moment that is none', 'supply_id,unit_rate,at\nS-1,0.1,noon\n', 'RFC 3339'],
  ])('%s is refused', (_, text, said) => expect(() => rates(text)).toThrow(said));
});
