import { describe, expect, test } from '@jest/globals';
import { providerTariffSchema } from '../../../src/tariff/model/provider-tariff.ts';
import { etagOf, serveTariff, type Serving } from '../../../src/tariff/model/serve.ts';
import { accepted, but, flat, halfHours, NOW, tiered, type Json } from './fixtures.ts';

const day = (values = 60): Json => halfHours(Array.from({ length: values }, () => 0.2));
const serving = (raw: Json, over: Partial<Serving> = {}): Serving => ({
  source: accepted(raw),
  from: NOW,
  to: NOW.add({ hours: 2 }),
  now: NOW,
  grantExpiresAt: Temporal.Instant.from('2027-05-01T00:00:00Z'),
  lastGood: false,
  mapping: { name: 'price-series', version: '3' },
  payloadSha256: 'c0ffee',
  fetchedAt: Temporal.Instant.from('2026-05-12T10:59:00Z'),
  ...over,
});
const codes = (raw: Json, over: Partial<Serving> = {}) =>
  serveTariff(serving(raw, over)).notices.map(({ code }) => code);

describe('the served document', () => {
  test.each([
    ['a schedule', flat()],
    ['tiers', tiered()],
    ['a series', halfHours()],
    ['both', but(flat(), (t) => (t.tariff.prices = halfHours().tariff.prices))],
  ])('with %s has the published shape, key for key', (_name, raw) => {
    const served = serveTariff(serving(raw));
    expect(providerTariffSchema.parse(JSON.parse(JSON.stringify(served)))).toEqual(served);
  });

  test('says where it comes from', () =>
    expect(serveTariff(serving(flat()))).toMatchObject({
      schema_version: '1.0',
      grant: { expires_at: '2027-05-01T00:00:00Z' },
      source: {
        mapping: 'price-series',
        mapping_version: '3',
        payload_sha256: 'c0ffee',
        fetched_at: '2026-05-12T10:59:00Z',
      },
    }));

  test('a series is cut to the window asked for', () => {
    const { prices } = serveTariff(
      serving(day(), { from: NOW.add({ minutes: 15 }), to: NOW.add({ minutes: 75 }) }),
    ).tariff;
    expect(prices?.map(({ valid_from, valid_to }) => `${valid_from.slice(11, 16)}-${valid_to.slice(11, 16)}`)).toEqual([
      '11:15-11:30',
      '11:30-12:00',
      '12:00-12:15',
    ]);
  });

  test('an open end is closed by the window', () => {
    const raw = but(day(2), (t) => (t.tariff.prices[1].valid_to = null));
    expect(serveTariff(serving(raw)).tariff.prices?.at(-1)?.valid_to).toBe('2026-05-12T13:00:00Z');
  });

  test('a series is cut to the contract', () => {
    const raw = but(day(), (t) => (t.contract.end_date = '2026-05-12T11:30:00Z'));
    expect(serveTariff(serving(raw)).tariff.prices?.at(-1)?.valid_to).toBe('2026-05-12T11:30:00Z');
  });

  test('schedules stay whole', () =>
    expect(serveTariff(serving(flat())).tariff.schedules).toEqual(accepted(flat()).tariff.schedules));

  test('a schedule is not turned into a series', () =>
    expect(serveTariff(serving(flat())).tariff).not.toHaveProperty('prices'));

  test('coverage speaks of the next 24 hours, not of the window', () =>
    expect(serveTariff(serving(day(), { to: NOW.add({ minutes: 30 }) })).coverage.status).toBe('complete'));

  test('a declared estimate is served as such', () => {
    const later = NOW.add({ hours: 12 });
    const served = serveTariff(
      serving(day(48), {
        now: later,
        to: later.add({ hours: 24 }),
        estimate: { from: 'previous_day', confidence: 0.4 },
      }),
    );
    expect(served.tariff.prices?.at(-1)?.price.confidence).toBe(0.4);
  });
});

describe('notices', () => {
  test('none when all is well', () => expect(codes(flat())).toEqual([]));
  test('an ending contract, thirty days ahead', () =>
    expect(codes(but(flat(), (t) => (t.contract.end_date = '2026-06-11')))).toEqual(['contract_ending']));
  test('not yet on the day before', () =>
    expect(codes(but(flat(), (t) => (t.contract.end_date = '2026-06-12')))).toEqual([]));
  test('a source that is down', () => expect(codes(flat(), { lastGood: true })).toEqual(['source_down']));
  test('estimates', () =>
    expect(codes(but(day(), (t) => (t.tariff.prices[10].price.confidence = 0.5)))).toEqual(['estimated']));
  test('and what only the endpoint knows', () =>
    expect(codes(flat(), { notices: [{ code: 'next_agreement_known', detail: 'from 1 January' }] })).toEqual([
      'next_agreement_known',
    ]));
});

describe('next_update', () => {
  const next = (raw: Json, over: Partial<Serving> = {}) => serveTariff(serving(raw, over)).next_update;
  test.each<[string, Json, Partial<Serving>, string]>([
    ['daily for a schedule', flat(), {}, '2026-05-13T11:00:00Z'],
    ['when a series begins to reach less than a day ahead', day(60), {}, '2026-05-12T16:00:00Z'],
    ['in a quarter of an hour while prices are missing', day(20), {}, '2026-05-12T11:15:00Z'],
    ['in a quarter of an hour while the source is down', flat(), { lastGood: true }, '2026-05-12T11:15:00Z'],
    [
      'when the contract ends',
      but(flat(), (t) => (t.contract.end_date = '2026-05-12T18:00:00Z')),
      {},
      '2026-05-12T18:00:00Z',
    ],
  ])('%s', (_name, raw, over, expected) => expect(next(raw, over)).toBe(expected));
});

describe('the ETag', () => {
  const tag = (raw: Json, over: Partial<Serving> = {}) => etagOf(serveTariff(serving(raw, over)));

  test('is a weak validator', () => expect(tag(flat())).toMatch(/^W\/"[A-Za-z0-9_-]{43}"$/));

  test('stays while only times of fetching, coverage and notices change', () => {
    const later = { now: NOW.add({ minutes: 5 }), fetchedAt: NOW, lastGood: true, payloadSha256: 'other' };
    expect(tag(day(), later)).toBe(tag(day()));
  });

  test('does not depend on the order of keys', () => {
    const { contract, tariff } = serveTariff(serving(flat()));
    const shuffled = { tariff: Object.fromEntries(Object.entries(tariff).reverse()) as typeof tariff, contract };
    expect(etagOf(shuffled)).toBe(etagOf({ contract, tariff }));
  });

  test.each<[string, Json]>([
    [
      'a price',
      but(flat(), (t) => (t.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[0].value = 0.2836)),
    ],
    ['the contract', but(flat(), (t) => (t.contract.end_date = '2027-01-02'))],
    ['the name', but(flat(), (t) => (t.tariff.display_name = 'Harbour Fixed 2'))],
  ])('changes with %s', (_name, raw) => expect(tag(raw)).not.toBe(tag(flat())));
});
