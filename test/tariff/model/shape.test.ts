import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { acceptTariff } from '../../../src/tariff/model/accept.ts';
import { sourceTariffSchema } from '../../../src/tariff/model/provider-tariff.ts';
import { accepted, but, declared, flat, halfHours, NOW, refused, type Json } from './fixtures.ts';

const hours = '$.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0]';
const hourOf = (t: Json): Json => t.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0];

describe('rule 12: what is not understood is refused with its JSON path', () => {
  test.each<[string, Json, string]>([
    ['an unknown direction', but(flat(), (t) => (t.tariff.direction = 'import')), 'unknown_value $.tariff.direction'],
    ['an unknown structure', but(flat(), (t) => (t.tariff.structure = 'SPOT')), 'unknown_value $.tariff.structure'],
    ['an unknown type', but(flat(), (t) => (t.tariff.type = 'GAS')), 'unknown_value $.tariff.type'],
    ['an unknown currency', but(flat(), (t) => (t.tariff.currency = 'gbp')), 'unknown_value $.tariff.currency'],
    ['an unknown zone', but(flat(), (t) => (t.tariff.timezone = 'Europe/Londn')), 'unknown_value $.tariff.timezone'],
    ['a bare offset as a zone', but(flat(), (t) => (t.tariff.timezone = '+10:00')), 'unknown_value $.tariff.timezone'],
    [
      'an unknown month',
      but(flat(), (t) => (t.tariff.schedules[0].schedule[0].months = ['Janu'])),
      'unknown_value $.tariff.schedules[0].schedule[0].months[0]',
    ],
    [
      'an unknown day',
      but(flat(), (t) => (t.tariff.schedules[0].schedule[0].days_and_hours[0].days = ['Bank holiday'])),
      'unknown_value $.tariff.schedules[0].schedule[0].days_and_hours[0].days[0]',
    ],
    [
      'a numbered day',
      but(flat(), (t) => (t.tariff.schedules[0].schedule[0].days_and_hours[0].days = ['1'])),
      'unknown_value $.tariff.schedules[0].schedule[0].days_and_hours[0].days[0]',
    ],
    [
      'an unknown tier period',
      but(flat(), (t) => (t.tariff.schedules[0].tier_period = 'P2M')),
      'unknown_value $.tariff.schedules[0].tier_period',
    ],
    ['24:00:00', but(flat(), (t) => (hourOf(t).valid_to = '24:00:00')), `malformed_time ${hours}.valid_to`],
    ['minutes before hours', but(flat(), (t) => (hourOf(t).valid_to = '59::00')), `malformed_time ${hours}.valid_to`],
    [
      'a time without seconds',
      but(flat(), (t) => (hourOf(t).valid_from = '00:00')),
      `malformed_time ${hours}.valid_from`,
    ],
    [
      'the thirtieth of February',
      but(flat(), (t) => (t.contract.start_date = '2026-02-30')),
      'malformed_time $.contract.start_date',
    ],
    [
      'a date of another order',
      but(flat(), (t) => (t.contract.start_date = '01/02/2026')),
      'malformed_time $.contract.start_date',
    ],
    [
      'epoch seconds',
      but(halfHours(), (t) => (t.tariff.prices[0].valid_from = '1778580000')),
      'malformed_time $.tariff.prices[0].valid_from',
    ],
    [
      'a leap second',
      but(halfHours(), (t) => (t.tariff.prices[0].valid_to = '2026-05-12T10:29:60Z')),
      'malformed_time $.tariff.prices[0].valid_to',
    ],
    [
      'a decimal comma',
      but(halfHours(), (t) => (t.tariff.prices[2].price.value = '171,48')),
      'unparsed_number $.tariff.prices[2].price.value',
    ],
    [
      'a number with its unit',
      but(halfHours(), (t) => (t.tariff.prices[2].price.value = '0.2 GBP')),
      'unparsed_number $.tariff.prices[2].price.value',
    ],
    [
      'a price that is null',
      but(halfHours(), (t) => (t.tariff.prices[2].price.value = null)),
      'missing $.tariff.prices[2].price.value',
    ],
    [
      'a price that is missing',
      but(halfHours(), (t) => delete t.tariff.prices[2].price.value),
      'missing $.tariff.prices[2].price.value',
    ],
    [
      'more confidence than certainty',
      but(halfHours(), (t) => (t.tariff.prices[2].price.confidence = 1.2)),
      'wrong_shape $.tariff.prices[2].price.confidence',
    ],
    [
      'a threshold in words',
      but(flat(), (t) => (hourOf(t).rate[0].to_kwh = 'unlimited')),
      `unparsed_number ${hours}.rate[0].to_kwh`,
    ],
    [
      'a collapsed array',
      but(halfHours(), (t) => (t.tariff.prices = t.tariff.prices[0])),
      'wrong_shape $.tariff.prices',
    ],
    ['no contract', but(flat(), (t) => delete t.contract), 'missing $.contract'],
    ['no start of the contract', but(flat(), (t) => delete t.contract.start_date), 'missing $.contract.start_date'],
    [
      'no reference',
      but(flat(), (t) => delete t.tariff.provider_tariff_reference),
      'missing $.tariff.provider_tariff_reference',
    ],
    ['no currency', but(flat(), (t) => delete t.tariff.currency), 'missing $.tariff.currency'],
    ['no zone', but(flat(), (t) => delete t.tariff.timezone), 'missing $.tariff.timezone'],
    [
      'nothing said of what a price includes',
      but(flat(), (t) => delete t.tariff.price_includes),
      'missing $.tariff.price_includes',
    ],
    ['an unknown key at the top', but(flat(), (t) => (t.customer = 'x')), 'unknown_key $.customer'],
    ['an unknown key of the tariff', but(flat(), (t) => (t.tariff.discount = 0.1)), 'unknown_key $.tariff.discount'],
    [
      'an unknown key deep down',
      but(halfHours(), (t) => (t.tariff.prices[1].price.unit = 'kWh')),
      'unknown_key $.tariff.prices[1].price.unit',
    ],
    ['a key that needs quoting', but(flat(), (t) => (t.tariff['unit rate'] = 1)), 'unknown_key $.tariff["unit rate"]'],
  ])('%s', (_name, source, expected) => expect(refused(source)).toEqual([expected]));

  test('every problem of a payload is told together', () => {
    const source = but(flat(), (t) => {
      t.tariff.direction = 'IN';
      t.tariff.structure = 'SPOT';
      delete t.tariff.display_name;
    });
    expect(refused(source)).toHaveLength(3);
  });

  test('a payload of thousands of faults is told in fifty', () => {
    const source = but(halfHours(Array.from({ length: 300 }, () => 0.2)), (t) => {
      for (const row of t.tariff.prices) row.price.value = 'n/a';
    });
    expect(refused(source)).toHaveLength(50);
  });

  test('problems never repeat what the payload said in words', () => {
    const answer = acceptTariff(
      but(flat(), (t) => (t.tariff.direction = 'Mrs Smith')),
      declared(),
      NOW,
    );
    expect(JSON.stringify(answer)).not.toContain('Smith');
  });
});

describe('the canonical shape', () => {
  test("the adapter's own keys are ignored when a source sends them", () => {
    const source = { ...flat(), schema_version: 9, coverage: {}, next_update: 0, source: {}, grant: {}, notices: [] };
    expect(accepted(source)).toEqual(accepted(flat()));
  });

  test('charges the model cannot say are carried along', () => {
    const remark = { code: 'demand_charge', detail: '12.50 GBP per kW and month' };
    const source = accepted(but(flat(), (t) => (t.tariff.not_expressed = [remark])));
    expect(source.tariff.not_expressed).toEqual([remark]);
  });

  test('an accepted tariff is accepted again, unchanged', () =>
    expect(accepted(accepted(halfHours()))).toEqual(accepted(halfHours())));

  test('it can be published as a JSON Schema', () =>
    expect(z.toJSONSchema(sourceTariffSchema, { io: 'input' })).toHaveProperty('properties.tariff'));
});
