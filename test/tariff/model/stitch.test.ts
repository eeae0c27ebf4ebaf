import { describe, expect, test } from '@jest/globals';
import { coverageOf } from '../../../src/tariff/model/coverage.ts';
import { withEstimate } from '../../../src/tariff/model/estimate.ts';
import { nextUpdate } from '../../../src/tariff/model/next-update.ts';
import { noticesOf } from '../../../src/tariff/model/notices.ts';
import { priceAt, pricesBetween } from '../../../src/tariff/model/prices.ts';
import type { SourceTariff } from '../../../src/tariff/model/provider-tariff.ts';
import { stitch } from '../../../src/tariff/model/stitch.ts';
import { accepted, but, flat, NOW, refused, tiered, type Json } from './fixtures.ts';

/** Rule 11, second half: what follows a contract's end. Now is 11:00 UTC, the present contract ends at 17:00. */
const SEAM = '2026-05-12T17:00:00Z';
const END = '2026-05-14T00:00:00Z';
const at = (text: string) => Temporal.Instant.from(text);

const OURS = 0.2835;
const THEIRS = 0.4;

/** Hourly rows of one price. */
const hours = (value: number, from: string, to: string): Json[] => {
  const count = at(from).until(at(to)).total('hours');
  return Array.from({ length: count }, (_, index) => ({
    valid_from: at(from).add({ hours: index }).toString(),
    valid_to: at(from)
      .add({ hours: index + 1 })
      .toString(),
    price: { value, confidence: 1 },
  }));
};

const series = (value: number, from: string, to: string, source = flat()): Json =>
  but(source, ({ tariff }) => {
    if (source.tariff.schedules[0].tier_period === undefined) delete tariff.schedules;
    tariff.structure = 'DYNAMIC';
    tariff.prices = hours(value, from, to);
  });
const beside = (source: Json, value: number, from: string, to: string): Json =>
  but(source, ({ tariff }) => (tariff.prices = hours(value, from, to)));

const rated = (value: number, source = flat()): Json =>
  but(source, ({ tariff }) => (tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[0].value = value));

const present = (raw: Json): SourceTariff => accepted(but(raw, (copy) => (copy.contract.end_date = SEAM)));
const next = (raw: Json, from = SEAM): SourceTariff =>
  accepted(
    but(raw, (copy) => (copy.contract = { start_date: from, end_date: END })),
    {},
    at(from),
  );

function stitched(left: Json, right: Json): SourceTariff {
  const result = stitch(present(left), next(right));
  if (!result.ok) throw new Error(result.code);
  return result.tariff;
}
const refusal = (left: Json, right: Json): string | null => {
  const result = stitch(present(left), next(right));
  return result.ok ? null : result.code;
};

const FROM = '2026-05-12T10:00:00Z';
const LONG = '2026-05-20T00:00:00Z';

describe('two agreements with different prices', () => {
  /** Those of the first are 0.2835 and those of the second 0.4, whichever way they are said. */
  const cases: [string, Json, Json][] = [
    ['schedule, schedule', flat(), rated(THEIRS)],
    ['schedule, series from the seam', flat(), series(THEIRS, SEAM, LONG)],
    ['schedule, series known from before', flat(), series(THEIRS, FROM, LONG)],
    ['series to the seam, schedule', series(OURS, FROM, SEAM), rated(THEIRS)],
    ['series beyond the seam, schedule', series(OURS, FROM, LONG), rated(THEIRS)],
    ['series, series', series(OURS, FROM, LONG), series(THEIRS, FROM, LONG)],
    [
      'series and then schedule, series',
      beside(flat(), OURS, FROM, '2026-05-12T13:00:00Z'),
      series(THEIRS, SEAM, LONG),
    ],
    [
      'series, schedule and then series',
      series(OURS, FROM, SEAM),
      beside(rated(THEIRS), THEIRS, '2026-05-13T04:00:00Z', LONG),
    ],
    [
      'series and then schedule, twice',
      beside(flat(), OURS, FROM, '2026-05-12T13:00:00Z'),
      beside(rated(THEIRS), THEIRS, SEAM, '2026-05-12T20:00:00Z'),
    ],
    [
      'one open-ended row, another',
      but(series(OURS, FROM, LONG), ({ tariff }) => (tariff.prices = [{ ...tariff.prices[0], valid_to: null }])),
      but(series(THEIRS, FROM, LONG), ({ tariff }) => (tariff.prices = [{ ...tariff.prices[0], valid_to: null }])),
    ],
  ];

  test.each(cases)('%s: each up to its own end, to the instant', (_name, left, right) => {
    const both = stitched(left, right);
    const priced = ['2026-05-12T11:00:00Z', '2026-05-12T16:59:59.999Z', SEAM, '2026-05-13T23:59:59.999Z', END];
    expect(priced.map((text) => priceAt(both, at(text))?.value ?? null)).toEqual([OURS, OURS, THEIRS, THEIRS, null]);
  });

  test.each(cases)('%s: without a hole, cut at the seam', (_name, left, right) => {
    const rows = pricesBetween(stitched(left, right), NOW, at(LONG));
    expect(rows.map(({ valid_from }) => valid_from).slice(1)).toEqual(
      rows.map(({ valid_to }) => valid_to).slice(0, -1),
    );
    expect([rows[0]?.valid_from, rows.at(-1)?.valid_to]).toEqual([NOW.toString(), END]);
    expect(rows.map(({ valid_from }) => valid_from)).toContain(SEAM);
  });

  test.each(cases)('%s: a tariff every rule agrees with', (_name, left, right) => {
    const { contract, tariff } = stitched(left, right);
    expect(refused({ contract, tariff })).toEqual([]);
  });

  test.each(cases)('%s: what stands in it ends with its agreement', (_name, left, right) => {
    const { tariff } = stitched(left, right);
    const ends = [...(tariff.schedules ?? []), ...(tariff.prices ?? [])].map(({ valid_to }) => valid_to);
    expect(ends.filter((end) => end === null || Temporal.Instant.compare(end, END) > 0)).toEqual([]);
  });
});

test('schedules are dated by the contracts', () =>
  expect(
    stitched(flat(), rated(THEIRS)).tariff.schedules?.map(({ valid_from, valid_to }) => [valid_from, valid_to]),
  ).toEqual([
    ['2026-01-01T00:00:00+00:00', SEAM],
    [SEAM, END],
  ]));

test('tiers stay tiers on either side', () => {
  const both = stitched(tiered(), rated(THEIRS, tiered()));
  expect([NOW, at(SEAM)].map((instant) => priceAt(both, instant)?.tiers?.[0]?.value)).toEqual([0.31, THEIRS]);
});

test('contract, name and structure stay those of the agreement in force', () => {
  const right = but(series(THEIRS, FROM, LONG), ({ tariff }) => (tariff.display_name = 'Next'));
  expect(stitched(flat(), right)).toMatchObject({
    contract: { start_date: '2026-01-01T00:00:00+00:00', end_date: SEAM },
    tariff: { display_name: 'Harbour Fixed', structure: 'FIXED' },
    following: { contract: { start_date: SEAM, end_date: END }, structure: 'DYNAMIC' },
  });
});

describe('what a document says once', () => {
  const changed = (change: Json): Json => but(rated(THEIRS), ({ tariff }) => Object.assign(tariff, change));

  test.each<[string, Json]>([
    ['currency', { currency: 'EUR' }],
    ['zone', { timezone: 'Europe/Dublin' }],
    ['VAT basis', { vat: { included: false, rate: 0.05 } }],
    ['VAT rate', { vat: { included: true, rate: 0.2 } }],
    ['direction', { direction: 'EXPORT' }],
    ['type', { type: 'NON_COMMODITY' }],
    ['contents of a price', { price_includes: ['energy'] }],
  ])('another %s is not stitched on', (_name, change) =>
    expect(refusal(flat(), changed(change))).toBe('agreements_differ'),
  );

  test('the same contents in another order are the same', () =>
    expect(refusal(flat(), changed({ price_includes: ['taxes', 'levies', 'network', 'energy'] }))).toBeNull());
});

describe('is not stitched on', () => {
  test.each<[string, Json, Json, string]>([
    ['a present not known to its end', series(OURS, FROM, '2026-05-12T16:00:00Z'), rated(THEIRS), 'seam_not_known'],
    ['a next not known from its beginning', flat(), series(THEIRS, '2026-05-12T18:00:00Z', LONG), 'seam_not_known'],
    [
      'a series that only tiers lead up to',
      beside(tiered(), OURS, FROM, '2026-05-12T13:00:00Z'),
      series(THEIRS, SEAM, LONG),
      'seam_not_expressible',
    ],
    [
      'a schedule that only a series leads up to',
      but(beside(flat(), OURS, FROM, SEAM), ({ tariff }) => (tariff.schedules[0].valid_to = '2026-05-12T13:00:00Z')),
      rated(THEIRS),
      'seam_not_expressible',
    ],
  ])('%s', (_name, left, right, code) => expect(refusal(left, right)).toBe(code));

  test.each(['2026-05-12T16:59:59Z', '2026-05-12T17:00:01Z'])('one that begins at %s', (from) =>
    expect(stitch(present(flat()), next(rated(THEIRS), from))).toEqual({ ok: false, code: 'agreements_apart' }),
  );

  test('anything to a contract without an end', () => {
    const open = accepted(but(flat(), (copy) => (copy.contract.end_date = null)));
    expect(stitch(open, next(rated(THEIRS)))).toEqual({ ok: false, code: 'agreements_apart' });
  });
});

describe('standing charges and remarks', () => {
  const charging = (source: Json, value: number, remarks: Json[] = []): Json =>
    but(source, ({ tariff }) => {
      tariff.standing_charge = { value, vat_included: true };
      tariff.not_expressed = remarks;
    });
  const demand = { code: 'demand_charge', detail: '1.20 per kW a month' };

  test('the present charge stays, another is said with its date', () =>
    expect(stitched(charging(flat(), 0.46), charging(rated(THEIRS), 0.5)).tariff).toMatchObject({
      standing_charge: { value: 0.46 },
      not_expressed: [
        {
          code: 'next_standing_charge',
          detail: `from ${SEAM}: standing charge 0.5 GBP a day, VAT included`,
        },
      ],
    }));

  test('one that ends is not promised', () =>
    expect(stitched(charging(flat(), 0.46), rated(THEIRS)).tariff.not_expressed).toEqual([
      { code: 'next_standing_charge', detail: `from ${SEAM}: standing charge not known` },
    ]));

  test('the same charge and the same remarks are said once', () =>
    expect(
      stitched(charging(flat(), 0.46, [demand]), charging(rated(THEIRS), 0.46, [demand])).tariff.not_expressed,
    ).toEqual([demand]));

  test('the next agreement’s own remarks have its date', () =>
    expect(
      stitched(
        flat(),
        but(rated(THEIRS), ({ tariff }) => (tariff.not_expressed = [demand])),
      ).tariff,
    ).toMatchObject({ not_expressed: [{ code: 'demand_charge', detail: `from ${SEAM}: 1.20 per kW a month` }] }));
});

describe('served', () => {
  test('it is covered across the seam, to the end of the next agreement', () =>
    expect(coverageOf(stitched(flat(), rated(THEIRS)), NOW)).toMatchObject({ to: END, status: 'complete' }));

  test('prices not yet published after the seam are awaited', () => {
    const both = stitched(flat(), series(THEIRS, SEAM, '2026-05-13T00:00:00Z'));
    expect(coverageOf(both, NOW)).toMatchObject({
      to: '2026-05-13T00:00:00Z',
      status: 'partial',
      reason: 'awaiting_publication',
    });
  });

  test('it says that a contract ends and that the next is known', () => {
    const both = stitched(flat(), rated(THEIRS));
    const notices = noticesOf(both, coverageOf(both, NOW), NOW);
    expect(notices.map(({ code }) => code)).toEqual(['contract_ending', 'next_agreement_known']);
    expect(notices[1]?.detail).toContain(SEAM);
  });

  test('it is asked for again at the seam, where the contract changes', () => {
    const both = stitched(flat(), rated(THEIRS));
    expect(nextUpdate(both, coverageOf(both, NOW), NOW).toString()).toBe(SEAM);
  });

  test('an estimate never takes the old agreement’s prices for the new one’s', () => {
    const right = series(THEIRS, SEAM, '2026-05-12T20:00:00Z');
    const both = stitched(series(OURS, '2026-05-11T10:00:00Z', SEAM), right);
    const filled = withEstimate(both, { from: 'previous_day', confidence: 0.5 }, NOW);
    expect(filled.tariff.prices).toEqual(both.tariff.prices);
  });
});
