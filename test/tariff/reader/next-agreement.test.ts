import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../../src/base/log.ts';
import { createMapper } from '../../../src/tariff/mapping/mapper.ts';
import type { ProviderTariff } from '../../../src/tariff/model/provider-tariff.ts';
import { serveTariff } from '../../../src/tariff/model/serve.ts';
import { createTariffReader, type TariffRequest } from '../../../src/tariff/reader.ts';
import { HEAD, json, NO_SUPPLIES, packOf, removePackFolders, startServer, type Asked } from '../support.ts';

/** A contract that ends while the next one is signed: an account and unit rates as Octopus has them. */
const NOW = '2025-01-15T12:00:00Z';
const SEAM = '2025-01-15T18:00:00Z';
const PRESENT = 'E-1R-NIGHT-24-01-01-C';
const NEXT = 'E-1R-AGILE-25-01-01-C';
const RATES: Record<string, number> = { [PRESENT]: 28.35, [NEXT]: 15.75 };
const at = (text: string) => Temporal.Instant.from(text);

const mapper = createMapper({ processes: 1 });
const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.close()));
});
afterAll(async () => {
  await mapper.close();
  removePackFolders();
});

const accountWith = (agreements: [string, string, string | null][]) => ({
  properties: [
    {
      moved_out_at: null,
      electricity_meter_points: [
        {
          mpan: '12',
          agreements: agreements.map(([tariff_code, valid_from, valid_to]) => ({ tariff_code, valid_from, valid_to })),
        },
      ],
    },
  ],
});
const ACCOUNT = accountWith([
  [NEXT, SEAM, '2025-01-17T00:00:00Z'],
  [PRESENT, '2024-01-15T18:00:00Z', '2025-01-15T18:00:00+00:00'],
]);

/** Half-hours of three days before and after, newest first, one price per tariff. */
const ratesOf = (url: string) => {
  const pence = RATES[decodeURIComponent(url.split('?')[0]?.split('/').at(-1) ?? '')] ?? 0;
  const first = at('2025-01-14T00:00:00Z');
  const results = Array.from({ length: 4 * 48 }, (_, index) => ({
    value_exc_vat: Number((pence / 1.05).toFixed(4)),
    value_inc_vat: pence,
    valid_from: first.add({ minutes: 30 * index }).toString(),
    valid_to: first.add({ minutes: 30 * (index + 1) }).toString(),
  }));
  return { results: results.toReversed() };
};

const PRICES_KEY = 'key: "{agreement.tariff_code}"';
const bySteps = (origin: string, key = PRICES_KEY, path = '{agreement.tariff_code}') => `
  agreement: { source: http, url: "${origin}/accounts/{account_id}", preset: octopus-account }
  prices:
    source: http
    url: "${origin}/rates/${path}?from={from}&to={to}"
    ${key}
    preset: octopus-rest
    declare: { price_includes: [energy, network, levies] }`;

type Answer = (asked: Asked, res: ServerResponse) => unknown;
const usual: Answer = ({ url }, res) => json(res, url.startsWith('/accounts') ? ACCOUNT : ratesOf(url));

async function world(answer: Answer, steps = bySteps) {
  const server = await startServer(answer);
  const time = { now: Date.parse(NOW) };
  const lines: string[] = [];
  const log = createLog(
    'warn',
    new Writable({
      write(chunk: Buffer, _, done) {
        lines.push(chunk.toString());
        done();
      },
    }),
  );
  const pack = packOf(`${HEAD}${NO_SUPPLIES}\ntariff:${steps(server.origin)}`);
  const reader = createTariffReader({ pack, mapper, clock: () => time.now, log, env: {}, timeoutMs: 200 });
  running.push(server, reader);
  const read = (wanted: Pick<TariffRequest, 'from' | 'to'> = {}) =>
    reader.read({
      customer: { sub: 'example|1', claims: {} },
      supply: { id: 'S-1', account_id: 'A-1', meter_point_id: '12' },
      ...wanted,
    });
  /** As a poll gets it, a week from today. */
  const serve = async (to?: string): Promise<ProviderTariff> => {
    const reading = await read(to === undefined ? {} : { to: at(to) });
    const now = Temporal.Instant.fromEpochMilliseconds(time.now);
    const from = at('2025-01-15T00:00:00Z');
    return serveTariff({ ...reading, now, from, to: at(to ?? '2025-01-22T00:00:00Z'), grantExpiresAt: now });
  };
  return {
    serve,
    read,
    time,
    asked: () => server.asked.map(({ url }) => url.split('?')[0]),
    logged: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const codes = ({ notices }: ProviderTariff) => notices.map(({ code }) => code);
const priceAt = ({ tariff }: ProviderTariff, text: string) =>
  tariff.prices?.find(({ valid_from, valid_to }) => valid_from <= text && text < valid_to)?.price.value ?? null;

describe('a contract that ends in six hours, with the next one signed', () => {
  test('is served across its end, each agreement at its own prices', async () => {
    const { serve, asked } = await world(usual);
    const served = await serve();
    expect(asked()).toEqual(['/accounts/A-1', `/rates/${PRESENT}`, `/rates/${NEXT}`]);
    expect(served.contract).toEqual({ start_date: '2024-01-15T18:00:00Z', end_date: '2025-01-15T18:00:00+00:00' });
    expect(served.tariff.provider_tariff_reference).toBe(PRESENT);
    expect(['2025-01-15T17:30:00Z', SEAM, '2025-01-16T23:30:00Z'].map((text) => priceAt(served, text))).toEqual([
      0.2835, 0.1575, 0.1575,
    ]);
    expect(served.tariff.prices?.at(-1)?.valid_to).toBe('2025-01-17T00:00:00Z');
    expect(served.coverage).toMatchObject({ to: '2025-01-17T00:00:00Z', status: 'complete' });
    expect(codes(served)).toEqual(['contract_ending', 'next_agreement_known']);
    expect(served.next_update).toBe(SEAM);
  });

  test('gives way to the next one when its end has come', async () => {
    const { serve, time } = await world(usual);
    // Moments before the end, so that the answer about the agreement is still fresh right after it.
    time.now = Date.parse(SEAM) - 60_000;
    await serve();
    time.now = Date.parse(SEAM) + 60_000;
    const { contract, tariff } = await serve();
    expect(contract.start_date).toBe('2025-01-15T18:00:00Z');
    expect(tariff.provider_tariff_reference).toBe(NEXT);
  });

  test('asks no more often than for one', async () => {
    const { serve, asked } = await world(usual);
    await serve();
    await serve();
    expect(asked()).toHaveLength(3);
  });

  test('shares the next agreement’s prices with those who have them already', async () => {
    const { serve, asked, time } = await world((request, res) =>
      request.url.startsWith('/accounts') && time.now >= Date.parse(SEAM)
        ? json(res, accountWith([[NEXT, SEAM, null]]))
        : usual(request, res),
    );
    await serve();
    time.now = Date.parse(SEAM);
    const served = await serve();
    expect(served.contract).toEqual({ start_date: SEAM, end_date: null });
    expect(priceAt(served, SEAM)).toBe(0.1575);
    expect(asked().filter((url) => url === `/rates/${PRESENT}`)).toHaveLength(1);
  });

  test('is served as far as the next one’s last good prices reach, and says so', async () => {
    const state = { down: false };
    const { serve, time } = await world((request, res) =>
      state.down && request.url.includes(NEXT) ? json(res, {}, 404) : usual(request, res),
    );
    await serve();
    state.down = true;
    time.now += 600_000;
    const served = await serve();
    expect(served.coverage).toMatchObject({ to: '2025-01-17T00:00:00Z', last_good: true });
    expect(codes(served)).toContain('source_down');
  });
});

describe('how far ahead the end matters', () => {
  const far: Answer = ({ url }, res) =>
    json(
      res,
      url.startsWith('/accounts')
        ? accountWith([
            [PRESENT, '2024-01-15T18:00:00Z', '2025-01-16T12:00:00Z'],
            [NEXT, '2025-01-16T12:00:00Z', null],
          ])
        : ratesOf(url),
    );

  test('an end when the next 24 hours do is not asked about', async () => {
    const { serve, asked } = await world(far);
    expect(codes(await serve())).toEqual(['contract_ending']);
    expect(asked()).toHaveLength(2);
  });

  test('unless the poller wants to know', async () => {
    const { serve } = await world(far);
    const served = await serve('2025-01-17T00:00:00Z');
    expect(priceAt(served, '2025-01-16T12:00:00Z')).toBe(0.1575);
    expect(codes(served)).toEqual(['contract_ending', 'next_agreement_known']);
  });
});

describe('the tariff ends with its contract, and is served all the same,', () => {
  const accounts =
    (agreements: [string, string, string | null][]): Answer =>
    ({ url }, res) =>
      json(res, url.startsWith('/accounts') ? accountWith(agreements) : ratesOf(url));
  const now: [string, string, string] = [PRESENT, '2024-01-15T18:00:00Z', SEAM];
  const nextAnswers =
    (body: unknown, status = 200): Answer =>
    (request, res) =>
      request.url.includes(NEXT) ? json(res, body, status) : usual(request, res);
  const fixedUrl = (origin: string) => bySteps(origin, '', '{meter_point_id}');
  const constant: Answer = ({ url }, res) =>
    json(res, url.startsWith('/accounts') ? ACCOUNT : ratesOf(`/rates/${PRESENT}`));

  const cases: [string, Answer, string | null, (origin: string) => string][] = [
    ['where no other is signed', accounts([now]), null, bySteps],
    ['where the next begins later', accounts([now, [NEXT, '2025-01-16T00:00:00Z', null]]), null, bySteps],
    ['where the next one’s prices are not to be had', nextAnswers({}, 404), 'source_refused', bySteps],
    ['where they cannot be read', nextAnswers({ results: [{ value_inc_vat: 'dear' }] }), 'tariff_invalid', bySteps],
    ['where they break a rule', nextAnswers(ratesWith(2835)), 'price_out_of_bounds', bySteps],
    ['where they begin too late', nextAnswers(ratesFrom('2025-01-16T00:00:00Z')), 'seam_not_known', bySteps],
    ['where the same is answered whatever the agreement', constant, null, fixedUrl],
  ];

  test.each(cases)('%s', async (_name, answer, code, steps) => {
    const { serve, logged } = await world(answer, steps);
    const served = await serve();
    expect(served.coverage).toMatchObject({ to: SEAM, status: 'partial', reason: 'contract_ends', last_good: false });
    expect(codes(served)).toEqual(['contract_ending']);
    expect(served.tariff.prices?.at(-1)?.valid_to).toBe(SEAM);
    const why = logged().filter(({ event }) => event === 'next_agreement_left_out');
    expect(why.map((line) => line.code)).toEqual(code === null ? [] : [code]);
  });

  test('and why is logged once for each answer of the agreement step', async () => {
    const { serve, logged } = await world(nextAnswers({}, 404));
    await serve();
    await serve();
    expect(logged().filter(({ event }) => event === 'next_agreement_left_out')).toHaveLength(1);
  });
});

describe('an agreement of the provider’s own shape', () => {
  const priced = (value: number, more = {}) => ({
    tariff: {
      provider_tariff_reference: 'FIX',
      display_name: 'Fixed',
      direction: 'IMPORT',
      type: 'COMMODITY',
      structure: 'FIXED',
      timezone: 'Europe/London',
      prices: [{ valid_from: '2024-01-01T00:00:00Z', price: { value } }],
      ...more,
    },
  });
  const plain = (origin: string) => `
  agreement: { source: http, url: "${origin}/agreement/{supply_id}" }
  prices:
    source: http
    url: "${origin}/prices/{agreement.product}"
    key: "{agreement.product}"
    declare: { vat: included, vat_rate: 0.05, price_includes: [energy] }`;
  const signed =
    (following: unknown, next: unknown = priced(0.4)): Answer =>
    ({ url }, res) => {
      const agreement = { product: 'OLD', contract: { start_date: '2024-01-16', end_date: '2025-01-16' }, following };
      json(res, url.endsWith('/NEW') ? next : url.endsWith('/OLD') ? priced(0.3) : agreement);
    };
  const NEW = { product: 'NEW', contract: { start_date: '2025-01-16' } };

  test('a date is midnight where the tariff is', async () => {
    const { serve } = await world(signed(NEW), plain);
    const served = await serve();
    expect(served.tariff.prices).toEqual([
      { valid_from: '2025-01-15T00:00:00Z', valid_to: '2025-01-16T00:00:00Z', price: { value: 0.3, confidence: 1 } },
      { valid_from: '2025-01-16T00:00:00Z', valid_to: '2025-01-22T00:00:00Z', price: { value: 0.4, confidence: 1 } },
    ]);
  });

  test.each<[string, unknown, unknown, string[]]>([
    ['none', null, {}, []],
    ['one that is no agreement', 'NEW', {}, ['wrong_shape $.following']],
    ['one without a beginning', { product: 'NEW', contract: {} }, {}, ['wrong_shape $.following.contract.start_date']],
    [
      'one with no readable beginning',
      { ...NEW, contract: { start_date: 'soon' } },
      {},
      ['malformed_time $.following.contract.start_date'],
    ],
    [
      'one that begins on another day',
      { ...NEW, contract: { start_date: '2025-01-17' } },
      {},
      ['agreements_apart $.following.contract.start_date'],
    ],
    ['one without what prices are asked with', { contract: NEW.contract }, {}, ['source_value_missing']],
    ['one in another currency', NEW, priced(0.4, { currency: 'EUR' }), ['agreements_differ']],
    ['one that cannot be served', NEW, { not_supported: 'prepayment' }, ['tariff_not_supported']],
  ])('%s ends coverage with the contract', async (_name, following, next, problems) => {
    const { serve, logged } = await world(signed(following, next), plain);
    expect((await serve()).coverage).toMatchObject({ to: '2025-01-16T00:00:00Z', reason: 'contract_ends' });
    const why = logged().filter(({ event }) => event === 'next_agreement_left_out');
    expect(why.map(({ code, path }) => [code, path].filter(Boolean).join(' '))).toEqual(problems);
  });
});

function ratesWith(pence: number) {
  const { results } = ratesOf(NEXT);
  return { results: results.map((row) => ({ ...row, value_inc_vat: pence, value_exc_vat: pence / 1.05 })) };
}

function ratesFrom(text: string) {
  const { results } = ratesOf(NEXT);
  return { results: results.filter(({ valid_from }) => valid_from >= text) };
}
