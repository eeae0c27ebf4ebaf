import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPace } from '../../src/cli/pace.ts';
import { createProgress } from '../../src/cli/progress.ts';
import { createDistribution } from '../../src/cli/tariff/distribution.ts';
import { but, flat, halfHours, night, type Json } from '../tariff/model/fixtures.ts';
import { HEAD, json, packFolder, removePackFolders, startServer, type LocalServer } from '../tariff/support.ts';
import { adapter, fileOf, removeFiles, type At } from './support.ts';

/** What the billing system answers, by path. */
let billing: Record<string, unknown>;
let server: LocalServer;
let pack: string;

beforeEach(async () => {
  billing = {};
  server = await startServer(({ url }, res) => json(res, billing[url] ?? {}, billing[url] === undefined ? 404 : 200));
  pack = packFolder({
    'provider.yaml': `${HEAD}
supplies: { source: http, url: "${server.origin}/customers/{claims.customer_number}" }
tariff: { source: http, url: "${server.origin}/tariffs/{supply_id}" }
`,
  });
});
afterEach(() => server.close());
afterAll(() => {
  removePackFolders();
  removeFiles();
});

const audit = (options: string[], at: At = {}) => adapter(['tariff', 'audit', '--pack', pack, ...options], at);
const list = (...lines: string[]) => ['--list', fileOf('list.csv', `${lines.join('\n')}\n`)];
const findings = async (options: string[], at: At = {}): Promise<Json> =>
  JSON.parse((await audit([...options, '--json'], at)).out) as Json;

const inPence = () => JSON.parse(JSON.stringify(flat()).replace('0.2835', '28.35')) as unknown;
const supplies = (...ids: string[]) => ({
  supplies: ids.map((id) => ({ id, label: id, direction: 'IMPORT', status: 'available' })),
});

describe('an audit', () => {
  test('of supplies that are all well is passed', async () => {
    billing = { '/tariffs/S-1': flat(), '/tariffs/S-2': night() };
    const { code, out, err } = await audit(list('supply_id', 'S-1', 'S-2'));
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`Supplies
  read             2
  could be served  2 (100 %)
  refused          0 (0 %)

Coverage of the next 24 hours
  complete     2 (100 %)
  hours known  min 2160, quartiles 2160 / 2160 / 2160, max 2160

Prices of the next 24 hours, per kWh
  GBP IMPORT  min 0.09, quartiles 0.2835 / 0.2835 / 0.3, max 0.3

The audit is passed.
`);
  });

  test('tells refusals by reason, with where the supply stands and not all of its identifier', async () => {
    billing = { '/tariffs/1200010011001': inPence(), '/tariffs/1200010011002': inPence(), '/tariffs/S-3': flat() };
    const { code, out } = await audit(list('supply_id', '1200010011001', '1200010011002', 'S-3', 'S-4'));
    expect(code).toBe(1);
    expect(out).toContain(`  could be served  1 (25 %)
  refused          3 (75 %)

  price_out_of_bounds  2 (50 %)
    line 2 (1200…01): $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[0].value,`);
    expect(out).toContain('  source_refused  1 (25 %)\n    line 5 (S-…): $, status 404');
    expect(out).toContain('The audit is not passed.');
    expect(out).not.toContain('1200010011001');
  });

  test('keeps a few examples of each reason, however many there are', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `S-${index}`);
    const { refusals } = await findings(list('supply_id', ...ids));
    expect(refusals).toEqual([expect.objectContaining({ code: 'source_refused', count: 30 })]);
    expect(refusals[0].examples).toHaveLength(5);
  });

  test('finds the supplies of customers, and leaves those alone that may not be shared', async () => {
    const left = { id: 'S-3', label: 'Old', direction: 'IMPORT', status: 'unavailable', reason: 'moved_out' };
    billing = {
      '/customers/C-1': { supplies: [...supplies('S-1', 'S-2').supplies, left] },
      '/tariffs/S-1': flat(),
      '/tariffs/S-2': flat(),
    };
    const answer = await findings(list('customer_number', 'C-1', 'C-2'));
    expect(answer).toMatchObject({
      read: 3,
      served: 2,
      refused: 1,
      refusals: [{ code: 'source_refused', examples: [{ at: 'line 3', supply: '' }] }],
      not_shareable: { moved_out: 1 },
    });
    expect(server.asked.map(({ url }) => url)).not.toContain('/tariffs/S-3');
  });

  test('reads as many as it is told to', async () => {
    billing = { '/customers/C-1': supplies('S-1', 'S-2', 'S-3') };
    for (const id of ['S-1', 'S-2', 'S-3']) billing[`/tariffs/${id}`] = flat();
    expect(await findings([...list('customer_number', 'C-1'), '--sample', '2'])).toMatchObject({ read: 2 });
    expect(server.asked.filter(({ url }) => url.startsWith('/tariffs'))).toHaveLength(2);
  });

  test('tells how much of the next 24 hours is known', async () => {
    billing = { '/tariffs/S-1': flat(), '/tariffs/S-2': halfHours(), '/tariffs/S-3': halfHours([0.1]) };
    const answer = await findings(list('supply_id', 'S-1', 'S-2', 'S-3'));
    expect(answer).toMatchObject({
      refusals: [{ code: 'nothing_known_now', count: 1 }],
      coverage: { complete: 1, 'partial: awaiting_publication': 1 },
      hours_known: { min: 2, max: 2160 },
    });
  });

  test('of nobody is not passed', async () => {
    expect((await audit(list('supply_id'))).code).toBe(1);
  });

  test.each([
    [[], 1],
    [['--tolerate', '49'], 1],
    [['--tolerate', '50'], 0],
  ])('with one of two refused and %j: exit %i', async (options, code) => {
    billing = { '/tariffs/S-1': flat() };
    expect((await audit([...list('supply_id', 'S-1', 'S-2'), ...options])).code).toBe(code);
  });

  test('of a pack with a mistake does not begin', async () => {
    const broken = packFolder({ 'provider.yaml': HEAD });
    const { code, err } = await adapter(['tariff', 'audit', '--pack', broken, ...list('supply_id', 'S-1')]);
    expect([code, err]).toEqual([1, expect.stringContaining('supplies is missing')]);
  });

  test('of a book needs no list, and finds its pack in the environment', async () => {
    const book = { supplies: { alice: supplies('S-1').supplies }, tariffs: { 'S-1': flat() } };
    const folder = packFolder({
      'provider.yaml': `${HEAD}
supplies: { source: book, file: book.json }
tariff: { source: book, file: book.json }
`,
      'book.json': JSON.stringify(book),
    });
    const { code, out } = await adapter(['tariff', 'audit', '--json'], { env: { PROVIDER_PACK: folder } });
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ passed: true, read: 1, served: 1 })]);
  });
});

describe('against the last invoices', () => {
  const invoiced = (...lines: string[]) => ['--invoiced', fileOf('invoiced.csv', `${lines.join('\n')}\n`)];

  test('differences are told, and fail it', async () => {
    billing = { '/tariffs/S-1': flat(), '/tariffs/S-2': flat(), '/tariffs/S-3': halfHours() };
    const rates = invoiced('supply_id,unit_rate', 'S-1,0.2835', 'S-2,0.2700', 'S-3,0.2');
    const { code, out } = await audit(rates);
    expect(code).toBe(1);
    expect(out).toContain(`Against the last invoiced unit rates
  compared                 2
  equal                    1 (50 %)
  different                1 (50 %)
  changing prices need at  1
  served ÷ invoiced        min 1.05, quartiles 1.05 / 1.05 / 1.05, max 1.05
    line 3 (S-…): invoiced 0.27, served 0.2835`);
  });

  test('day and night rates are both among the served ones', async () => {
    billing = { '/tariffs/S-1': night() };
    const rates = invoiced('supply_id,unit_rate', 'S-1,0.09', 'S-1,0.30');
    expect(await findings(rates)).toMatchObject({ passed: true, read: 1, invoiced: { compared: 2, equal: 2 } });
  });

  test('a price of the past is asked for where the source knows it', async () => {
    const past = but(halfHours(), ({ tariff }) => {
      tariff.prices = [
        { valid_from: '2026-04-01T10:00:00Z', valid_to: '2026-04-01T11:00:00Z', price: { value: 0.17 } },
      ];
    });
    server.asked.length = 0;
    await server.close();
    server = await startServer(({ url }, res) => json(res, url.includes('from=2026-03-31') ? past : halfHours()));
    pack = packFolder({
      'provider.yaml': `${HEAD}
supplies: { source: http, url: "${server.origin}/{sub}" }
tariff: { source: http, url: "${server.origin}/{supply_id}?from={from}&to={to}" }
`,
    });
    const rates = invoiced('supply_id,unit_rate,at', 'S-1,0.17,2026-04-01T10:30:00Z');
    expect(await findings(rates)).toMatchObject({ passed: true, invoiced: { compared: 1, equal: 1 } });
  });
});

describe('a wrong command line is exit 2', () => {
  test.each<[string, () => string[], string]>([
    ['no list', () => [], '--list names'],
    ['a list that is not there', () => ['--list', '/nowhere.csv'], 'cannot be read (ENOENT)'],
    ['a list of something else', () => list('colour', '"green'), 'line 2'],
    ['a sample of none', () => ['--sample', '0'], 'whole number'],
    ['no pace', () => ['--max-per-second', '0'], 'above 0'],
    ['more than all tolerated', () => ['--tolerate', '101'], 'percentage'],
  ])('%s', async (_, options, said) => {
    const { code, err } = await audit(options());
    expect([code, err]).toEqual([2, expect.stringContaining(said)]);
  });

  test('no pack', async () =>
    expect(await adapter(['tariff', 'audit'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('PROVIDER_PACK'),
    }));
});

describe('the ceiling on load', () => {
  test('spaces requests evenly, however many are waiting', async () => {
    let time = 1000;
    const slept: number[] = [];
    const pace = createPace(
      4,
      () => time,
      (ms) => Promise.resolve(void slept.push(ms)),
    );
    await Promise.all([pace(), pace(), pace()]);
    time += 2000;
    await pace();
    expect(slept).toEqual([250, 500]);
  });

  test('counts every request, pages and retries included', async () => {
    const slept: number[] = [];
    billing = { '/tariffs/S-1': flat() };
    await adapter(['tariff', 'audit', '--pack', pack, ...list('supply_id', 'S-1', 'S-2'), '--max-per-second', '10'], {
      sleep: (ms) => slept.push(ms),
    });
    // Of two supplies the second one waits, and its request waits for the first one's.
    expect(slept).toEqual([100, 100]);
  });
});

describe('progress', () => {
  const watched = (isTTY: boolean, columns = 80) => {
    const written: string[] = [];
    let time = 0;
    const progress = createProgress({ isTTY, columns, write: (text) => void written.push(text) }, () => time);
    const show = (at: number, done: number) => {
      time = at;
      progress.show(done, 100, '2 refused');
    };
    return { written, show, clear: () => progress.clear() };
  };

  test('is a bar on one line, with the time that is left', () => {
    const { written, show } = watched(true);
    show(10_000, 25);
    expect(written).toEqual(['\r\u001b[2K██████░░░░░░░░░░░░░░░░░░ 25 of 100, 2 refused, 30 s left']);
  });

  test('is not written more often than eyes can follow, but for the end', () => {
    const { written, show } = watched(true);
    for (const [at, done] of [
      [1000, 1],
      [1050, 2],
      [1099, 99],
      [1099, 100],
    ] as const)
      show(at, done);
    expect(written).toHaveLength(2);
  });

  test('never wraps, and leaves nothing behind', () => {
    const { written, show, clear } = watched(true, 30);
    show(600_000, 1);
    clear();
    expect(written.map((text) => text.replace('\r\u001b[2K', '').length)).toEqual([29, 0]);
  });

  test('is silent when nobody watches', () => {
    const { written, show, clear } = watched(false);
    show(10_000, 25);
    clear();
    expect(written).toEqual([]);
  });

  test('goes to standard error, so that the findings can be piped', async () => {
    billing = { '/tariffs/S-1': flat() };
    const { out, err } = await audit([...list('supply_id', 'S-1'), '--json'], { tty: true });
    expect(err).toContain('1 of 1, 0 refused');
    expect(JSON.parse(out)).toMatchObject({ passed: true });
  });
});

describe('a distribution', () => {
  const summary = (...values: [number, number?][]) => {
    const distribution = createDistribution();
    for (const [value, weight] of values) distribution.add(value, weight);
    return distribution.summary();
  };

  test.each<[string, [number, number?][], object | null]>([
    ['of nothing', [], null],
    ['of one', [[3]], { min: 3, lower_quartile: 3, median: 3, upper_quartile: 3, max: 3 }],
    ['of four', [[4], [1], [3], [2]], { min: 1, lower_quartile: 1, median: 2, upper_quartile: 3, max: 4 }],
    [
      'by weight',
      [
        [0.1, 7],
        [0.3, 17],
      ],
      { min: 0.1, lower_quartile: 0.1, median: 0.3, upper_quartile: 0.3, max: 0.3 },
    ],
    ['of negative values', [[-5], [-1], [0]], { min: -5, median: -1, max: 0 }],
  ])('%s', (_, values, expected) => {
    if (expected === null) expect(summary(...values)).toBeNull();
    else expect(summary(...values)).toMatchObject(expected);
  });
});
