import { describe, expect, test } from '@jest/globals';
import { createFormat } from '../../src/pages/format.ts';

const spaced = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

describe('a price per kWh', () => {
  test.each([
    ['en-GB', 'GBP', 0.2835, '28.35', 'p'],
    ['en-GB', 'GBP', 0.28, '28.00', 'p'],
    ['en-GB', 'GBP', 0.28350000000000003, '28.35', 'p'],
    ['en-GB', 'GBP', 0.1234567, '12.34567', 'p'],
    ['en-GB', 'GBP', 0, '0.00', 'p'],
    ['en-GB', 'GBP', -0.0475, '-4.75', 'p'],
    ['en-IE', 'EUR', 0.1089125, '10.89125', 'c'],
    ['de-DE', 'EUR', 0.3127, '31,27', 'ct'],
    ['de-AT', 'EUR', 0.3127, '31,27', 'ct'],
    ['de-CH', 'CHF', 0.2734, '27.34', 'Rp.'],
    ['fr-CH', 'CHF', 0.2734, '27,34', 'ct.'],
    ['en', 'SEK', 1.2345, '123.45', 'öre'],
    ['en-US', 'USD', 0.1675, '16.75', '¢'],
    ['en-AU', 'AUD', 0.33, '33.00', 'c'],
    ['fr-FR', 'EUR', 0.2062, '0,2062 €', null],
    ['en-GB', 'PLN', 0.9212, 'PLN 0.9212', null],
    ['en-GB', 'EUR', 12.5, '1,250.00', 'c'],
  ])('in %s and %s: %d is %s %s', (locale, currency, value, amount, unit) => {
    const price = createFormat(locale).price(value, currency);
    expect({ amount: spaced(price.amount), unit: price.unit }).toEqual({ amount, unit });
  });

  test.each([
    ['en-GB', 'GBP', 0.2, '20', 'p'],
    ['fr-FR', 'EUR', 0.05, '0,05', '€'],
    ['de-DE', 'EUR', 0.075, '7,5', 'ct'],
  ])('on a scale in %s and %s', (locale, currency, value, level, sign) => {
    const format = createFormat(locale);
    expect([format.level(value, currency), format.sign(currency)]).toEqual([level, sign]);
  });
});

describe('a date', () => {
  test.each([
    ['en-GB', '2027-03-24T12:00:00Z', 'Europe/London', '24 March 2027'],
    ['en-US', '2027-03-24T12:00:00Z', 'Europe/London', 'March 24, 2027'],
    ['de-DE', '2027-03-24T12:00:00Z', 'Europe/Berlin', '24. März 2027'],
    ['fr-FR', '2027-03-24T12:00:00Z', 'Europe/Paris', '24 mars 2027'],
    ['en-GB', '2026-06-30T23:30:00Z', 'Europe/London', '1 July 2026'],
    ['en-GB', '2026-06-30T23:30:00Z', 'UTC', '30 June 2026'],
    ['en-GB', '2026-07-01T00:30:00+02:00', 'Europe/London', '30 June 2026'],
    ['en-GB', '2026-07-01', 'Australia/Sydney', '1 July 2026'],
  ])('in %s, %s in %s is %s', (locale, when, zone, expected) =>
    expect(createFormat(locale).date(when, zone)).toBe(expected),
  );
});

describe('a time', () => {
  test.each([
    ['en-GB', '2026-07-01T17:30:00Z', 'Europe/London', '18:30'],
    ['en-US', '2026-07-01T17:30:00Z', 'Europe/London', '6:30 PM'],
    ['de-DE', '2026-07-01T17:30:00Z', 'Europe/Berlin', '19:30'],
  ])('in %s, %s in %s is %s', (locale, when, zone, expected) =>
    expect(spaced(createFormat(locale).time(when, zone))).toBe(expected),
  );

  test('names its zone where an hour comes twice', () => {
    const format = createFormat('en-GB');
    expect(format.time('2026-10-25T00:30:00Z', 'Europe/London', true)).toBe('01:30 BST');
    expect(format.time('2026-10-25T01:30:00Z', 'Europe/London', true)).toBe('01:30 GMT');
  });

  test.each([
    ['en-GB', '18:00'],
    ['en-US', '6 PM'],
    ['de-DE', '18:00'],
  ])('below a picture in %s is %s', (locale, expected) =>
    expect(spaced(createFormat(locale).hour('2026-07-01T17:00:00Z', 'Europe/London'))).toBe(expected),
  );
});

describe('a day', () => {
  test.each([
    ['en', '2026-09-21T22:30:00Z', 'today'],
    ['en', '2026-09-21T23:30:00Z', 'tomorrow'],
    ['de', '2026-09-21T23:30:00Z', 'morgen'],
  ])('in %s, %s seen from that London evening is %s', (locale, when, expected) =>
    expect(createFormat(locale).day(when, '2026-09-21T17:30:00Z', 'Europe/London')).toBe(expected),
  );
});

test('a list reads as a sentence', () => {
  expect(createFormat('en-GB').list(['energy', 'grid fees', 'levies'])).toBe('energy, grid fees and levies');
  expect(createFormat('de').list(['Energie', 'Umlagen'])).toBe('Energie und Umlagen');
});
