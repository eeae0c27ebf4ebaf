import { describe, expect, test } from '@jest/globals';
import { accepted, but, expected, facts, refused, rowsOf, sample, summary, withSamples, type Json } from './support.ts';

const declare = { vat_rate: 0.21 };

describe('an ESIOS indicator', () => {
  const now = '2024-03-08T23:30:00Z';
  const value = (datetime_utc: string, geo_id: number, price: number) => ({ value: price, datetime_utc, geo_id });
  const day = (): Json => ({
    indicator: {
      id: 1001,
      tiempo: [{ name: 'Hora', id: 4 }],
      values: [
        value('2024-03-08T23:00:00Z', 8741, 44.98),
        value('2024-03-08T23:00:00Z', 8744, 51.2),
        value('2024-03-09T00:00:00Z', 8741, 43.1),
        value('2024-03-09T00:00:00Z', 8744, 50.07),
      ],
    },
  });

  test.each([
    [8741, 'PVPC Península', 'Europe/Madrid', [0.04498, 0.0431]],
    ['8744', 'PVPC Ceuta', 'Europe/Madrid', [0.0512, 0.05007]],
  ])('for territory %s', (geo_id, display_name, timezone, prices) => {
    const source = accepted('esios', day(), { now, declare, select: { geo_id } });
    expect(source.tariff).toMatchObject({
      display_name,
      timezone,
      currency: 'EUR',
      vat: { included: false, rate: 0.21 },
    });
    expect(rowsOf(source).map((row) => row[2])).toEqual(prices);
  });

  test('in quarters of an hour', () => {
    const finer = but(day(), ({ indicator }) => {
      indicator.tiempo[0].name = 'Quince minutos';
      indicator.values = [value('2024-03-08T23:30:00Z', 8742, 40)];
    });
    const source = accepted('esios', finer, { now, declare, select: { markup_per_kwh: 0.005 } });
    expect(source.tariff.timezone).toBe('Atlantic/Canary');
    expect(rowsOf(source)).toEqual([['2024-03-08T23:30:00Z', '2024-03-08T23:45:00Z', 0.045]]);
  });

  test.each<[string, (payload: Json) => void, Json, string]>([
    ['no territory', () => undefined, {}, 'several_areas select.geo_id'],
    ['a territory nobody knows', () => undefined, { geo_id: 1 }, 'unknown_value select.geo_id'],
    ['a territory that is not there', () => undefined, { geo_id: 8745 }, 'selects_nothing select.geo_id'],
    [
      'another length of interval',
      ({ indicator }) => (indicator.tiempo[0].name = 'Día'),
      { geo_id: 8741 },
      'unknown_value $.indicator.tiempo[0].name',
    ],
    [
      'a value in words',
      ({ indicator }) => (indicator.values[0].value = '44,98'),
      { geo_id: 8741 },
      'unparsed_number $.indicator.values[0].value',
    ],
    [
      'an hour twice',
      ({ indicator }) => indicator.values.push(value('2024-03-09T00:00:00Z', 8741, 1)),
      { geo_id: 8741 },
      'series_conflict $.tariff.prices[2]',
    ],
  ])('is refused with %s', (_, change, select, problem) =>
    expect(refused('esios', but(day(), change), { now, declare, select })).toEqual([problem]),
  );
});

describe('a PVPC archive', () => {
  /** A day of Red Eléctrica's: `labels` are the first hours of its rows, each of which costs 100 EUR/MWh plus its own number. */
  const day = (Dia: string, labels: number[]): Json => ({
    PVPC: labels.map((hour) => ({
      Dia,
      Hora: [hour, hour + 1].map((part) => String(part).padStart(2, '0')).join('-'),
      PCB: `${100 + hour},50`,
      CYM: `${200 + hour},50`,
    })),
  });
  const hours = (count: number) => Array.from({ length: count }, (_, hour) => hour);
  const spring = () =>
    day(
      '27/03/2022',
      hours(24).filter((hour) => hour !== 2),
    );
  const autumn = () => day('30/10/2022', hours(25));
  const select = { geo_id: 8741 };
  const at = (day_: Json, now: string, way: Json = select) =>
    rowsOf(accepted('esios', day_, { now, declare, select: way }));

  test('of an ordinary day has a row per hour', () =>
    expect(at(day('15/06/2022', hours(24)), '2022-06-15T10:00:00Z').at(-1)).toEqual([
      '2022-06-15T21:00:00Z',
      '2022-06-15T22:00:00Z',
      0.1235,
    ]));

  test('in spring goes from 02:00 to 03:00 without a gap', () => {
    const rows = at(spring(), '2022-03-27T10:00:00Z');
    expect(rows).toHaveLength(23);
    expect(rows.slice(1, 3)).toEqual([
      ['2022-03-27T00:00:00Z', '2022-03-27T01:00:00Z', 0.1015],
      ['2022-03-27T01:00:00Z', '2022-03-27T02:00:00Z', 0.1035],
    ]);
  });

  test('in autumn has a 25th hour', () =>
    expect(at(autumn(), '2022-10-30T10:00:00Z').at(-1)).toEqual([
      '2022-10-30T22:00:00Z',
      '2022-10-30T23:00:00Z',
      0.1245,
    ]));

  test('has a column for Ceuta and Melilla', () =>
    expect(at(autumn(), '2022-10-30T10:00:00Z', { geo_id: 8745 })[0]).toContain(0.2005));

  test.each<[string, Json, Json, string]>([
    ['no territory', autumn(), {}, 'several_areas select.geo_id'],
    ['24 rows on a day of 25 hours', day('30/10/2022', hours(24)), select, 'day_incomplete $.PVPC[0]'],
    ['24 rows on a day of 23 hours', day('27/03/2022', hours(24)), select, 'day_incomplete $.PVPC[0]'],
    ['an hour twice', day('15/06/2022', [...hours(23), 22]), select, 'day_incomplete $.PVPC[0]'],
    ['a decimal point', but(autumn(), ({ PVPC }) => (PVPC[3].PCB = '103.50')), select, 'unparsed_number $.PVPC[3].PCB'],
    ['a day the calendar lacks', day('31/06/2022', hours(24)), select, 'malformed_time $.PVPC[0].Dia'],
    ['an American day', day('2022-06-15', hours(24)), select, 'malformed_time $.PVPC[0].Dia'],
    ['neither shape', { PVPCs: [1] }, select, 'missing $.indicator'],
  ])('is refused with %s', (_, payload, selected, problem) =>
    expect(refused('esios', payload, { now: '2022-06-15T10:00:00Z', declare, select: selected })[0]).toBe(problem),
  );
});

withSamples('real PVPC days agree with an independent computation', () => {
  test.each([
    ['pvpc-esios/PRICES_ESIOS_1001_2024_03_09.json', '2024-03-09T12:00:00Z'],
    ['pvpc-esios/PVPC_CURV_DD_2021_10_31.json', '2021-10-31T12:00:00Z'],
  ])('%s', (file, now) =>
    expect(summary(accepted('esios', sample(file), { now, declare, select: { geo_id: 8741 } }))).toEqual(
      facts(expected(file)),
    ),
  );
});
