import { describe, expect, test } from '@jest/globals';
import { askedRange, fullRange } from '../../../src/tariff/endpoint/range.ts';

const asked = (query: string) => askedRange(new URLSearchParams(query));

describe('from and to of a poll', () => {
  test.each([
    ['', {}],
    ['from=2025-01-01T00:00:00Z', { from: '2025-01-01T00:00:00Z' }],
    ['from=2025-01-01T00:00:00%2B01:00', { from: '2024-12-31T23:00:00Z' }],
    [
      'from=2025-01-01T00:00:00.5Z&to=2025-04-01T00:00:00.5Z',
      { from: '2025-01-01T00:00:00.5Z', to: '2025-04-01T00:00:00.5Z' },
    ],
    ['other=x', {}],
  ])('%s', (query, expected) => {
    const range = asked(query);
    const texts =
      range.ok && Object.fromEntries(Object.entries(range.asked).map(([name, at]) => [name, at.toString()]));
    expect(texts).toEqual(expected);
  });

  test.each([
    ['from=yesterday', 'from is not an RFC 3339'],
    ['from=', 'from is not an RFC 3339'],
    ['from=2025-01-01', 'from is not an RFC 3339'],
    ['from=2025-01-01T00:00:00', 'from is not an RFC 3339'],
    ['from=2025-02-30T00:00:00Z', 'from is not an RFC 3339'],
    ['from=1735689600', 'from is not an RFC 3339'],
    ['from=2025-01-01T00:00:00+01:00', 'Write the + of an offset as %2B'],
    ['to=2025-01-01T24:00:00Z', 'to is not an RFC 3339'],
    ['from=2025-01-01T00:00:00Z&from=2025-01-02T00:00:00Z', 'more than once'],
    ['from=2025-01-02T00:00:00Z&to=2025-01-02T00:00:00Z', 'before'],
    ['from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z', 'before'],
    ['from=2025-01-01T00:00:00Z&to=2025-04-01T00:00:01Z', 'at most 90 days'],
  ])('%s is refused', (query, detail) => {
    expect(asked(query)).toEqual({ ok: false, detail: expect.stringContaining(detail) });
  });
});

describe('what a poll leaves out', () => {
  const now = Temporal.Instant.from('2025-03-29T23:30:00Z');
  const full = (range: { from?: string; to?: string }, zone: string) => {
    const instants = Object.fromEntries(Object.entries(range).map(([name, at]) => [name, Temporal.Instant.from(at)]));
    const found = fullRange(instants, zone, now);
    return found.ok ? [found.window.from.toString(), found.window.to.toString()] : found.detail;
  };

  test.each([
    [{}, 'Europe/London', ['2025-03-29T00:00:00Z', '2025-04-04T23:00:00Z']],
    [{}, 'Europe/Madrid', ['2025-03-29T23:00:00Z', '2025-04-05T22:00:00Z']],
    [{}, 'Australia/Sydney', ['2025-03-29T13:00:00Z', '2025-04-05T13:00:00Z']],
    [{ from: '2025-06-01T12:00:00Z' }, 'Europe/London', ['2025-06-01T12:00:00Z', '2025-06-08T12:00:00Z']],
    [{ to: '2025-03-29T12:00:00Z' }, 'Europe/London', ['2025-03-29T00:00:00Z', '2025-03-29T12:00:00Z']],
  ])('%j in %s', (range, zone, expected) => {
    expect(full(range, zone)).toEqual(expected);
  });

  test.each([
    [{ to: '2025-03-28T00:00:00Z' }, 'from must be before to.'],
    [{ to: '2025-07-28T00:00:00Z' }, 'from and to must be at most 90 days apart.'],
  ])('%j is refused', (range, detail) => {
    expect(full(range, 'Europe/London')).toBe(detail);
  });
});
