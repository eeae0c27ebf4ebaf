import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { checkPack } from '../../../src/tariff/check-pack.ts';
import { createMapper } from '../../../src/tariff/mapping/mapper.ts';
import { createTariffReader } from '../../../src/tariff/reader.ts';
import { HEAD, json, NO_SUPPLIES, packOf, quiet, removePackFolders, startServer } from '../support.ts';

/** A pack that names a preset instead of a mapping, through the sources it would have in production. */

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures');
const mapper = createMapper({ processes: 1 });
const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.close()));
});
afterAll(async () => {
  await mapper.close();
  removePackFolders();
});

const customer = { sub: 'example|1', claims: {} };
const pack = (tariff: string) => packOf(`${HEAD}${NO_SUPPLIES}\ntariff:\n${tariff}`);

function readerOf(tariff: string, now: string) {
  const ours = pack(tariff);
  const reader = createTariffReader({ pack: ours, mapper, clock: () => Date.parse(now), log: quiet, env: {} });
  running.push(reader);
  return { ours, reader };
}

const account = {
  number: 'A-1',
  properties: [
    {
      moved_out_at: null,
      electricity_meter_points: [
        {
          mpan: '1200001',
          agreements: [
            {
              tariff_code: 'E-1R-NIGHT-22-D',
              valid_from: '2022-07-05T00:00:00+01:00',
              valid_to: '2023-07-05T00:00:00+01:00',
            },
          ],
        },
        {
          mpan: '1200002',
          agreements: [{ tariff_code: 'E-1R-OTHER-D', valid_from: '2022-01-01T00:00:00Z', valid_to: null }],
        },
      ],
    },
  ],
};

describe('unit rates by agreement', () => {
  test('the meter point’s own contract, and the rates for its way of paying, in pounds', async () => {
    const server = await startServer((asked, res) => {
      if (asked.url.startsWith('/accounts')) json(res, account);
      else res.end(readFileSync(path.join(FIXTURES, 'payloads/unit-rates.json')));
    });
    running.push(server);
    const { ours, reader } = readerOf(
      `
  agreement: { source: http, url: "${server.origin}/accounts/{account_id}", preset: octopus-account }
  prices:
    source: http
    url: "${server.origin}/rates/{agreement.tariff_code}?from={from}&to={to}"
    key: "{agreement.tariff_code}"
    preset: octopus-rest
    select: { payment_method: DIRECT_DEBIT }
    declare: { price_includes: [energy, network, levies] }
`,
      '2022-10-08T12:00:00Z',
    );
    expect(await checkPack(ours, Temporal.Instant.from('2022-10-08T12:00:00Z'))).toEqual([]);
    const { source, mapping } = await reader.read({
      customer,
      supply: { id: 'S-1', account_id: 'A-1', meter_point_id: '1200001' },
    });
    expect(server.asked.map(({ url }) => url.split('?')[0])).toEqual(['/accounts/A-1', '/rates/E-1R-NIGHT-22-D']);
    expect(source.contract).toEqual({
      start_date: '2022-07-05T00:00:00+01:00',
      end_date: '2023-07-05T00:00:00+01:00',
    });
    expect(source.tariff.prices?.map(({ price }) => price.value)).toEqual([0.2835, 0.0903, 0.2835]);
    expect(mapping).toEqual({ name: 'octopus-rest', version: '1' });
  });
});

describe('a feed in XML', () => {
  test('is read by its preset, an omitted hour repeating the one before, per kWh instead of MWh', async () => {
    const server = await startServer((asked, res) => {
      if (asked.url.startsWith('/agreement')) {
        json(res, { area: 'BE', contract: { start_date: '2025-01-01', end_date: null } });
      } else {
        res.setHeader('content-type', 'application/xml');
        res.end(readFileSync(path.join(FIXTURES, 'presets/entso-e.xml')));
      }
    });
    running.push(server);
    const { reader } = readerOf(
      `
  agreement: { source: http, url: "${server.origin}/agreement/{supply_id}" }
  prices:
    source: http
    url: "${server.origin}/day-ahead?area={agreement.area}&from={from}&to={to}"
    key: "{agreement.area}"
    preset: entso-e
    select: { sequence: 1, resolution: PT60M }
    declare: { timezone: Europe/Brussels, vat_rate: 0.06 }
`,
      '2025-10-25T22:30:00Z',
    );
    const { source } = await reader.read({ customer, supply: { id: 'S-1' } });
    expect(source.tariff.prices?.map(({ price }) => price.value)).toEqual([0.0543, 0.0543, -0.00001, -0.00001]);
    expect(source.tariff.currency).toBe('EUR');
  });
});

describe('an answer its preset cannot read', () => {
  test('is refused with the first problem and its path', async () => {
    const server = await startServer((_, res) => json(res, { results: [{ value_inc_vat: 'dear' }] }));
    running.push(server);
    const { reader } = readerOf(
      `  { source: http, url: "${server.origin}/rates/{supply_id}", preset: octopus-rest }\n`,
      '2022-10-08T12:00:00Z',
    );
    await expect(reader.read({ customer, supply: { id: 'S-1' } })).rejects.toMatchObject({
      code: 'tariff_invalid',
      facts: { path: expect.stringMatching(/^\$\.results\[0\]/) },
    });
  });
});

describe('at start', () => {
  const at = Temporal.Instant.from('2022-10-08T12:00:00Z');
  const OPEN = 'source: http, url: "https://api.example/rates/{supply_id}"';

  test.each([
    [
      'a preset nobody wrote',
      `{ ${OPEN}, preset: octopus }`,
      'provider.yaml tariff.preset',
      /known are: .*price-series/,
    ],
    [
      'a selector it does not have',
      `{ ${OPEN}, preset: octopus-rest, select: { zone: D } }`,
      'provider.yaml tariff.select.zone',
      /not a selector/,
    ],
    [
      'a fact its format contradicts',
      `{ ${OPEN}, preset: octopus-rest, declare: { price_divisor: 1 } }`,
      'provider.yaml tariff.declare.price_divisor',
      /always 100/,
    ],
  ])('%s is said', async (_name, tariff, where, fix) => {
    expect(await checkPack(pack(`  ${tariff}\n`), at)).toEqual([{ where, fix: expect.stringMatching(fix) }]);
  });

  test('the same of an agreement’s preset', async () => {
    const ours = pack(`
  agreement: { source: http, url: "https://api.example/accounts/{account_id}", preset: price-series }
  prices: { ${OPEN}, preset: price-series }
`);
    expect(await checkPack(ours, at)).toEqual([
      { where: 'provider.yaml tariff.agreement.preset', fix: expect.stringMatching(/known are: octopus-account/) },
    ]);
  });
});
