import { describe, expect, test } from '@jest/globals';
import { refusalOf } from '../../../src/tariff/presets/refusals.ts';
import { presets } from '../../../src/tariff/presets/registry.ts';
import { parseXml } from '../../../src/tariff/presets/xml.ts';
import { refused, sample, withSamples, type Json } from './support.ts';

const now = '2026-05-12T11:00:00Z';

const usage = parseXml(`<feed xmlns="http://www.w3.org/2005/Atom"><title>Usage</title><entry><content>
  <IntervalBlock xmlns="http://naesb.org/espi"><interval><duration>86400</duration><start>1293868800</start></interval>
  <IntervalReading><cost>974</cost><value>282</value></IntervalReading></IntervalBlock></content></entry></feed>`);

const station: Json = {
  country_code: 'DE',
  id: '1',
  currency: 'EUR',
  elements: [{ price_components: [{ type: 'ENERGY', price: 0.25, step_size: 1 }] }],
};

describe('what looks like a tariff and is none', () => {
  test.each<[string, unknown, string]>([
    ['Green Button usage', usage, 'green_button_usage'],
    [
      'a single Green Button entry',
      { entry: { content: { UsagePoint: { ServiceCategory: { kind: '0' } } } } },
      'green_button_usage',
    ],
    ['a charging station’s tariff', station, 'ocpi_tariff'],
    ['charging stations’ tariffs in OCPI’s envelope', { data: [station], status_code: 1000 }, 'ocpi_tariff'],
    ['no data at ENTSO-E', { Acknowledgement_MarketDocument: { Reason: [{ code: '999' }] } }, 'error_body'],
  ])('%s is refused with the reason', (_, payload, code) => expect(refusalOf(payload)?.code).toBe(code));

  test.each([...presets.keys()])('whatever preset was named: %s', (preset) =>
    expect([usage, station].flatMap((payload) => refused(preset, payload, { now }))).toEqual([
      'green_button_usage $',
      'ocpi_tariff $',
    ]),
  );

  test.each([[null], ['text'], [[]], [{ elements: [1] }], [{ feed: { entry: [] } }], [{ data: { elements: [] } }]])(
    'nothing is said of %j',
    (payload) => expect(refusalOf(payload)).toBeNull(),
  );
});

withSamples('real payloads that are no tariffs', () => {
  test.each([
    ['green-button/usage-with-cost-01.xml', 'green_button_usage $'],
    ['ocpi/tariff_1_simple_2hour.json', 'ocpi_tariff $'],
    ['ocpi/tariff_4_complex.json', 'ocpi_tariff $'],
    ['ocpi/tariff_8_simple_025kwh.json', 'ocpi_tariff $'],
    ['ocpi/tariff_14_step_size.json', 'ocpi_tariff $'],
  ])('%s', (file, problem) => expect(refused('canonical', sample(file), { now })).toEqual([problem]));
});
