import { describe, expect, test } from '@jest/globals';
import { acceptTariff, answerProblem } from '../../../src/tariff/model/accept.ts';
import { accepted, but, declared, flat, halfHours, night, NOW, refused, tiered, type Json } from './fixtures.ts';

const row = (valid_from: string, valid_to: string | null, value = 0.2): Json => ({
  valid_from,
  valid_to,
  price: { value, confidence: 1 },
});
const withRows = (...rows: Json[]): Json => but(halfHours(), (t) => (t.tariff.prices = rows));
const hoursOf = (t: Json): Json[] => t.tariff.schedules[0].schedule[0].days_and_hours[0].hours;
const entryOf = (t: Json): Json => t.tariff.schedules[0].schedule[0];
const rateOf = (t: Json): Json[] => hoursOf(t)[0]!.rate;

describe('what is right is accepted', () => {
  test.each([
    ['flat', flat()],
    ['night', night()],
    ['tiered', tiered()],
    ['half-hourly, with negative and zero prices', halfHours()],
    ['series over schedule', but(flat(), (t) => (t.tariff.prices = halfHours().tariff.prices))],
  ])('%s', (_name, source) => expect(refused(source)).toEqual([]));
});

describe('rule 1: error bodies and empty answers', () => {
  test.each([
    ['an error list', { errors: [{ code: 'urn:au-cds:error', title: 'Unsupported Version' }] }],
    ['a GraphQL error beside partial data', { data: { viewer: { homes: [] } }, errors: [{ message: 'timeout' }] }],
    ['a single error', { error: 'invalid_token', error_description: 'expired' }],
    ['a gateway', { message: 'Internal server error' }],
    ['a web framework', { detail: 'Not found.' }],
    ['an RFC 9457 problem', { type: 'about:blank', title: 'Not Found', status: 404 }],
    ['a web page', '<!DOCTYPE html><html><body>Maintenance</body></html>'],
    ['an acknowledgement without data', '<?xml version="1.0"?><Acknowledgement_MarketDocument/>'],
  ])('%s is an error body', (_name, body) => expect(answerProblem(body)?.code).toBe('error_body'));

  test.each([
    ['null', null],
    ['nothing', undefined],
    ['an empty text', ' '],
    ['an empty object', {}],
    ['an empty list', []],
    ['an empty page', { count: 0, next: null, previous: null, results: [] }],
    ['empty data', { data: { prices: [] } }],
  ])('%s is an empty answer', (_name, body) => expect(answerProblem(body)?.code).toBe('empty_answer'));

  test.each([
    ['a list of prices', [{ start: '2026-05-12T00:00:00Z', price: 0 }]],
    ['data beside an empty error list', { errors: [], data: { price: 1 } }],
    ['an agreement with a code and a title', { code: 'E-1R', title: 'Go', status: 'ACTIVE' }],
    ['data with a message', { message: 'ok', prices: [1] }],
    ['a free price', { price: 0 }],
  ])('%s is data', (_name, body) => expect(answerProblem(body)).toBeNull());

  test('an error body in place of a tariff is refused as one', () =>
    expect(refused({ errors: [{ title: 'Unavailable' }] })).toEqual(['error_body $']));

  test.each([
    ['without either', but(flat(), (t) => delete t.tariff.schedules)],
    ['with an empty series', withRows()],
    ['with empty schedules', but(flat(), (t) => (t.tariff.schedules = []))],
  ])('a tariff %s is empty', (_name, source) => expect(refused(source)).toEqual(['tariff_empty $.tariff']));
});

describe('rule 3: the series', () => {
  test('rows come out ascending, whatever the order they came in', () => {
    const [first, second, third] = halfHours().tariff.prices;
    const source = accepted(withRows(third, first, second));
    expect(source.tariff.prices?.map(({ valid_from }) => valid_from)).toEqual([
      '2026-05-12T10:00:00Z',
      '2026-05-12T10:30:00Z',
      '2026-05-12T11:00:00Z',
    ]);
  });

  test('exact duplicates are dropped', () => {
    const [first, second] = halfHours().tariff.prices;
    expect(accepted(withRows(second, first, second)).tariff.prices).toHaveLength(2);
  });

  test('the same instants written with another offset are the same row', () => {
    const twice = withRows(
      row('2026-05-12T10:00:00Z', '2026-05-12T11:00:00Z'),
      row('2026-05-12T11:00:00+01:00', '2026-05-12T12:00:00+01:00'),
    );
    expect(accepted(twice).tariff.prices).toHaveLength(1);
  });

  test('the last row may be open-ended', () =>
    expect(refused(withRows(row('2026-05-12T10:00:00Z', null)))).toEqual([]));

  test.each<[string, Json, string]>([
    [
      'two prices for one interval',
      withRows(
        row('2026-05-12T10:00:00Z', '2026-05-12T11:00:00Z', 0.2),
        row('2026-05-12T10:00:00Z', '2026-05-12T11:00:00Z', 0.21),
      ),
      'series_conflict $.tariff.prices[1]',
    ],
    [
      'an overlap',
      withRows(
        row('2026-05-12T10:00:00Z', '2026-05-12T11:00:00Z'),
        row('2026-05-12T10:30:00Z', '2026-05-12T11:30:00Z'),
      ),
      'series_overlap $.tariff.prices[1]',
    ],
    [
      'a gap',
      withRows(
        row('2026-05-12T10:00:00Z', '2026-05-12T11:00:00Z'),
        row('2026-05-12T11:30:00Z', '2026-05-12T12:00:00Z'),
      ),
      'series_gap $.tariff.prices[1]',
    ],
    [
      'a gap in a list sorted newest first, counted as the source lists it',
      withRows(
        row('2026-05-12T11:30:00Z', '2026-05-12T12:00:00Z'),
        row('2026-05-12T10:00:00Z', '2026-05-12T11:00:00Z'),
      ),
      'series_gap $.tariff.prices[0]',
    ],
    [
      'zero length',
      withRows(
        row('2026-05-12T10:00:00Z', '2026-05-12T10:00:00Z'),
        row('2026-05-12T10:00:00Z', '2026-05-12T11:00:00Z'),
      ),
      'series_zero_length $.tariff.prices[0].valid_to',
    ],
    [
      'an end before its start',
      withRows(row('2026-05-12T11:00:00Z', '2026-05-12T10:00:00Z')),
      'series_backwards $.tariff.prices[0].valid_to',
    ],
    [
      'an open end before the last row',
      withRows(row('2026-05-12T10:00:00Z', null), row('2026-05-12T11:00:00Z', '2026-05-12T12:00:00Z')),
      'series_open_end $.tariff.prices[0].valid_to',
    ],
  ])('%s is refused', (_name, source, expected) => expect(refused(source)).toEqual([expected]));
});

describe('rule 4: every kind of day has its 24 hours exactly once', () => {
  test.each<[string, Json, string]>([
    [
      'a missing hour',
      but(night(), (t) => (hoursOf(t)[2]!.valid_from = '05:30:00')),
      'schedule_gap $.tariff.schedules[0]',
    ],
    [
      'a day that ends early',
      but(flat(), (t) => (hoursOf(t)[0]!.valid_to = '23:30:00')),
      'schedule_gap $.tariff.schedules[0]',
    ],
    [
      'an hour said twice',
      but(night(), (t) => (hoursOf(t)[1]!.valid_to = '05:00:00')),
      'schedule_overlap $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[2]',
    ],
    [
      'missing weekends',
      but(flat(), (t) => (entryOf(t).days_and_hours[0].days = ['Weekday'])),
      'schedule_gap $.tariff.schedules[0]',
    ],
    [
      'a day said twice',
      but(flat(), (t) => entryOf(t).days_and_hours.push({ ...entryOf(t).days_and_hours[0], days: ['Sunday'] })),
      'schedule_overlap $.tariff.schedules[0].schedule[0].days_and_hours[1].hours[0]',
    ],
    [
      'a missing February, its leap day included',
      but(
        flat(),
        (t) => (entryOf(t).months = ['Jan', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']),
      ),
      'schedule_gap $.tariff.schedules[0]',
    ],
    [
      'a window over midnight',
      but(night(), (t) => (hoursOf(t)[2]!.valid_to = '00:30:00')),
      'window_wraps $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[2]',
    ],
  ])('%s is refused', (_name, source, expected) => expect(refused(source)).toEqual([expected]));

  test('kinds of day may be written in any mixture that fits', () =>
    expect(
      refused(
        but(flat(), (t) => {
          const [all] = entryOf(t).days_and_hours;
          entryOf(t).days_and_hours = [
            { ...all, days: ['Weekday', 'Saturday'] },
            { ...all, days: ['Sun'] },
          ];
        }),
      ),
    ).toEqual([]));

  test('three letters of a day come out as its name', () => {
    const source = but(flat(), (t) => {
      const [all] = entryOf(t).days_and_hours;
      entryOf(t).days_and_hours = [
        { ...all, days: ['Weekday'] },
        { ...all, days: ['Sat', 'Sun'] },
      ];
    });
    const days = accepted(source).tariff.schedules?.[0]?.schedule[0]?.days_and_hours[1]?.days;
    expect(days).toEqual(['Saturday', 'Sunday']);
  });
});

describe('schedules follow one another', () => {
  const quarters = (...dates: [string, string | null][]): Json =>
    but(flat(), (t) => {
      const [one] = t.tariff.schedules;
      t.tariff.schedules = dates.map(([valid_from, valid_to]) => ({ ...one, valid_from, valid_to }));
    });

  test('they come out by date', () => {
    const source = accepted(quarters(['2026-04-01', null], ['2026-01-01', '2026-04-01']));
    expect(source.tariff.schedules?.map(({ valid_from }) => valid_from)).toEqual([
      '2026-01-01T00:00:00+00:00',
      '2026-04-01T00:00:00+01:00',
    ]);
  });

  test.each<[string, Json, string]>([
    [
      'overlapping',
      quarters(['2026-01-01', '2026-04-02'], ['2026-04-01', null]),
      'schedule_dates_overlap $.tariff.schedules[1]',
    ],
    [
      'with a gap',
      quarters(['2026-01-01', '2026-04-01'], ['2026-04-02', null]),
      'schedule_dates_gap $.tariff.schedules[1]',
    ],
    [
      'after an open-ended one',
      quarters(['2026-01-01', null], ['2026-04-01', null]),
      'schedule_dates_overlap $.tariff.schedules[1]',
    ],
    ['of no length', quarters(['2026-01-01', '2026-01-01']), 'schedule_dates_empty $.tariff.schedules[0].valid_to'],
  ])('%s is refused', (_name, source, expected) => expect(refused(source)).toEqual([expected]));
});

describe('rule 6: intervals are on the settlement grid', () => {
  test.each<[string, Json, string]>([
    [
      'a start one second late',
      withRows(row('2026-05-12T10:00:01Z', '2026-05-12T10:30:00Z')),
      'interval_misaligned $.tariff.prices[0].valid_from',
    ],
    [
      'a closed end',
      withRows(row('2026-05-12T10:00:00Z', '2026-05-12T10:59:59Z')),
      'interval_misaligned $.tariff.prices[0].valid_to',
    ],
    [
      'seven minutes',
      withRows(row('2026-05-12T10:00:00Z', '2026-05-12T10:07:00Z')),
      'interval_misaligned $.tariff.prices[0].valid_to',
    ],
  ])('%s is refused', (_name, source, expected) => expect(refused(source)).toEqual([expected]));

  test('a closed window is refused twice over: it is off the grid and leaves a gap', () =>
    expect(refused(but(flat(), (t) => (hoursOf(t)[0]!.valid_to = '23:59:00')))).toEqual([
      'schedule_gap $.tariff.schedules[0]',
      'interval_misaligned $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].valid_to',
    ]));

  test.each([5, 15, 30, 60])('%d minutes are accepted', (minutes) => {
    const end = Temporal.Instant.from('2026-05-12T10:00:00Z').add({ minutes }).toString();
    expect(refused(withRows(row('2026-05-12T10:00:00Z', end)))).toEqual([]);
  });
});

describe('rule 7: tiers', () => {
  const rate = '$.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate';
  test.each<[string, Json, string]>([
    [
      'thresholds that do not rise',
      but(tiered(), (t) => (rateOf(t)[1]!.to_kwh = 10)),
      `tier_not_rising ${rate}[1].to_kwh`,
    ],
    [
      'a first threshold of zero',
      but(tiered(), (t) => (rateOf(t)[0]!.to_kwh = 0)),
      `tier_not_rising ${rate}[0].to_kwh`,
    ],
    [
      'a last tier with a threshold',
      but(tiered(), (t) => (rateOf(t)[2]!.to_kwh = 30)),
      `tier_bounded ${rate}[2].to_kwh`,
    ],
    [
      'a tier without one before the last',
      but(tiered(), (t) => (rateOf(t)[0]!.to_kwh = null)),
      `tier_unbounded ${rate}[0].to_kwh`,
    ],
    ['a single bounded tier', but(flat(), (t) => (rateOf(t)[0]!.to_kwh = 30)), `tier_bounded ${rate}[0].to_kwh`],
    [
      'tiers without a period',
      but(tiered(), (t) => delete t.tariff.schedules[0].tier_period),
      'tier_period_missing $.tariff.schedules[0].tier_period',
    ],
  ])('%s are refused', (_name, source, expected) => expect(refused(source)).toEqual([expected]));

  test('prices need not rise', () => expect(refused(tiered())).toEqual([]));
});

describe('rule 8: sanity', () => {
  const details = (source: Json, facts: Json = {}): string => {
    const answer = acceptTariff(source, declared(facts), NOW);
    return answer.ok ? 'accepted' : answer.problems.map(({ detail }) => detail).join('\n');
  };
  const price = 'price_out_of_bounds $.tariff.prices[0].price.value';

  test.each<[string, Json, Json, string]>([
    ['pence read as pounds', halfHours([28.35, 7.5]), {}, price],
    ['a few pence read as pounds', halfHours([4.1, 4.1]), {}, price],
    ['EUR/MWh read as EUR/kWh', but(halfHours([85.59, 5.3]), (t) => (t.tariff.currency = 'EUR')), {}, price],
    [
      'EUR/MWh divided by ten only',
      but(halfHours([85.59, 53]), (t) => (t.tariff.currency = 'EUR')),
      { price_divisor: 10 },
      price,
    ],
    [
      'a schedule in cents',
      but(flat(), (t) => (rateOf(t)[0]!.value = 52.7)),
      {},
      'price_out_of_bounds $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[0].value',
    ],
    [
      'a retail price divided once too often',
      but(halfHours([0.2835, 0.3]), (t) => (t.tariff.structure = 'FIXED')),
      { price_divisor: 100 },
      'price_out_of_bounds $.tariff.prices[1].price.value',
    ],
    [
      'pence a day read as pounds',
      but(flat(), (t) => (t.tariff.standing_charge = { value: 47.85, vat_included: true })),
      {},
      'standing_charge_out_of_bounds $.tariff.standing_charge.value',
    ],
    [
      'a currency nobody knows the prices of',
      but(flat(), (t) => (t.tariff.currency = 'XAF')),
      {},
      'price_limit_undeclared $.tariff.currency',
    ],
    ['more than a declared limit', halfHours([0.9, 0.1]), { price_limit: 0.8 }, price],
  ])('%s is refused', (_name, source, facts, expected) => expect(refused(source, facts)).toEqual([expected]));

  test.each<[string, Json, Json, string]>([
    ['undivided pence', halfHours([28.35, 28.35]), {}, 'price_divisor 100 or 1000 would explain it, declared is 1'],
    ['undivided EUR/MWh', halfHours([285.9, 153]), {}, 'price_divisor 1000 would explain it, declared is 1'],
    [
      'pounds divided as pence',
      but(halfHours([0.2835]), (t) => (t.tariff.structure = 'FIXED')),
      { price_divisor: 100 },
      'price_divisor 1 would explain it, declared is 100',
    ],
  ])('the divisor that explains %s is named', (_name, source, facts, expected) =>
    expect(details(source, facts)).toContain(expected),
  );

  test.each<[string, Json, Json]>([
    ['a negative series', halfHours([-0.3, -0.02]), {}],
    ['a free tariff', but(flat(), (t) => (rateOf(t)[0]!.value = 0)), {}],
    ['a market price next to nothing', halfHours([0.0001, 0.0002]), {}],
    ['a scarcity price among usual ones', halfHours([0.2, 0.2, 0.9, 0.2]), {}],
    [
      'a small feed-in price',
      but(flat(), (t) => {
        t.tariff.direction = 'EXPORT';
        rateOf(t)[0]!.value = 0.001;
      }),
      {},
    ],
    [
      'a currency with a declared limit',
      but(halfHours([110, 90]), (t) => (t.tariff.currency = 'XAF')),
      { price_limit: 1000 },
    ],
  ])('%s is accepted', (_name, source, facts) => expect(refused(source, facts)).toEqual([]));

  test.each([NaN, Infinity])('%d is no price', (value) =>
    expect(refused(halfHours([value]))).toEqual(['not_finite $.tariff.prices[0].price.value']),
  );
});

describe('rule 11: the contract', () => {
  const term = (start_date: string, end_date: string | null): Json =>
    but(flat(), (t) => (t.contract = { start_date, end_date }));

  test.each<[string, Json, string]>([
    ['that begins tomorrow', term('2026-05-13', null), 'contract_not_started $.contract.start_date'],
    ['that is over', term('2026-01-01', '2026-05-12'), 'contract_ended $.contract.end_date'],
    ['that ends before it begins', term('2026-01-01', '2025-12-31'), 'contract_backwards $.contract.end_date'],
    ['of no length', term('2026-01-01', '2026-01-01'), 'contract_backwards $.contract.end_date'],
  ])('a contract %s is refused', (_name, source, expected) => expect(refused(source)).toEqual([expected]));

  test('an end nobody gave is no end', () =>
    expect(accepted(but(flat(), (t) => delete t.contract.end_date)).contract.end_date).toBeNull());

  test('a date alone is local midnight', () =>
    expect(accepted(term('2026-04-01', '2026-11-01')).contract).toEqual({
      start_date: '2026-04-01T00:00:00+01:00',
      end_date: '2026-11-01T00:00:00+00:00',
    }));

  test('local midnight is the first minute of a day whose midnight clocks skip', () => {
    const source = but(term('2026-04-24', null), (t) => (t.tariff.timezone = 'Africa/Cairo'));
    expect(accepted(source).contract.start_date).toBe('2026-04-24T01:00:00+03:00');
  });

  test('a contract may begin at this very instant', () => expect(refused(term(NOW.toString(), null))).toEqual([]));
});
