import { afterAll, describe, expect, test } from '@jest/globals';
import { but, flat, halfHours, night, tiered, type Json } from '../tariff/model/fixtures.ts';
import { HEAD, json, packFolder, removePackFolders, startServer } from '../tariff/support.ts';
import { adapter, fileOf, removeFiles, type At } from './support.ts';

afterAll(() => {
  removeFiles();
  removePackFolders();
});

const check = (payload: unknown, options: string[] = [], at: At = {}) =>
  adapter(['tariff', 'check', fileOf('payload.json', payload), ...options], at);
const verdict = async (payload: unknown, options: string[] = [], at: At = {}): Promise<Json> => {
  const { out } = await check(payload, [...options, '--json'], at);
  return JSON.parse(out) as Json;
};
const problems = async (payload: unknown, options: string[] = [], at: At = {}) =>
  ((await verdict(payload, options, at)).problems as Json[]).map(({ code, path }) => `${code} ${path}`);

describe('a payload that makes a tariff', () => {
  test('is shown in short, with coverage and the next 48 hours', async () => {
    const { code, out, err } = await check(night());
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`Harbour Night (HARBOUR-12)
  kind      IMPORT COMMODITY TIME_OF_DAY
  money     GBP per kWh, VAT included (5 %)
  covers    energy, network, levies, taxes
  zone      Europe/London
  contract  2026-01-01T00:00:00+00:00 to 2027-01-01T00:00:00+00:00
  schedule  2026-01-01T00:00:00+00:00 to further notice
            0.09, 0.3
  read by   canonical 1

Coverage
  next 24 hours  complete
  known until    2026-08-10T11:00:00Z (needed: 2026-05-13T11:00:00Z)
  ask again at   2026-05-13T11:00:00Z

Next 48 hours, GBP per kWh, times in Europe/London
  0.3 ┤████████████     ███████████████████     ███████
      ┤████████████     ███████████████████     ███████
      ┤████████████▂   ▂███████████████████▂   ▂███████
      ┤█████████████   █████████████████████   ████████
      ┤█████████████   █████████████████████   ████████
      ┤█████████████▃▃▃█████████████████████▃▃▃████████
      ┤████████████████████████████████████████████████
      ┤████████████████████████████████████████████████
    0 ┼┴─────┴─────┴─────┴─────┴─────┴─────┴─────┴─────
       12    18    00    06    12    18    00    06
       Tue 12 May  Wed 13 May              Thu 14 May
  now      0.3
  lowest   0.09 from Wed 00:30
  highest  0.3 from Tue 12:00

This tariff can be served.
`);
  });

  test('tells tiers apart', async () => {
    const { out } = await check(tiered());
    expect(out).toContain('tiers per P1D');
    expect(out).toContain('now     0.31 to 10 kWh, then 0.28 to 20 kWh, then 0.25');
  });

  test('says what cannot be expressed, and what stands beside the prices', async () => {
    const payload = but(flat(), ({ tariff }) => {
      tariff.standing_charge = { value: 0.4625, vat_included: true };
      tariff.not_expressed = [{ code: 'discount', detail: 'paid by direct debit' }];
    });
    const { out } = await check(payload);
    expect(out).toContain('standing charge  0.4625 GBP a day, VAT included');
    expect(out).toContain('not expressed    discount: paid by direct debit');
  });

  test('may know less than 24 hours, and says so', async () => {
    const { code, out } = await check(halfHours());
    expect(code).toBe(0);
    expect(out).toContain('partial (awaiting_publication)');
    expect(out).toContain('· not known');
  });

  test('is filled up where an estimate is declared', async () => {
    const known = Array.from({ length: 52 }, (_, index) => 0.2 + index / 1000);
    const at = { now: '2026-05-13T09:00:00Z' };
    const { out } = await check(halfHours(known), ['--declare', 'estimate={from: previous_day, confidence: 0.5}'], at);
    expect(out).toContain('estimated from  2026-05-13T12:00:00Z');
    expect(out).toContain('░ estimate');
  });

  test('comes whole as JSON, without the grant that only a customer can give', async () => {
    const answer = await verdict(night());
    expect(answer).toMatchObject({
      served: true,
      at: '2026-05-12T11:00:00Z',
      problems: [],
      tariff: { tariff: { display_name: 'Harbour Night' }, coverage: { status: 'complete' } },
    });
    expect(answer.tariff).not.toHaveProperty('grant');
    expect(answer.next_48_hours).toContainEqual({
      valid_from: '2026-05-12T23:30:00Z',
      valid_to: '2026-05-13T03:30:00Z',
      price: { value: 0.09, confidence: 1 },
    });
  });
});

describe('a payload that does not', () => {
  test('is told what is wrong with it and where, and how it was read', async () => {
    const inPence = JSON.parse(JSON.stringify(flat()).replace('0.2835', '28.35')) as Json;
    const { code, out } = await check(inPence);
    expect(code).toBe(1);
    expect(out).toContain(`As it was read, before the declared facts and the rules
  name       Harbour Fixed
  kind       IMPORT COMMODITY FIXED GBP Europe/London
  contract   2026-01-01 to 2027-01-01
  schedules  1
  prices     none`);
    expect(out).toContain(
      'price_out_of_bounds at $.tariff.schedules[0].schedule[0].days_and_hours[0].hours[0].rate[0]',
    );
    expect(out).toContain('price_divisor 100 or 1000 would explain it');
    expect(out).toContain('This tariff cannot be served: 1 problem.');
  });

  test.each<[string, unknown, string[]]>([
    ['nothing', '', ['source_malformed $']],
    ['truncated JSON', '{"contract": {', ['source_malformed $']],
    ['a web page', '<!doctype html><p>Maintenance', ['source_malformed $']],
    ['XML with a document type', '<?xml version="1.0"?><!DOCTYPE x><x/>', ['source_malformed $']],
    ['a single value', '42', ['source_malformed $']],
    ['an error body', { error: 'no such supply' }, ['source_malformed $']],
    ['more than a source takes', 'x'.repeat(5_000_001), ['source_malformed $']],
    ['no contract', but(flat(), (copy) => delete copy.contract), ['missing $.contract']],
    [
      'a contract of last year',
      { ...flat(), contract: { start_date: '2024-01-01', end_date: '2025-01-01' } },
      ['contract_ended $.contract.end_date'],
    ],
    [
      'two mistakes',
      but(flat(), ({ tariff }) => Object.assign(tariff, { direction: 'IN', currency: 'XXQ' })),
      ['unknown_value $.tariff.direction', 'unknown_value $.tariff.currency'],
    ],
  ])('%s', async (_, payload, expected) => {
    expect(await problems(payload)).toEqual(expected);
    expect((await check(payload)).code).toBe(1);
  });

  test('prices that are all of the past are none, and it is said which they are', async () => {
    const { problems: found } = await verdict(halfHours(), [], { now: '2026-05-12T20:00:00Z' });
    const detail = expect.stringContaining('prices run from 2026-05-12T10:00:00Z to 2026-05-12T13:00:00Z');
    expect(found).toEqual([{ code: 'nothing_known_now', path: '$.tariff', detail }]);
  });

  test('JSON says it, too', async () =>
    expect(await verdict({ error: 'x' })).toMatchObject({ served: false, tariff: null, next_48_hours: [] }));
});

describe('what the payload does not say', () => {
  const rates = [
    { start: '2026-05-12T00:00:00', end: '2026-05-12T12:00:00', pence: '21' },
    { start: '2026-05-12T12:00:00', end: '2026-05-13T12:00:00', pence: '25.2' },
  ];
  const preset = [
    '--preset',
    'price-series',
    '--select',
    'from=start',
    '--select',
    'to=end',
    '--select',
    'value=pence',
  ];
  const facts = [
    ...['--declare', 'price_divisor=100', '--declare', 'vat=excluded', '--declare', 'vat_rate=0.05'],
    ...['--declare', 'output_vat=included', '--declare', 'price_includes=energy,network'],
    ...['--declare', 'timezone=Europe/London', '--declare', 'currency=GBP'],
  ];
  const agreement = ['--agreement', '{"contract": {"start_date": "2026-01-01"}}'];

  test('is declared, selected and agreed, as in provider.yaml', async () => {
    const answer = await verdict(rates, [...preset, ...facts, ...agreement]);
    expect(answer).toMatchObject({
      served: true,
      tariff: {
        contract: { start_date: '2026-01-01T00:00:00+00:00' },
        tariff: {
          price_includes: ['energy', 'network'],
          prices: [{ price: { value: 0.2205 } }, { price: { value: 0.2646 } }],
        },
        source: { mapping: 'price-series' },
      },
    });
  });

  test.each<[string, string[], string[]]>([
    ['no agreement', [...preset, ...facts], ['missing $.contract']],
    [
      'a fact nobody knows',
      [...preset, ...facts, ...agreement, '--declare', 'divisor=100'],
      ['unknown_key declare.divisor'],
    ],
    ['a selector nobody knows', [...preset, ...facts, ...agreement, '--select', 'row=x'], ['unknown_key select.row']],
    [
      'an agreement that is an error',
      [...preset, ...facts, '--agreement', '{"error":"gone"}'],
      ['source_malformed agreement'],
    ],
  ])('%s', async (_, options, expected) => expect(await problems(rates, options)).toEqual(expected));

  test('the agreement may be a file, with a mapping of its own', async () => {
    const file = fileOf('agreement.json', { since: '2026-02-01', name: 'Mine' });
    const mapping = fileOf(
      'agreement.jsonata',
      '{"contract": {"start_date": since}, "tariff": {"display_name": name}}',
    );
    const options = [...preset, ...facts, '--agreement', file, '--agreement-mapping', mapping];
    expect(await verdict(rates, options)).toMatchObject({
      tariff: { contract: { start_date: '2026-02-01T00:00:00+00:00' }, tariff: { display_name: 'Mine' } },
    });
  });
});

test('an agreement may come in a known format', async () => {
  const agreements = [{ tariff_code: 'E-1R-FIX-26-01-01-A', valid_from: '2026-03-01T00:00:00Z', valid_to: null }];
  const account = { properties: [{ electricity_meter_points: [{ mpan: '1200', agreements }] }] };
  const options = ['--agreement', JSON.stringify(account), '--agreement-preset', 'octopus-account'];
  expect(await verdict(flat(), options)).toMatchObject({
    served: true,
    tariff: {
      contract: { start_date: '2026-03-01T00:00:00Z', end_date: null },
      tariff: { provider_tariff_reference: 'E-1R-FIX-26-01-01-A' },
    },
  });
});

describe('a mapping', () => {
  const mapped = (expression: string) => ['--mapping', fileOf('m.jsonata', expression)];

  test('sees the payload, the agreement, the selectors and the window', async () => {
    const expression = `$merge([own, {"tariff": $merge([own.tariff, {
      "display_name": $agreement.name & " " & $select.zone & " " & $from }])}])`;
    const options = [...mapped(expression), '--agreement', '{"name": "N"}', '--select', 'zone=A'];
    expect(await verdict({ own: flat() }, options)).toMatchObject({
      served: true,
      tariff: {
        tariff: { display_name: 'N A 2026-05-11T00:00:00Z' },
        source: { mapping: expect.stringMatching(/m\.jsonata$/) },
      },
    });
  });

  test.each([
    ['that fails', '(\n  $number("x"))', 'mapping_error', 'D3030 at line 2'],
    ['that selects nothing', 'nothing', 'mapping_selects_nothing', 'empty'],
    ['that never ends', '($f := function($x) { $f($x) }; $f(1))', 'mapping_timeout', 'not done after'],
    ['that says it cannot', '{"not_supported": "prepayment"}', 'not_supported', 'prepayment'],
  ])('%s', async (_, expression, code, detail) => {
    const answer = await verdict({ a: 1 }, mapped(expression));
    expect(answer.problems).toEqual([expect.objectContaining({ code, detail: expect.stringContaining(detail) })]);
  });

  test('that is no JSONata is a wrong command line', async () => {
    const { code, err } = await check({ a: 1 }, mapped('{"a":\n }}'));
    expect([code, err]).toEqual([2, expect.stringContaining('is not valid JSONata')]);
  });
});

describe('where a payload comes from', () => {
  test('standard input', async () => {
    const { code } = await adapter(['tariff', 'check', '-'], { stdin: JSON.stringify(flat()) });
    expect(code).toBe(0);
  });

  test('an address', async () => {
    const server = await startServer(({ url }, res) => json(res, flat(), url === '/tariff' ? 200 : 404));
    expect((await adapter(['tariff', 'check', `${server.origin}/tariff`])).code).toBe(0);
    const { code, out } = await adapter(['tariff', 'check', `${server.origin}/gone`]);
    expect([code, out]).toEqual([1, expect.stringContaining('it is answered with status 404')]);
    await server.close();
    expect((await adapter(['tariff', 'check', `${server.origin}/tariff`])).out).toContain('outbound_network');
  });

  test('XML', async () => {
    const xml = '<?xml version="1.0"?><series><row><from>2026-05-12T00:00:00Z</from><ct>21.5</ct></row></series>';
    const answer = await adapter(
      [
        'tariff',
        'check',
        '-',
        '--mapping',
        fileOf(
          'm.jsonata',
          '{"contract": {"start_date": "2026-01-01"}, "tariff": {"provider_tariff_reference": "x", "display_name": "X", "direction": "IMPORT", "type": "COMMODITY", "structure": "FIXED", "prices": [series.row.{"valid_from": from, "price": {"value": ct}}]}}',
        ),
        ...[
          'price_divisor=100',
          'vat=included',
          'vat_rate=0.21',
          'price_includes=energy',
          'timezone=Europe/Paris',
          'currency=EUR',
        ].flatMap((fact) => ['--declare', fact]),
      ],
      { stdin: xml },
    );
    expect(answer.code).toBe(0);
    expect(answer.out).toContain('now     0.215');
  });
});

describe('at another moment', () => {
  test.each([
    ['2026-05-12T11:00:00Z', 0],
    ['2026-05-12T13:00:00+02:00', 0],
    ['2025-12-31T00:00:00Z', 1],
    ['2027-06-01T00:00:00Z', 1],
  ])('%s: exit %i', async (at, code) => expect((await check(flat(), ['--at', at])).code).toBe(code));
});

describe('a wrong command line is exit 2', () => {
  const payload = () => fileOf('payload.json', flat());
  test.each<[string, () => string[], string]>([
    ['nothing to check', () => [], 'name a payload'],
    ['a file that is not there', () => ['/nowhere.json'], 'cannot be read (ENOENT)'],
    ['an unknown preset', () => [payload(), '--preset', 'csv'], 'Allowed choices are canonical'],
    ['a preset and a mapping', () => [payload(), '--preset', 'canonical', '--mapping', 'x'], 'cannot be used with'],
    ['a mapping that is not there', () => [payload(), '--mapping', '/nowhere.jsonata'], 'cannot be read'],
    ['a fact without a value', () => [payload(), '--declare', 'vat'], 'must be name=value'],
    ['a fact twice', () => [payload(), '--declare', 'vat=included', '--declare', 'vat=excluded'], 'vat is given twice'],
    ['a fact that is no YAML', () => [payload(), '--declare', 'vat=[a'], 'not YAML'],
    ['a moment without an offset', () => [payload(), '--at', '2026-05-12T11:00:00'], 'RFC 3339'],
    [
      'a format of agreement, and no agreement',
      () => [payload(), '--agreement-preset', 'octopus-account'],
      '--agreement',
    ],
    ['a supply without a pack', () => [payload(), '--supply', 'S-1'], 'belong to --pack'],
    ['a pack without a supply', () => ['--pack', '.'], '--pack needs --supply'],
    ['a pack and a payload', () => [payload(), '--pack', '.', '--supply', 'S-1'], 'exclude each other'],
    ['an option nobody knows', () => ['--jason'], '--json'],
  ])('%s', async (_, argv, said) => {
    const { code, out, err } = await adapter(['tariff', 'check', ...argv()]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });

  test('help is none', async () => {
    const { code, out } = await adapter(['tariff', 'check', '--help']);
    expect([code, out]).toEqual([0, expect.stringContaining('price-series')]);
  });
});

describe('on a terminal', () => {
  const COLOUR = /\u001b\[/;

  test('there are colours and, where there is room, half-hours', async () => {
    const { out } = await check(night(), [], { tty: true, columns: 120 });
    expect(out).toMatch(COLOUR);
    expect(out).toContain('┴───────────┴');
  });

  test.each([[{ NO_COLOR: '1' }], [{ TERM: 'dumb' }]])('none with %j', async (env) =>
    expect((await check(night(), [], { tty: true, env })).out).not.toMatch(COLOUR),
  );

  test('a payload cannot speak to the terminal', async () => {
    const payload = but(flat(), ({ tariff }) => (tariff.display_name = 'Cheap\u001b[2J\u202etariff'));
    const { out } = await check(payload);
    expect(out).not.toMatch(COLOUR);
    expect(out).toContain('Cheap�[2J�tariff');
  });
});

describe('a supply of a pack', () => {
  const supply = (more: Json = {}) => ({
    id: 'S-1',
    label: 'Home',
    direction: 'IMPORT',
    status: 'available',
    meter_point_id: 'M-1',
    ...more,
  });
  const provider = (origin: string) =>
    packFolder({
      'provider.yaml': `${HEAD}
supplies: { source: http, url: "${origin}/customers/{claims.customer_number}" }
tariff: { source: http, url: "${origin}/tariffs/{supply_id}/{meter_point_id}" }
`,
    });

  const read = async (answers: Record<string, unknown>, options: string[]) => {
    const server = await startServer(({ url }, res) =>
      json(res, answers[url] ?? {}, answers[url] === undefined ? 404 : 200),
    );
    try {
      const ran = await adapter(['tariff', 'check', '--pack', provider(server.origin), ...options]);
      return { ...ran, asked: server.asked.map(({ url }) => url) };
    } finally {
      await server.close();
    }
  };
  const ours = ['--supply', 'S-1', '--claim', 'customer_number=C-1'];

  test('is read as the adapter reads it, supplies first', async () => {
    const { code, out, asked } = await read(
      { '/customers/C-1': { supplies: [supply()] }, '/tariffs/S-1/M-1': flat() },
      ours,
    );
    expect([code, asked]).toEqual([0, ['/customers/C-1', '/tariffs/S-1/M-1']]);
    expect(out).toContain('Harbour Fixed');
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['is not among the customer’s', { '/customers/C-1': { supplies: [supply({ id: 'S-2' })] } }, 'supply_not_listed'],
    [
      'may not be shared',
      { '/customers/C-1': { supplies: [supply({ status: 'unavailable', reason: 'moved_out' })] } },
      'moved_out',
    ],
    ['is of a customer nobody knows', {}, 'source_refused at $'],
    ['has no tariff', { '/customers/C-1': { supplies: [supply()] } }, 'asking for prices, status 404'],
    [
      'has a tariff with a mistake',
      {
        '/customers/C-1': { supplies: [supply()] },
        '/tariffs/S-1/M-1': but(flat(), ({ tariff }) => delete tariff.vat),
      },
      'vat_unknown at $.tariff.vat.included',
    ],
  ])('that %s', async (_, answers, said) => {
    const { code, out } = await read(answers, ours);
    expect([code, out]).toEqual([1, expect.stringContaining(said)]);
  });

  test('without claims the supplies are not asked, and placeholders they fill are missing', async () => {
    const { code, out, asked } = await read({}, ['--supply', 'S-1']);
    expect([code, asked]).toEqual([1, []]);
    expect(out).toContain('source_value_missing at meter_point_id');
  });

  test('of a pack with a mistake says which, with its place', async () => {
    const pack = packFolder({ 'provider.yaml': `${HEAD}\nsupplies: { source: http }\n` });
    const { code, out } = await adapter(['tariff', 'check', '--pack', pack, '--supply', 'S-1']);
    expect([code, out]).toEqual([1, expect.stringContaining('pack_problem at provider.yaml supplies.url')]);
  });
});
