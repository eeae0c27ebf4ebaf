import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createMapper } from '../../src/tariff/mapping/mapper.ts';
import type { SourceTariff } from '../../src/tariff/model/provider-tariff.ts';
import { parseXml } from '../../src/tariff/presets/xml.ts';
import { expected, facts, rowsOf, sample, summary, withSamples, type Json } from '../tariff/presets/support.ts';
import * as example from './example-mapping.ts';
import { but, type Way } from './example-mapping.ts';

/** The mappings docs/example-mappings.md shows, on payloads shaped like each format, and on real ones where they are. */

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/example-mappings.md'), 'utf8');
const text = (name: string) => readFileSync(path.join(root, 'test/fixtures/example-mappings', name), 'utf8');
const fixture = (name: string) => JSON.parse(text(name)) as Json;

const mapper = createMapper({ processes: 1 });
afterAll(() => mapper.close());
const mapped = (file: string, payload: unknown, supply?: string) => example.mapped(mapper, file, payload, supply);
const accepted = (format: string, payload: unknown, way: Way) => example.accepted(mapper, format, payload, way);
const refused = (format: string, payload: unknown, way: Way) => example.refused(mapper, format, payload, way);

/** What the agreement step says where the prices know nothing of a customer. */
const agreement = { contract: { start_date: '2023-01-01', end_date: null } };

test.each(['tibber', 'frank-energie', 'openadr3', 'midas', 'gridx', 'ieee2030.5'])('the page leads to %s', (format) => {
  const files = ['mapping.jsonata', 'declare.yaml'].map((name) => `(examples/${format}/${name})`);
  expect(files.filter((link) => !page.includes(link))).toEqual([]);
});

describe('Tibber', () => {
  const TODAY = 'data.viewer.homes.1.currentSubscription.priceInfo.today';
  const payload = fixture('tibber.json');
  const way = { now: '2025-11-05T21:30:00Z', supply: 'home-town' };

  test('gives the home of the supply, each row up to the next one’s start', async () => {
    const tariff = await accepted('tibber', payload, way);
    expect(rowsOf(tariff)).toEqual([
      ['2025-11-05T19:00:00Z', '2025-11-05T20:00:00Z', 0.9],
      ['2025-11-05T20:00:00Z', '2025-11-05T21:00:00Z', 0.8],
      ['2025-11-05T21:00:00Z', '2025-11-05T22:00:00Z', 0.7001],
      ['2025-11-05T22:00:00Z', '2025-11-05T23:00:00Z', 0.1],
      ['2025-11-05T23:00:00Z', '2025-11-05T23:15:00Z', -0.0213],
      ['2025-11-05T23:15:00Z', '2025-11-05T23:30:00Z', 0.3333],
    ]);
    expect(tariff).toMatchObject({
      contract: { start_date: '2022-03-01T00:00:00+01:00', end_date: '2026-03-01T00:00:00+01:00' },
      tariff: { provider_tariff_reference: 'tibber-SE3', currency: 'SEK', timezone: 'Europe/Stockholm' },
    });
  });

  test('gives another home its own', async () => {
    const tariff = await accepted('tibber', payload, { ...way, supply: 'home-lake' });
    expect(rowsOf(tariff).map(([, , value]) => value)).toEqual([2.5, 2.5]);
  });

  test.each([
    ['a home the account does not have', 'home-sold', payload, 'missing $.contract'],
    ['a home whose subscription has ended', 'home-left', payload, 'missing $.contract'],
    [
      'a missing hour',
      'home-town',
      but(payload, TODAY, (today: Json[]) => today.toSpliced(2, 1)),
      'series_gap $.tariff.prices[2]',
    ],
    [
      'a missing second hour, which makes all rows too long',
      'home-town',
      but(payload, TODAY, (today: Json[]) => today.toSpliced(1, 1)),
      'series_overlap $.tariff.prices[2]',
    ],
    [
      'a day of a single row',
      'home-town',
      but(payload, TODAY, (today: Json[]) => today.slice(3)),
      'malformed_time $.tariff.prices[0].valid_to',
    ],
  ])('refuses %s', async (_, supply, odd, problem) => {
    expect(await refused('tibber', odd, { ...way, supply })).toContain(problem);
  });
});

describe('Frank Energie', () => {
  const payload = fixture('frank-energie.json');
  const me = fixture('frank-energie-me.json');
  const now = '2024-02-24T11:30:00Z';
  const contractOf = (site: string) => mapped('frank-energie/agreement.jsonata', me, site);

  test('adds the four parts of a price exactly', async () => {
    const tariff = await accepted('frank-energie', payload, { now, agreement: await contractOf('3000BB 9') });
    expect(rowsOf(tariff)).toEqual([
      ['2024-02-24T11:00:00Z', '2024-02-24T12:00:00Z', 0.45265],
      ['2024-02-24T12:00:00Z', '2024-02-24T13:00:00Z', 0.1315048],
    ]);
    expect(tariff).toMatchObject({
      contract: { start_date: '2023-07-01T00:00:00+02:00', end_date: null },
      tariff: { currency: 'EUR', vat: { included: true, rate: 0.21 } },
    });
  });

  test.each([
    ['an address that was left', '2000AA 7', 'contract_ended $.contract.end_date'],
    ['an address with gas only', '5000DD 2', 'missing $.contract'],
  ])('refuses %s', async (_, site, problem) => {
    const contract = await contractOf(site);
    expect(await refused('frank-energie', payload, { now, agreement: contract })).toContain(problem);
  });

  test.each(['FIXED', null, undefined])('says of the product %p that it is not supported', async (product) => {
    const odd = but(me, 'data.me.deliverySites.2.propositionType', product);
    const answer = await mapped('frank-energie/agreement.jsonata', odd, '4000CC 1');
    expect(answer).toEqual({ not_supported: expect.stringContaining('not priced by the hour') });
  });

  test.each([
    ['part of the price', 'sourcingMarkupPrice', 'missing $.tariff.prices[1].price.value'],
    ['end', 'till', 'malformed_time $.tariff.prices[1].valid_to'],
  ])('refuses a row without its %s', async (_, field, problem) => {
    const odd = but(payload, `data.marketPrices.electricityPrices.1.${field}`, undefined);
    expect(await refused('frank-energie', odd, { now, agreement })).toContain(problem);
  });
});

describe('OpenADR 3', () => {
  const payload = fixture('openadr3.json');
  const way = { now: '2025-11-05T23:00:00Z', agreement };

  test('places interval n by n durations, and one with a period of its own by that', async () => {
    const tariff = await accepted('openadr3', payload, way);
    expect(rowsOf(tariff)).toEqual([
      ['2025-11-05T23:00:00Z', '2025-11-06T00:00:00Z', 0.17],
      ['2025-11-06T00:00:00Z', '2025-11-06T01:00:00Z', -0.003],
      ['2025-11-06T01:00:00Z', '2025-11-06T02:00:00Z', 0.2213],
      ['2025-11-06T02:00:00Z', '2025-11-06T02:15:00Z', 0.31],
    ]);
    expect(tariff.tariff).toMatchObject({ provider_tariff_reference: 'day-ahead-north', currency: 'EUR' });
    expect(tariff.tariff.not_expressed).toEqual([
      { code: 'randomized_start', detail: expect.stringContaining('up to PT5M late') },
    ]);
  });

  test.each([
    ['a duration of months', '0.intervalPeriod.duration', 'P1M', 'missing $.tariff.prices[0].valid_from'],
    [
      'a month of its own',
      '1.intervals.0.intervalPeriod.duration',
      'P1M',
      'malformed_time $.tariff.prices[3].valid_to',
    ],
    ['two prices in one interval', '0.intervals.0.payloads.1.type', 'PRICE', 'missing $.tariff.prices[0].price.value'],
    [
      'two events for one time',
      '1.intervals.0.intervalPeriod.start',
      '2025-11-06T01:30:00Z',
      'series_overlap $.tariff.prices[3]',
    ],
    ['two currencies', '1.payloadDescriptors.0.currency', 'USD', 'wrong_shape $.tariff.currency'],
  ])('refuses %s', async (_, where, value, problem) => {
    expect(await refused('openadr3', but(payload, where, value), way)).toContain(problem);
  });

  test.each([
    ['prices in another unit', '0.payloadDescriptors.0.units', 'KW', 'not per kWh'],
    ['intervals that repeat', '0.duration', 'PT24H', 'repeat'],
  ])('says of %s that they are not supported', async (_, where, value, reason) => {
    const answer = await mapped('openadr3/mapping.jsonata', but(payload, where, value));
    expect(answer).toEqual({ not_supported: expect.stringContaining(reason) });
  });
});

describe('MIDAS', () => {
  const payload = fixture('midas.json');
  const way = { now: '2025-11-02T07:30:00Z', agreement };

  test('opens closed ends, and tells the two hours of the same name apart', async () => {
    const tariff = await accepted('midas', payload, way);
    expect(rowsOf(tariff)).toEqual([
      ['2025-11-02T07:00:00Z', '2025-11-02T08:00:00Z', 0.1006],
      ['2025-11-02T08:00:00Z', '2025-11-02T09:00:00Z', 0.1007],
      ['2025-11-02T09:00:00Z', '2025-11-02T10:00:00Z', 0.1008],
      ['2025-11-02T10:00:00Z', '2025-11-02T11:00:00Z', 0.1388],
    ]);
    expect(tariff.tariff).toMatchObject({
      structure: 'TIME_OF_DAY',
      not_expressed: [{ code: 'value_in_other_unit', detail: 'values in $/kW' }],
    });
  });

  const lastHour = but(payload, 'ValueInformation', (rows: Json[]) => rows.slice(3, 4));
  test.each([
    ['no zone is declared', { timezone: undefined }, 'zone_undeclared $.tariff.prices[0].valid_from'],
    ['ends are not declared closed', { interval_end: 'open' }, 'interval_misaligned $.tariff.prices[0].valid_to'],
  ])('is refused when %s', async (_, declare, problem) => {
    expect(await refused('midas', lastHour, { ...way, declare })).toContain(problem);
  });

  test('says of hours that repeat over days that they are not supported', async () => {
    const odd = but(payload, 'ValueInformation.0.DateEnd', '2025-11-30');
    expect(await mapped('midas/mapping.jsonata', odd)).toEqual({ not_supported: expect.stringContaining('repeats') });
  });
});

describe('GridX', () => {
  const payload = fixture('gridx.json');
  const way = { now: '2025-03-09T08:00:00Z', agreement };

  test('reads strings and offsets without a colon over the change of clocks, final prices only', async () => {
    const tariff = await accepted('gridx', payload, way);
    expect(rowsOf(tariff)).toEqual([
      ['2025-03-09T08:00:00Z', '2025-03-09T09:00:00Z', 0.053046],
      ['2025-03-09T09:00:00Z', '2025-03-09T10:00:00Z', -0.0101],
      ['2025-03-09T10:00:00Z', '2025-03-09T11:00:00Z', 0.100001],
    ]);
    expect(tariff.tariff).toMatchObject({ currency: 'USD', vat: { included: false, rate: 0 } });
  });

  test.each([
    ['a missing hour', '0.priceDetails.1.priceStatus', 'Preliminary', 'series_gap $.tariff.prices[1]'],
    ['no length', '0.priceHeader.intervalLengthInMinutes', undefined, 'malformed_time $.tariff.prices[0].valid_to'],
  ])('refuses %s', async (_, where, value, problem) => {
    expect(await refused('gridx', but(payload, `data.${where}`, value), way)).toContain(problem);
  });

  test('says of prices per MWh that they are not supported', async () => {
    const odd = but(payload, 'data.0.priceHeader.settlementUnit', 'MWh');
    expect(await mapped('gridx/mapping.jsonata', odd)).toEqual({ not_supported: expect.stringContaining('per kWh') });
  });
});

/** `[valid_from, valid_to, tiers]` of every schedule. */
const schedulesOf = ({ tariff }: SourceTariff) =>
  (tariff.schedules ?? []).map(({ valid_from, valid_to, schedule }) => [
    valid_from,
    valid_to,
    schedule[0]?.days_and_hours[0]?.hours[0]?.rate,
  ]);

describe('IEEE 2030.5', () => {
  const xml = text('ieee2030.5.xml');
  const way = { now: '2025-11-06T08:00:00Z', agreement };
  const changed = (from: string, to: string) => parseXml(xml.replace(from, to));

  test('becomes a schedule per interval, with powers of ten applied exactly and blocks as tiers', async () => {
    const tariff = await accepted('ieee2030.5', parseXml(xml), way);
    expect(schedulesOf(tariff)).toEqual([
      [
        '2025-11-06T07:00:00Z',
        '2025-11-06T13:00:00Z',
        [
          { to_kwh: 350, value: 0.113 },
          { to_kwh: null, value: 0.167001 },
        ],
      ],
      ['2025-11-06T13:00:00Z', '2025-11-06T14:00:00Z', [{ to_kwh: null, value: 0.490123 }]],
    ]);
    expect(tariff.tariff).toMatchObject({
      currency: 'USD',
      direction: 'IMPORT',
      provider_tariff_reference: 'EX-BLOCKS',
    });
  });

  test('counts blocks and prices by the reading type’s own power of ten', async () => {
    const inWh = xml.replace('<powerOfTenMultiplier>3<', '<powerOfTenMultiplier>0<').replaceAll('>350<', '>350000<');
    const cheap = inWh.replace('<pricePowerOfTenMultiplier>-6<', '<pricePowerOfTenMultiplier>-9<');
    const [first] = schedulesOf(await accepted('ieee2030.5', parseXml(cheap), way));
    expect(first?.[2]).toEqual([
      { to_kwh: 350, value: 0.113 },
      { to_kwh: null, value: 0.167001 },
    ]);
  });

  test.each([
    [
      'a hole between intervals',
      '<start>1762434000<',
      '<start>1762437600<',
      'schedule_dates_gap $.tariff.schedules[1]',
    ],
    ['no duration', '<duration>3600</duration>', '', 'malformed_time $.tariff.schedules[1].valid_to'],
    ['energy in neither direction', '<flowDirection>1<', '<flowDirection>4<', 'missing $.tariff.direction'],
  ])('refuses %s', async (_, from, to, problem) => {
    expect(await refused('ieee2030.5', changed(from, to), way)).toContain(problem);
  });

  test.each([
    ['gas', '<serviceCategoryKind>0<', '<serviceCategoryKind>1<', 'electricity'],
    ['prices of power', '<uom>72<', '<uom>38<', 'per Wh'],
    ['several rate components', '</RateComponentList>', '<RateComponent/></RateComponentList>', 'one rate component'],
    ['blocks that leave out the first kWh', '<startValue>0<', '<startValue>10<', 'start at 0'],
  ])('says of %s that they are not supported', async (_, from, to, reason) => {
    const answer = await mapped('ieee2030.5/mapping.jsonata', changed(from, to));
    expect(answer).toEqual({ not_supported: expect.stringContaining(reason) });
  });
});

withSamples('of the real payloads', () => {
  test('Tibber’s 48 hours agree with an independent computation', async () => {
    const file = 'tibber/demo-account-viewer.json';
    const way = { now: '2023-01-18T16:00:00Z', supply: '96a14971-525a-4420-aae9-e5aedaa129ff' };
    const tariff = await accepted('tibber', sample(file), way);
    expect(summary(tariff)).toEqual(facts(expected(file)));
    expect(tariff.contract).toEqual({ start_date: '2018-11-01T23:00:00+00:00', end_date: null });
  });

  test('Frank Energie’s running site has a contract, the one before it none any more', async () => {
    const me = sample('frank-energie/me-connections-contracts.json');
    const [former, running] = await Promise.all(
      ['1234AB 10', '1000BC 42'].map((site) => mapped('frank-energie/agreement.jsonata', me, site)),
    );
    const prices = fixture('frank-energie.json');
    const now = '2024-02-24T11:30:00Z';
    expect((await accepted('frank-energie', prices, { now, agreement: running })).contract).toEqual({
      start_date: '2023-12-20T00:00:00+01:00',
      end_date: null,
    });
    expect(await refused('frank-energie', prices, { now, agreement: former })).toEqual([
      'contract_ended $.contract.end_date',
    ]);
  });

  const event = () => sample('openadr3/event-price-spec-example.json');
  const inEvent = { now: '2023-06-15T09:30:00Z', agreement };

  test('OpenADR’s event is an hour in the declared currency', async () => {
    const tariff = await accepted('openadr3', event(), inEvent);
    expect(rowsOf(tariff)).toEqual([['2023-06-15T09:30:00Z', '2023-06-15T10:30:00Z', 0.17]]);
    expect(tariff.tariff).toMatchObject({ currency: 'USD', not_expressed: [{ code: 'randomized_start' }] });
  });

  test('and, having no descriptor, refused without one', async () => {
    expect(await refused('openadr3', event(), { ...inEvent, declare: { currency: undefined } })).toEqual([
      'missing $.tariff.currency',
    ]);
  });

  test('MIDAS’s four hours of three days are refused as a gap, exact as they are', async () => {
    const payload = sample('us-dynamic/midas-tou-rate.json');
    const way = { now: '2023-05-01T14:30:00Z', agreement };
    expect(await refused('midas', payload, way)).toEqual([
      'series_gap $.tariff.prices[2]',
      'series_gap $.tariff.prices[3]',
    ]);
    expect(rowsOf(await example.beforeRules(mapper, 'midas', payload, way))).toEqual([
      ['2023-05-01T14:00:00Z', '2023-05-01T15:00:00Z', 0.1006],
      ['2023-05-01T15:00:00Z', '2023-05-01T16:00:00Z', 0.1006],
      ['2023-05-02T08:00:00Z', '2023-05-02T09:00:00Z', 0.1388],
      ['2023-05-03T15:00:00Z', '2023-05-03T16:00:00Z', 0.1006],
    ]);
  });

  test('GridX’s four of 24 hours are refused as a gap, exact as they are', async () => {
    const file = 'us-dynamic/gridx-pge-calfuse-2025-03-01.json';
    const way = { now: '2025-03-01T08:30:00Z', agreement };
    expect(await refused('gridx', sample(file), way)).toEqual(
      [1, 2, 3].map((index) => `series_gap $.tariff.prices[${index}]`),
    );
    expect(summary(await example.beforeRules(mapper, 'gridx', sample(file), way))).toEqual(facts(expected(file)));
  });

  describe('IEEE 2030.5’s profile, component and reading type', () => {
    const resources = () => ({
      ...sample('ieee2030.5/tariffprofile.xml'),
      ...sample('ieee2030.5/ratecomponentlist.xml'),
      ...sample('ieee2030.5/readingtype.xml'),
    });
    const way = { now: '2025-11-06T08:00:00Z', agreement };

    test('are no tariff by themselves', async () => {
      expect(await refused('ieee2030.5', { Resources: resources() }, way)).toEqual(['tariff_empty $.tariff']);
    });

    test('give intervals their unit, currency and what cannot be said', async () => {
      const { TimeTariffIntervalList } = (parseXml(text('ieee2030.5.xml')) as Json).Resources;
      const tariff = await accepted('ieee2030.5', { Resources: { ...resources(), TimeTariffIntervalList } }, way);
      expect(schedulesOf(tariff)[1]?.[2]).toEqual([{ to_kwh: null, value: 0.490123 }]);
      expect(tariff.tariff).toMatchObject({
        provider_tariff_reference: 'TOU-D-PEV Baseline 6',
        currency: 'USD',
        not_expressed: [
          { code: 'flow_rate_limit', detail: expect.stringContaining('up to 400 W') },
          { code: 'randomized_start' },
        ],
      });
    });
  });
});
