import { describe, expect, test } from '@jest/globals';
import { addressLines, contractTerm, sharedAddress } from '../../src/journey/sharing-terms.ts';

const FULL = {
  address_line1: 'Flat 2',
  address_line2: '1 High Street',
  city: 'Bristol',
  state: null,
  post_code: 'BS1 4ND',
  country_code: 'GB',
};
const NOTHING = {
  address_line1: null,
  address_line2: null,
  city: null,
  state: null,
  post_code: null,
  country_code: null,
};

describe('of an address is shared', () => {
  test.each([
    [
      'all that is known',
      FULL,
      'full',
      {
        address_line1: 'Flat 2',
        address_line2: '1 High Street',
        city: 'Bristol',
        post_code: 'BS1 4ND',
        country_code: 'GB',
      },
    ],
    ['what tells a market region', FULL, 'postcode', { post_code: 'BS1 4ND', country_code: 'GB' }],
    ['nothing', FULL, 'none', null],
    [
      'of an address without a post code, the country',
      { ...FULL, post_code: null },
      'postcode',
      { country_code: 'GB' },
    ],
    ['of an address without either, nothing', { ...FULL, post_code: null, country_code: null }, 'postcode', null],
    ['of an empty address, nothing', NOTHING, 'full', null],
    ['of no address, nothing', null, 'full', null],
    ['of a missing address, nothing', undefined, 'postcode', null],
  ] as const)('%s', (_, address, share, expected) => {
    expect(sharedAddress(address, share)).toEqual(expected);
  });
});

describe('the lines of an address', () => {
  test.each([
    ['as on an envelope', FULL, ['Flat 2', '1 High Street', 'Bristol BS1 4ND', 'GB']],
    ['with a state', { city: 'Perth', state: 'WA', post_code: '6000' }, ['Perth WA 6000']],
    ['of a post code alone', { post_code: 'BS1 4ND', country_code: 'GB' }, ['BS1 4ND', 'GB']],
    ['without empty ones', { address_line1: '', city: 'Bristol' }, ['Bristol']],
    ['of nothing', NOTHING, []],
    ['of no address', null, []],
  ])('%s', (_, address, lines) => {
    expect(addressLines(address)).toEqual(lines);
  });
});

test.each([
  [
    'both dates',
    '2026-01-01T00:00:00Z',
    '2026-12-31T23:59:59Z',
    { start_date: '2026-01-01T00:00:00Z', end_date: '2026-12-31T23:59:59Z' },
  ],
  ['a start alone', '2026-01-01T00:00:00Z', null, { start_date: '2026-01-01T00:00:00Z' }],
  ['an end alone', null, '2026-12-31T23:59:59Z', { end_date: '2026-12-31T23:59:59Z' }],
  ['neither', null, null, null],
])('a contract term with %s', (_, start, end, expected) => {
  expect(contractTerm(start, end)).toEqual(expected);
});
