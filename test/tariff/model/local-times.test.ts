import { describe, expect, test } from '@jest/globals';
import { accepted, but, halfHours, refused, type Json } from './fixtures.ts';

/** `[from, to]` pairs of wall-clock times, each an hour or half an hour of a day at a price of its own. */
const local = (spans: [string, string | null][]): Json =>
  but(halfHours(spans.map((_span, index) => (10 + index) / 100)), (t) => {
    t.contract = { start_date: '2021-01-01', end_date: null };
    spans.forEach(([valid_from, valid_to], index) => Object.assign(t.tariff.prices[index], { valid_from, valid_to }));
  });

const hours = (day: string, ...clocks: string[]): [string, string][] =>
  clocks.slice(1).map((end, index) => [`${day}T${clocks[index] ?? ''}`, `${day}T${end}`]);

const spans = (source: Json, timezone: string): string[] =>
  accepted(source, { timezone }).tariff.prices?.map(
    ({ valid_from, valid_to }) => `${valid_from.slice(5, 16)} ${valid_to?.slice(5, 16) ?? ''}`,
  ) ?? [];

describe('rule 5: local times need a declared zone', () => {
  test('without one they are refused', () =>
    expect(refused(local(hours('2026-05-01', '10:00:00', '11:00:00')))).toEqual([
      'zone_undeclared $.tariff.prices[0].valid_from',
      'zone_undeclared $.tariff.prices[0].valid_to',
    ]));

  test("the tariff's own zone is not a declaration about the source's clock", () =>
    expect(refused(but(local([['2026-05-01T10:00:00', null]]), (t) => (t.tariff.timezone = 'Europe/Madrid')))).toEqual([
      'zone_undeclared $.tariff.prices[0].valid_from',
    ]));

  test('with one they become instants, seven fractional digits or not', () =>
    expect(spans(local([['2026-04-19T00:00:00.0000000', '2026-04-19T01:00:00']]), 'Europe/Amsterdam')).toEqual([
      '04-18T22:00 04-18T23:00',
    ]));

  test('a date is the start of its day', () =>
    expect(spans(local([['2026-04-19', '2026-04-20']]), 'Europe/Amsterdam')).toEqual(['04-18T22:00 04-19T22:00']));

  test('a contract with a local time too', () => {
    const source = but(halfHours(), (t) => (t.contract.start_date = '2026-04-01T00:00:00'));
    expect(accepted(source, { timezone: 'Europe/London' }).contract.start_date).toBe('2026-04-01T00:00:00+01:00');
    expect(refused(source)).toEqual(['zone_undeclared $.contract.start_date']);
  });

  test.each([
    ['skipped', '2026-03-29T01:30:00', 'local_time_missing'],
    ['repeated', '2025-10-26T01:30:00', 'local_time_ambiguous'],
  ])('a contract that begins at a %s time is refused', (_name, start_date, code) =>
    expect(
      refused(
        but(halfHours(), (t) => (t.contract.start_date = start_date)),
        { timezone: 'Europe/London' },
      ),
    ).toEqual([`${code} $.contract.start_date`]),
  );
});

describe('clocks go forward', () => {
  const spring = hours('2026-03-29', '00:00:00', '01:00:00');
  const after = hours('2026-03-29', '02:00:00', '03:00:00');

  test('the last hour before ends at the change', () =>
    expect(spans(local([...spring, ...after]), 'Europe/London')).toEqual([
      '03-29T00:00 03-29T01:00',
      '03-29T01:00 03-29T02:00',
    ]));

  test('also when it is the last row', () =>
    expect(spans(local(spring), 'Europe/London')).toEqual(['03-29T00:00 03-29T01:00']));

  test('and when ends are written with the new clock', () =>
    expect(spans(local([['2026-03-29T00:00:00', '2026-03-29T02:00:00'], ...after]), 'Europe/London')).toHaveLength(2));

  test('a row that begins at a skipped time is refused', () =>
    expect(
      refused(local(hours('2026-03-29', '00:00:00', '01:00:00', '02:00:00')), { timezone: 'Europe/London' }),
    ).toEqual(['local_time_missing $.tariff.prices[1].valid_from']));

  test('a row that ends within the skipped hour is refused', () =>
    expect(refused(local(hours('2026-03-29', '00:00:00', '01:30:00')), { timezone: 'Europe/London' })).toEqual([
      'local_time_missing $.tariff.prices[0].valid_to',
    ]));
});

describe('clocks go back', () => {
  const day = '2021-10-31';
  const madrid = [
    '10-30T23:00 10-31T00:00',
    '10-31T00:00 10-31T01:00',
    '10-31T01:00 10-31T02:00',
    '10-31T02:00 10-31T03:00',
  ];
  const twice = (ending: [string, string]): [string, string][] => [
    [`${day}T01:00:00`, `${day}T02:00:00`],
    [`${day}T02:00:00`, `${day}T${ending[0]}`],
    [`${day}T02:00:00`, `${day}T${ending[1]}`],
    [`${day}T03:00:00`, `${day}T04:00:00`],
  ];

  test.each<[string, [string, string][]]>([
    ['each ending at 03:00', twice(['03:00:00', '03:00:00'])],
    ['the first ending at 02:00 again', twice(['02:00:00', '03:00:00'])],
    ['listed newest first', twice(['03:00:00', '03:00:00']).reverse()],
  ])('the hour listed twice is two hours, in order: %s', (_name, rows) =>
    expect(spans(local(rows), 'Europe/Madrid')).toEqual(madrid),
  );

  test('the first of the two prices is the earlier one, also newest first', () => {
    const source = local(twice(['03:00:00', '03:00:00']).reverse());
    const values = accepted(source, { timezone: 'Europe/Madrid' }).tariff.prices?.map(({ price }) => price.value);
    expect(values).toEqual([0.13, 0.12, 0.11, 0.1]);
  });

  test('half-hours, and clocks that change by half an hour only', () => {
    const rows: [string, string][] = [
      ['2026-04-05T01:00:00', '2026-04-05T01:30:00'],
      ['2026-04-05T01:30:00', '2026-04-05T02:00:00'],
      ['2026-04-05T01:30:00', '2026-04-05T02:00:00'],
      ['2026-04-05T02:00:00', '2026-04-05T02:30:00'],
    ];
    expect(spans(local(rows), 'Australia/Lord_Howe')).toEqual([
      '04-04T14:00 04-04T14:30',
      '04-04T14:30 04-04T15:00',
      '04-04T15:00 04-04T15:30',
      '04-04T15:30 04-04T16:00',
    ]);
  });

  test('a repeated hour listed once is refused: one price is missing, and nobody knows which', () =>
    expect(
      refused(local(hours(day, '01:00:00', '02:00:00', '03:00:00', '04:00:00')), { timezone: 'Europe/Madrid' }),
    ).toContain('local_time_ambiguous $.tariff.prices[1].valid_from'));

  test('a repeated hour listed three times is refused', () => {
    const rows = twice(['03:00:00', '03:00:00']);
    const again = rows[1] ?? ['', ''];
    expect(refused(local([...rows, again]), { timezone: 'Europe/Madrid' })).toContain(
      'local_time_ambiguous $.tariff.prices[4].valid_from',
    );
  });

  test('an end at a repeated time with nothing after it is refused', () =>
    expect(refused(local(hours(day, '01:00:00', '02:30:00')), { timezone: 'Europe/Madrid' })).toEqual([
      'local_time_ambiguous $.tariff.prices[0].valid_to',
    ]));

  test('times with an offset are never in doubt', () =>
    expect(
      spans(
        local([
          [`${day}T02:00:00+02:00`, `${day}T02:00:00+01:00`],
          [`${day}T02:00:00+01:00`, `${day}T03:00:00+0100`],
        ]),
        'Europe/Madrid',
      ),
    ).toEqual(madrid.slice(1, 3)));
});
