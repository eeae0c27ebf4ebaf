import { describe, expect, test } from '@jest/globals';
import { supplyPage } from '../../src/journey/supply-view.ts';
import type { Supply } from '../../src/tariff/supplies.ts';

const supply = (n: number, more: Partial<Supply> = {}): Supply => ({
  id: `secret-id-${n}`,
  account_id: 'secret-account',
  meter_point_id: 'secret-meter',
  label: `Supply ${n}`,
  direction: 'IMPORT',
  tariff_name: null,
  postal_address: null,
  contract: null,
  status: 'available',
  reason: null,
  reason_text: null,
  ...more,
});
const many = (count: number) => Array.from({ length: count }, (_, n) => supply(n));
const labels = (supplies: readonly Supply[], query = '', page = 1) =>
  supplyPage(supplies, query, page).supplies.map(({ label }) => label);

test('internal identifiers stay inside: a supply is known by its place in the list', () => {
  const shown = supplyPage([supply(0), supply(1)], '', 1);
  expect(shown.supplies.map(({ key }) => key)).toEqual(['0', '1']);
  expect(JSON.stringify(shown)).not.toContain('secret');
});

test('unavailable ones come last, with their reason, and keep their place in the list as key', () => {
  const moved = supply(0, { status: 'unavailable', reason: 'moved_out', reason_text: 'You moved out in May.' });
  const unexplained = supply(1, { status: 'unavailable' });
  expect(
    supplyPage([moved, unexplained, supply(2)], '', 1).supplies.map(({ key, unavailable }) => [key, unavailable]),
  ).toEqual([
    ['2', null],
    ['0', { reason: 'moved_out', text: 'You moved out in May.' }],
    ['1', { reason: 'other', text: null }],
  ]);
});

describe('a long list is paged by twenty', () => {
  test.each([
    [0, 1, { total: 0, page: 1, pages: 1 }, 0],
    [20, 1, { total: 20, page: 1, pages: 1 }, 20],
    [21, 2, { total: 21, page: 2, pages: 2 }, 1],
    [1000, 50, { total: 1000, page: 50, pages: 50 }, 20],
    [45, 99, { total: 45, page: 3, pages: 3 }, 5],
    [45, 0, { total: 45, page: 1, pages: 3 }, 20],
    [45, -7, { total: 45, page: 1, pages: 3 }, 20],
  ])('%i supplies, page %i', (count, page, search, shown) => {
    const found = supplyPage(many(count), '', page);
    expect(found.search).toEqual({ query: '', ...search });
    expect(found.supplies).toHaveLength(shown);
  });
});

describe('a search', () => {
  const supplies = [
    supply(0, {
      label: 'Home',
      tariff_name: 'Agile',
      postal_address: {
        address_line1: '1 High Street',
        address_line2: null,
        city: 'Bath',
        state: null,
        post_code: 'BA1 1AA',
        country_code: 'GB',
      },
    }),
    supply(1, { label: 'Office', tariff_name: 'Fixed' }),
    supply(2, { label: 'Garage ÖST', tariff_name: 'Agile Outgoing' }),
  ];

  test.each([
    ['by label', 'office', ['Office']],
    ['by tariff name', 'agile', ['Home', 'Garage ÖST']],
    ['by address', 'ba1', ['Home']],
    ['by several words in any place', 'street agile', ['Home']],
    ['whatever the case', 'garage öst', ['Garage ÖST']],
    ['with spaces around', '  fixed ', ['Office']],
    ['that finds nothing', 'agile office', []],
    ['for nothing', '   ', ['Home', 'Office', 'Garage ÖST']],
    ['with signs that mean something elsewhere', '.*', []],
    ['not by internal identifiers', 'secret', []],
  ])('%s', (_, query, found) => {
    expect(labels(supplies, query)).toEqual(found);
  });

  test('keeps a supply’s key, so that the right one is chosen', () => {
    expect(supplyPage(supplies, 'garage', 1).supplies[0]?.key).toBe('2');
  });
});
