import { describe, expect, test } from '@jest/globals';
import { applyDeclared, declareSchema } from '../../../src/tariff/model/declare.ts';
import { accepted, but, declared, flat, halfHours, refused, tiered, type Json } from './fixtures.ts';

const values = (source: Json, facts: Json): number[] =>
  accepted(source, facts).tariff.prices?.map(({ price }) => price.value) ?? [];
/** Prices that say nothing of VAT, as most mappings give them. */
const bare = (prices: unknown[]): Json =>
  but(halfHours(prices.map(() => 0)), (t) => {
    delete t.tariff.vat;
    prices.forEach((price, index) => (t.tariff.prices[index].price = price));
  });
const price = (value: unknown): Json => ({ value, confidence: 1 });
const FIVE = { vat: 'included', vat_rate: 0.05 };
const WITHOUT = { vat: 'excluded', vat_rate: 0.05 };

describe('the declared facts themselves', () => {
  test.each<[string, Json]>([
    ['an unknown key', { divisor: 100 }],
    ['a divisor of zero', { price_divisor: 0 }],
    ['a negative divisor', { price_divisor: -100 }],
    ['a divisor in words', { price_divisor: 'hundred' }],
    ['VAT as a percentage', { vat_rate: 5 }],
    ['a VAT basis nobody knows', { vat: 'inc' }],
    ['VAT taken out of the output', { output_vat: 'excluded' }],
    ['an unknown zone', { timezone: 'Europe/Nowhere' }],
    ['an unknown currency', { currency: 'POUNDS' }],
    ['an unknown tier period', { tier_period: 'P1W' }],
    ['an estimate as certain as a price', { estimate: { from: 'previous_day', confidence: 1 } }],
  ])('%s is refused', (_name, facts) => expect(declareSchema.safeParse(facts).success).toBe(false));

  test('every fact is optional', () =>
    expect(declareSchema.parse({})).toEqual({
      price_divisor: 1,
      standing_charge_divisor: 1,
      interval_end: 'open',
      tiers: 'cumulative',
    }));
});

describe('divisor and numbers are decimal', () => {
  test.each<[unknown, number | string, number]>([
    [28.35, 100, 0.2835],
    ['28.35', '100', 0.2835],
    [42.2877, 100, 0.422877],
    [-1.1, 1000, -0.0011],
    ['1E-1', 1, 0.1],
    [[0.1, 0.2], 1, 0.3],
    [['0.07', 0.1292, -0.001], 1, 0.1982],
    [0, 100, 0],
  ])('%j divided by %j is %d', (value, price_divisor, expected) =>
    expect(values(bare([price(value)]), { ...FIVE, price_divisor })).toEqual([expected]),
  );

  test('a schedule is divided as a series is', () => {
    const source = but(tiered(), (t) => {
      t.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate.forEach(
        (tier: Json, index: number) => (tier.value = ['31.05', 28.35, 25][index]),
      );
    });
    const rate = accepted(source, { price_divisor: 100 }).tariff.schedules?.[0]?.schedule[0]?.days_and_hours[0]
      ?.hours[0]?.rate;
    expect(rate?.map(({ value }) => value)).toEqual([0.3105, 0.2835, 0.25]);
  });

  test('a standing charge has a divisor of its own', () => {
    const source = but(halfHours([285.3]), (t) => (t.tariff.standing_charge = { value: '47.85', vat_included: true }));
    const { tariff } = accepted(source, { price_divisor: 1000, standing_charge_divisor: 100 });
    expect([tariff.prices?.[0]?.price.value, tariff.standing_charge?.value]).toEqual([0.2853, 0.4785]);
  });

  test('a sum with something that is no number is refused', () =>
    expect(refused(bare([price([0.1, 'tax'])]), FIVE)).toEqual(['unparsed_number $.tariff.prices[0].price.value']));
});

describe('rule 9: VAT', () => {
  test.each<[string, Json, Json, number, boolean]>([
    ['prices with VAT stay', price(0.21), FIVE, 0.21, true],
    ['prices without VAT stay', price(0.2), WITHOUT, 0.2, false],
    ['VAT is added when the output is to hold it', price(0.27), { ...WITHOUT, output_vat: 'included' }, 0.2835, true],
    ['a source that holds VAT is not taxed again', price(0.21), { ...FIVE, output_vat: 'included' }, 0.21, true],
    ['of both values the declared one is served', { value_inc_vat: 0.21, value_exc_vat: 0.2 }, WITHOUT, 0.2, false],
    [
      'the source’s own VAT-inclusive value is preferred',
      { value_inc_vat: 0.2101, value_exc_vat: 0.2001 },
      { ...WITHOUT, output_vat: 'included' },
      0.2101,
      true,
    ],
    ['VAT is taken out when only the inclusive value is there', { value_inc_vat: 0.21 }, WITHOUT, 0.2, false],
    ['a price rounded by the source passes', { value_inc_vat: 0.07, value_exc_vat: 0.0667 }, FIVE, 0.07, true],
    ['a negative price that carries no VAT passes', { value_inc_vat: -0.02, value_exc_vat: -0.02 }, FIVE, -0.02, true],
  ])('%s', (_name, given, facts, value, included) => {
    const { tariff } = accepted(bare([given]), facts);
    expect([tariff.prices?.[0]?.price.value, tariff.vat]).toEqual([value, { included, rate: 0.05 }]);
  });

  test.each<[string, Json, Json, string]>([
    [
      'a ratio that is not the rate',
      bare([{ value_inc_vat: 0.24, value_exc_vat: 0.2 }]),
      FIVE,
      'vat_ratio $.tariff.prices[0].price',
    ],
    [
      'a rate of its own',
      but(halfHours(), (t) => (t.tariff.vat.rate = 0.2)),
      FIVE,
      'vat_contradiction $.tariff.vat.rate',
    ],
    ['a basis of its own', halfHours(), WITHOUT, 'vat_contradiction $.tariff.vat.included'],
    [
      'two values for one basis',
      bare([{ value: 0.2, value_inc_vat: 0.21 }]),
      FIVE,
      'vat_contradiction $.tariff.prices[0].price.value_inc_vat',
    ],
    ['no basis', bare([price(0.2)]), { vat_rate: 0.05 }, 'vat_unknown $.tariff.vat.included'],
    ['no rate', bare([price(0.2)]), { vat: 'included' }, 'vat_rate_unknown $.tariff.vat.rate'],
  ])('%s is refused', (_name, source, facts, expected) => expect(refused(source, facts)).toEqual([expected]));

  test.each<[string, Json, Json, Json]>([
    ['with VAT of its own', { value: 0.5, vat_included: true }, WITHOUT, { value: 0.5, vat_included: true }],
    ['without a word on VAT', { value: 0.5 }, WITHOUT, { value: 0.5, vat_included: false }],
    [
      'without VAT, served with it',
      { value: 0.5, vat_included: false },
      { ...WITHOUT, output_vat: 'included' },
      { value: 0.525, vat_included: true },
    ],
  ])('a standing charge %s', (_name, charge, facts, expected) => {
    const source = but(bare([price(0.2)]), (t) => (t.tariff.standing_charge = charge));
    expect(accepted(source, facts).tariff.standing_charge).toEqual(expected);
  });
});

describe('what the mapping leaves out is filled in', () => {
  const FILLED = {
    timezone: 'Europe/Madrid',
    currency: 'EUR',
    price_includes: ['energy'],
    vat: 'included',
    vat_rate: 0.21,
  };
  test('zone, currency, VAT and contents', () => {
    const source = but(halfHours(), (t) => {
      const { display_name, provider_tariff_reference, direction, type, structure, prices } = t.tariff;
      t.tariff = { display_name, provider_tariff_reference, direction, type, structure, prices };
    });
    expect(accepted(source, FILLED).tariff).toMatchObject({
      timezone: 'Europe/Madrid',
      currency: 'EUR',
      price_includes: ['energy'],
      vat: { included: true, rate: 0.21 },
      not_expressed: [],
    });
  });

  test('what the mapping says stays', () => {
    const { currency, timezone } = accepted(halfHours(), { currency: 'EUR', timezone: 'Europe/Madrid' }).tariff;
    expect([currency, timezone]).toEqual(['GBP', 'Europe/London']);
  });

  test('a null for what is optional is as good as leaving it out', () => {
    const source = but(halfHours(), (t) => Object.assign(t.tariff, { schedules: null, standing_charge: null }));
    expect(accepted(source)).toEqual(accepted(halfHours()));
  });

  test('confidence is certainty unless the source says otherwise', () =>
    expect(
      accepted(but(halfHours(), (t) => delete t.tariff.prices[0].price.confidence)).tariff.prices?.[0]?.price
        .confidence,
    ).toBe(1));
});

describe('tiers', () => {
  const sizes = (...to_kwh: unknown[]): Json =>
    but(tiered(), (t) => {
      delete t.tariff.schedules[0].tier_period;
      t.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate = to_kwh.map((size) => ({
        ...(size !== undefined && { to_kwh: size }),
        value: 0.3,
      }));
    });
  const thresholds = (source: Json, facts: Json) =>
    accepted(source, facts).tariff.schedules?.[0]?.schedule[0]?.days_and_hours[0]?.hours[0]?.rate.map(
      ({ to_kwh }) => to_kwh,
    );

  test.each<[string, unknown[], Json, (number | null)[]]>([
    ['block sizes are added up', ['10.9589', '8.2192', null], { tiers: 'blocks' }, [10.9589, 19.1781, null]],
    ['equal blocks too', [5, 5, null], { tiers: 'blocks' }, [5, 10, null]],
    ['thresholds stay', [100, 233, 500, null], { tiers: 'cumulative' }, [100, 233, 500, null]],
    ['a missing last threshold is none', [15, undefined], {}, [15, null]],
  ])('%s', (_name, given, facts, expected) =>
    expect(thresholds(sizes(...given), { tier_period: 'P1D', ...facts })).toEqual(expected),
  );

  test('block sizes that were not declared as such are refused when they fall', () =>
    expect(refused(sizes(10.9589, 8.2192, null), { tier_period: 'P1D' })).toEqual([
      'tier_not_rising $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[1].to_kwh',
    ]));

  test('a declared period goes only to what has tiers', () =>
    expect(accepted(flat(), { tier_period: 'P1D' }).tariff.schedules?.[0]).not.toHaveProperty('tier_period'));

  test('a period of the payload’s own wins', () =>
    expect(accepted(tiered(), { tier_period: 'P1M' }).tariff.schedules?.[0]?.tier_period).toBe('P1D'));
});

describe('closed interval ends', () => {
  const rows = (...spans: [string, string][]): Json =>
    but(halfHours(spans.map(() => 0.2)), (t) =>
      spans.forEach(([valid_from, valid_to], index) => Object.assign(t.tariff.prices[index], { valid_from, valid_to })),
    );
  const ends = (source: Json, facts: Json) => accepted(source, facts).tariff.prices?.map(({ valid_to }) => valid_to);

  test.each<[string, [string, string][], string[]]>([
    [
      'last seconds',
      [
        ['2026-05-12T10:00:00Z', '2026-05-12T10:59:59Z'],
        ['2026-05-12T11:00:00Z', '2026-05-12T11:59:59.999Z'],
      ],
      ['2026-05-12T11:00:00Z', '2026-05-12T12:00:00Z'],
    ],
    ['last minutes', [['2026-05-12T10:00:00Z', '2026-05-12T10:59:00Z']], ['2026-05-12T11:00:00Z']],
    ['last minutes without seconds', [['2026-05-12T10:00Z', '2026-05-12T10:59Z']], ['2026-05-12T11:00:00Z']],
  ])('%s', (_name, spans, expected) => expect(ends(rows(...spans), { interval_end: 'closed' })).toEqual(expected));

  test('windows of a day, the last one ending at midnight', () => {
    const hour = (valid_from: string, valid_to: string) => ({ valid_from, valid_to, rate: [{ value: 0.2 }] });
    const source = but(flat(), (t) => {
      t.tariff.schedules[0].schedule[0].days_and_hours[0].hours = [
        hour('00:00:00', '06:59:00'),
        hour('07:00:00', '23:59:59'),
      ];
    });
    const hours = accepted(source, { interval_end: 'closed' }).tariff.schedules?.[0]?.schedule[0]?.days_and_hours[0]
      ?.hours;
    expect(hours?.map(({ valid_to }) => valid_to)).toEqual(['07:00:00', '00:00:00']);
  });

  test('half-open ends declared closed do not fit the grid', () =>
    expect(refused(rows(['2026-05-12T10:00:00Z', '2026-05-12T11:00:00Z']), { interval_end: 'closed' })).toEqual([
      'interval_misaligned $.tariff.prices[0].valid_to',
    ]));
});

describe('applyDeclared alone', () => {
  test('gives the canonical tariff without judging it by the rules', () => {
    const gap = but(halfHours(), (t) => t.tariff.prices.splice(1, 1));
    expect(applyDeclared(gap, declared()).ok).toBe(true);
  });
});
