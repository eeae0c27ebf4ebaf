import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadPack } from '../../../src/config/pack/load.ts';
import type { Problem } from '../../../src/config/secrets.ts';
import { HEAD, NO_SUPPLIES, NO_TARIFF, packFolder, packOf, removePackFolders } from '../../tariff/support.ts';

afterAll(removePackFolders);

const EMPTY = { 'empty.yaml': 'supplies: {}\ntariffs: {}\n' };

function problemsOf(yaml: string, files: Record<string, string> = {}, env: Record<string, string> = {}): Problem[] {
  const result = loadPack(packFolder({ 'provider.yaml': yaml, ...EMPTY, ...files }), env);
  return result.ok ? [] : result.problems;
}

const http = (fields: string) => `supplies: { source: http, ${fields} }\n${NO_TARIFF}`;
const prices = (fields: string) => `${NO_SUPPLIES}\ntariff: { prices: { source: http, ${fields} } }`;
const agreed = (fields: string) => `${NO_SUPPLIES}
tariff:
  agreement: { source: http, url: "https://api.example/{supply_id}" }
  prices: { source: http, ${fields} }`;
const OPEN_URL = 'url: "https://api.example/s"';

describe('a pack', () => {
  test('is read with everything it names', () => {
    const pack = packOf(
      `
brand: { name: Example Energy, logo: logo.svg, accent: "#0b6e4f", support_url: "https://example.com/help" }
country: GB
timezone: Europe/London
currency: GBP
share: { postal_address: postcode }
supplies:
  source: http
  url: "https://api.example/customers/{claims.customer_number}/supplies"
  auth: { type: client_credentials, token_url: "https://id.example/token", client_id: a, client_secret: "\${BILLING_SECRET}" }
  mapping: mappings/supplies.jsonata
tariff:
  agreement: { source: http, url: "https://api.example/supplies/{supply_id}/agreement" }
  prices:
    source: http
    url: "https://api.example/products/{agreement.product}/rates?region={agreement.region}&from={from}&to={to}"
    key: "{agreement.product}|{agreement.region}"
    declare: { price_divisor: 100, vat: included, vat_rate: 0.05 }
flatpeak: { submission: mappings/submission.jsonata }
`,
      {
        'logo.svg': '<svg/>',
        'mappings/supplies.jsonata': '{ "supplies": [items] }',
        'mappings/submission.jsonata': '$',
        'theme.css': 'main { color: red }',
      },
      { BILLING_SECRET: 's3cret' },
    );
    expect(pack).toMatchObject({
      brand: { name: 'Example Energy', logo: path.join(pack.folder, 'logo.svg'), terms_url: null },
      theme: path.join(pack.folder, 'theme.css'),
      locales: null,
      share: { postal_address: 'postcode' },
      supplies: {
        at: 'supplies',
        method: 'GET',
        auth: { client_secret: 's3cret' },
        mapping: { name: 'mappings/supplies.jsonata', expression: '{ "supplies": [items] }' },
      },
      tariff: {
        agreement: { at: 'tariff.agreement', mapping: null },
        prices: { at: 'tariff.prices', key: '{agreement.product}|{agreement.region}', max_concurrency: 8 },
      },
      polling: { max_per_hour: 60 },
      flatpeak: { submission: { name: 'mappings/submission.jsonata' } },
    });
  });

  test('whose one call gives everything needs no agreement', () => {
    const pack = packOf(
      `${HEAD}${NO_SUPPLIES}\ntariff: { source: http, url: "https://api.example/{supply_id}?{from}" }`,
    );
    expect(pack.tariff).toMatchObject({ agreement: null, prices: { at: 'tariff', source: 'http' } });
  });

  test('shares no address unless told to', () => {
    expect(packOf(`${HEAD}${NO_SUPPLIES}\n${NO_TARIFF}`).share).toEqual({ postal_address: 'none' });
  });

  test('gets a new mapping version exactly when the mapping changes', () => {
    const version = (text: string) =>
      packOf(`${HEAD}${http(`${OPEN_URL}, mapping: m.jsonata`)}`, { 'm.jsonata': text }).supplies.mapping?.version;
    expect(version('{ "supplies": [a] }')).toBe(version('{ "supplies": [a] }'));
    expect(version('{ "supplies": [b] }')).not.toBe(version('{ "supplies": [a] }'));
  });

  test.each([[undefined], [''], ['/nowhere'], [packFolder({ 'other.yaml': '' })]])(
    'is required, and is a folder with provider.yaml: %p',
    (folder) => {
      expect(loadPack(folder, {})).toMatchObject({ ok: false, problems: [{ where: 'PROVIDER_PACK' }] });
    },
  );
});

describe('values of the environment', () => {
  test('take the place of ${NAME} anywhere, several in one value too', () => {
    const pack = packOf(
      `${HEAD}supplies: { source: http, url: "\${BASE}/v\${VERSION}/s" }\n${NO_TARIFF}`,
      {},
      { BASE: 'https://api.example', VERSION: '2' },
    );
    expect(pack.supplies).toMatchObject({ url: 'https://api.example/v2/s' });
  });

  test('may come from the file NAME_FILE names, without its last line break', () => {
    const folder = packFolder({ secret: 'from a file\n' });
    const pack = packOf(
      `${HEAD}supplies: { source: http, ${OPEN_URL}, auth: { type: header, name: X-Key, value: "\${KEY}" } }\n${NO_TARIFF}`,
      {},
      { KEY_FILE: path.join(folder, 'secret') },
    );
    expect(pack.supplies).toMatchObject({ auth: { value: 'from a file' } });
  });

  test('are not read twice: what a value holds is text', () => {
    const pack = packOf(
      `${HEAD}supplies: { source: http, ${OPEN_URL}, auth: { type: header, name: X-Key, value: "\${KEY}" } }\n${NO_TARIFF}`,
      {},
      { KEY: '${OTHER}', OTHER: 'no' },
    );
    expect(pack.supplies).toMatchObject({ auth: { value: '${OTHER}' } });
  });

  test('that are missing are reported with their place, all of them, and cause no second complaint', () => {
    const found = problemsOf(
      `${HEAD}supplies: { source: http, url: "\${BASE}/s" }\ntariff: { source: http, url: "\${RATES}" }`,
    );
    expect(found.map(({ where }) => where)).toEqual(['provider.yaml supplies.url', 'provider.yaml tariff.url']);
    expect(found[0]?.fix).toContain('set BASE or BASE_FILE');
  });

  test('never appear in a problem', () => {
    const result = loadPack(
      packFolder({
        'provider.yaml': `${HEAD}supplies: { source: http, url: "\${SECRET}", method: "\${SECRET}", headers: { a: "\${SECRET}" } }\n${NO_TARIFF}`,
        ...EMPTY,
      }),
      { SECRET: 'canary\u0007value' },
    );
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain('canary');
  });
});

describe('a refused pack says where and how to mend it', () => {
  test.each<[name: string, yaml: string, where: string, fix: RegExp]>([
    ['an unknown key at the top', `${HEAD}extra: 1\n${NO_SUPPLIES}\n${NO_TARIFF}`, 'extra', /not known here/],
    [
      'an unknown key of the brand',
      `${HEAD.replace('Example Energy', 'E, colour: red')}${NO_SUPPLIES}\n${NO_TARIFF}`,
      'brand.colour',
      /not known/,
    ],
    ['an unknown key of a source', `${HEAD}${http(`${OPEN_URL}, timeout: 3`)}`, 'supplies.timeout', /not known/],
    ['an unknown key of the prices', `${HEAD}${prices(`${OPEN_URL}, keys: a`)}`, 'tariff.prices.keys', /not known/],
    ['no name', `${HEAD.replace('name: Example Energy', '')}${NO_SUPPLIES}\n${NO_TARIFF}`, 'brand.name', /is missing/],
    ['no supplies', `${HEAD}${NO_TARIFF}`, 'supplies', /is missing/],
    ['no tariff', `${HEAD}${NO_SUPPLIES}`, 'tariff', /is missing|must be/],
    [
      'a country in words',
      `${HEAD.replace('GB\n', 'England\n')}${NO_SUPPLIES}\n${NO_TARIFF}`,
      'country',
      /two capital letters/,
    ],
    ['a country nobody knows', `${HEAD.replace('GB\n', 'XQ\n')}${NO_SUPPLIES}\n${NO_TARIFF}`, 'country', /ISO 3166/],
    [
      'an offset as time zone',
      `${HEAD.replace('Europe/London', '"+01:00"')}${NO_SUPPLIES}\n${NO_TARIFF}`,
      'timezone',
      /IANA/,
    ],
    ['an unknown time zone', `${HEAD.replace('London', 'Londres')}${NO_SUPPLIES}\n${NO_TARIFF}`, 'timezone', /IANA/],
    ['an unknown currency', `${HEAD.replace('GBP', 'POUND')}${NO_SUPPLIES}\n${NO_TARIFF}`, 'currency', /ISO 4217/],
    [
      'an accent that is no colour',
      `${HEAD.replace('Energy', 'Energy, accent: green')}${NO_SUPPLIES}\n${NO_TARIFF}`,
      'brand.accent',
      /#rrggbb/,
    ],
    [
      'a link that runs a script',
      `${HEAD.replace('Energy', 'Energy, support_url: "javascript:alert(1)"')}${NO_SUPPLIES}\n${NO_TARIFF}`,
      'brand.support_url',
      /https/,
    ],
    [
      'a logo that is no image',
      `${HEAD.replace('Energy', 'Energy, logo: logo.html')}${NO_SUPPLIES}\n${NO_TARIFF}`,
      'brand.logo',
      /image/,
    ],
    [
      'a logo that is not there',
      `${HEAD.replace('Energy', 'Energy, logo: logo.svg')}${NO_SUPPLIES}\n${NO_TARIFF}`,
      'brand.logo',
      /cannot be read/,
    ],
    [
      'an address to share that is neither',
      `${HEAD}share: { postal_address: city }\n${NO_SUPPLIES}\n${NO_TARIFF}`,
      'share.postal_address',
      /full or postcode or none/,
    ],
    [
      'polls beyond reason',
      `${HEAD}polling: { max_per_hour: 0 }\n${NO_SUPPLIES}\n${NO_TARIFF}`,
      'polling.max_per_hour',
      /at least 1/,
    ],
    [
      'an unknown kind of source',
      `${HEAD}supplies: { source: ftp }\n${NO_TARIFF}`,
      'supplies.source',
      /http or book or module/,
    ],
    [
      'a source without kind',
      `${HEAD}supplies: { file: empty.yaml }\n${NO_TARIFF}`,
      'supplies.source',
      /http or book or module/,
    ],
    ['an address without scheme', `${HEAD}${http('url: api.example/s')}`, 'supplies.url', /absolute https/],
    ['an address of a file', `${HEAD}${http('url: "file:///etc/passwd"')}`, 'supplies.url', /absolute https/],
    ['an address with a password', `${HEAD}${http('url: "https://u:p@api.example/"')}`, 'supplies.url', /user name/],
    [
      'a claim that chooses the host',
      `${HEAD}${http('url: "https://{claims.host}/s"')}`,
      'supplies.url',
      /path and query only/,
    ],
    [
      'a misspelt placeholder',
      `${HEAD}${http('url: "https://api.example/{subject}"')}`,
      'supplies.url',
      /\{subject\}, which is no placeholder/,
    ],
    [
      'a supply before supplies are known',
      `${HEAD}${http('url: "https://api.example/{supply_id}"')}`,
      'supplies.url',
      /not known before/,
    ],
    [
      'a window for an agreement',
      `${HEAD}${NO_SUPPLIES}\ntariff: { agreement: { source: http, url: "https://a.example/{from}" }, prices: { source: http, ${OPEN_URL} } }`,
      'tariff.agreement.url',
      /belongs to prices/,
    ],
    [
      'an agreement that is never asked',
      `${HEAD}${prices('url: "https://api.example/{agreement.product}"')}`,
      'tariff.prices.url',
      /needs an agreement step/,
    ],
    [
      'a window in a key',
      `${HEAD}${prices(`${OPEN_URL}, key: "{supply_id}{from}"`)}`,
      'tariff.prices.key',
      /leave it out/,
    ],
    [
      'a key without placeholder',
      `${HEAD}${prices(`${OPEN_URL}, key: all`)}`,
      'tariff.prices.key',
      /at least one placeholder/,
    ],
    ['a body with GET', `${HEAD}${http(`${OPEN_URL}, body: "{}"`)}`, 'supplies', /method must be POST/],
    [
      'a body whose format is unknown',
      `${HEAD}${http(`${OPEN_URL}, method: POST, body: "id={sub}"`)}`,
      'supplies.body',
      /content-type/,
    ],
    [
      'a header of the connection',
      `${HEAD}${http(`${OPEN_URL}, headers: { Host: other.example }`)}`,
      'supplies.headers.Host',
      /cannot be set here/,
    ],
    [
      'a header of two lines',
      `${HEAD}${http(`${OPEN_URL}, headers: { X-A: "a\\r\\nX-B: b" }`)}`,
      'supplies.headers.X-A',
      /one line/,
    ],
    [
      'credentials without secret',
      `${HEAD}${http(`${OPEN_URL}, auth: { type: client_credentials, token_url: "https://i.example", client_id: a }`)}`,
      'supplies.auth.client_secret',
      /is missing/,
    ],
    [
      'an unknown kind of credentials',
      `${HEAD}${http(`${OPEN_URL}, auth: { type: basic }`)}`,
      'supplies.auth.type',
      /client_credentials/,
    ],
    [
      'the customer’s token for prices that are shared',
      `${HEAD}${prices(`${OPEN_URL}, key: "{supply_id}", auth: { type: customer_token }`)}`,
      'tariff.prices.auth.type',
      /share with others/,
    ],
    [
      'half a client certificate',
      `${HEAD}${http(`${OPEN_URL}, tls: { cert_file: c.pem }`)}`,
      'supplies.tls',
      /together/,
    ],
    [
      'a preset whose name cannot be one',
      `${HEAD}${prices(`${OPEN_URL}, preset: "Octopus REST"`)}`,
      'tariff.prices.preset',
      /must be the name of a preset, such as price-series/,
    ],
    [
      'a preset and a mapping',
      `${HEAD}${prices(`${OPEN_URL}, preset: canonical, mapping: m.jsonata`)}`,
      'tariff.prices',
      /not both/,
    ],
    [
      'a mapping that is not there',
      `${HEAD}${http(`${OPEN_URL}, mapping: mappings/none.jsonata`)}`,
      'supplies.mapping',
      /cannot be read/,
    ],
    [
      'a mapping that is no mapping',
      `${HEAD}${http(`${OPEN_URL}, mapping: empty.yaml`)}`,
      'supplies.mapping',
      /\.jsonata/,
    ],
    [
      'a mapping outside the pack',
      `${HEAD}${http(`${OPEN_URL}, mapping: ../m.jsonata`)}`,
      'supplies.mapping',
      /inside the pack/,
    ],
    [
      'a mapping by absolute path',
      `${HEAD}${http(`${OPEN_URL}, mapping: /etc/m.jsonata`)}`,
      'supplies.mapping',
      /inside the pack/,
    ],
    [
      'a mapping that does not parse',
      `${HEAD}${http(`${OPEN_URL}, mapping: bad.jsonata`)}`,
      'supplies.mapping',
      /bad\.jsonata, which is not valid JSONata: S0\d+ at line 2, column \d+/,
    ],
    [
      'a submission that does not parse',
      `${HEAD}flatpeak: { submission: bad.jsonata }\n${NO_SUPPLIES}\n${NO_TARIFF}`,
      'flatpeak.submission',
      /not valid JSONata/,
    ],
    [
      'a book that is not there',
      `${HEAD}supplies: { source: book, file: none.yaml }\n${NO_TARIFF}`,
      'supplies.file',
      /cannot be read/,
    ],
    [
      'a book that is no YAML',
      `${HEAD}supplies: { source: book, file: bad.yaml }\n${NO_TARIFF}`,
      'supplies.file',
      /not valid YAML/,
    ],
    [
      'a module that is no module',
      `${HEAD}supplies: { source: module, module: empty.yaml }\n${NO_TARIFF}`,
      'supplies.module',
      /ES module/,
    ],
    [
      'a certificate that is none',
      `${HEAD}${http(`${OPEN_URL}, tls: { ca_file: empty.yaml }`)}`,
      'supplies.tls.ca_file',
      /PEM/,
    ],
  ])('%s', (_, yaml, where, fix) => {
    const found = problemsOf(yaml, { 'bad.jsonata': '{\n "a": [ }', 'bad.yaml': 'a: [1\nb: }' });
    expect(found).toContainEqual({ where: `provider.yaml ${where}`, fix: expect.stringMatching(fix) });
  });

  test('shared prices that depend on more than their key would be another customer’s', () => {
    const found = problemsOf(
      `${HEAD}${agreed('url: "https://a.example/{agreement.product}?of={supply_id}", key: "{agreement.product}"')}`,
    );
    expect(found).toEqual([
      { where: 'provider.yaml tariff.prices.url', fix: expect.stringContaining('add it to key') },
    ]);
  });

  test('a file that links out of the pack is not part of it', () => {
    const outside = packFolder({ 'm.jsonata': '$' });
    const folder = packFolder({ 'provider.yaml': `${HEAD}${http(`${OPEN_URL}, mapping: m.jsonata`)}`, ...EMPTY });
    symlinkSync(path.join(outside, 'm.jsonata'), path.join(folder, 'm.jsonata'));
    expect(loadPack(folder, {})).toMatchObject({
      problems: [{ where: 'provider.yaml supplies.mapping', fix: expect.stringContaining('out of the pack') }],
    });
  });

  test('all problems come together, of shape and of files', () => {
    const found = problemsOf(`
brand: { name: "", logo: none.svg }
country: gb
timezone: Europe/London
currency: GBP
supplies: { source: http, url: "https://api.example/", mapping: none.jsonata, odd: 1 }
tariff: { source: book, file: none.yaml }
`);
    expect(found.map(({ where }) => where.replace('provider.yaml ', '')).sort()).toEqual([
      'brand.logo',
      'brand.name',
      'country',
      'supplies.mapping',
      'supplies.odd',
      'tariff.file',
    ]);
  });

  test('YAML that does not parse names the line', () => {
    const folder = packFolder({});
    writeFileSync(path.join(folder, 'provider.yaml'), 'brand: { name: A\ncountry: GB');
    expect(loadPack(folder, {})).toMatchObject({
      problems: [{ where: 'provider.yaml', fix: expect.stringMatching(/not valid YAML: .* at line \d+/) }],
    });
  });

  test('a key written twice is not silently the last one', () => {
    expect(problemsOf(`${HEAD}${NO_SUPPLIES}\n${NO_TARIFF}\ncurrency: EUR`)[0]?.fix).toContain('DUPLICATE_KEY');
  });
});

describe('plain http', () => {
  const warnings = (url: string) => {
    const result = loadPack(packFolder({ 'provider.yaml': `${HEAD}${http(`url: "${url}"`)}`, ...EMPTY }), {});
    return result.ok ? result.warnings.map(({ where }) => where) : result.problems;
  };

  test('to a host of the provider’s network is allowed, and said', () => {
    expect(warnings('http://billing.internal/s')).toEqual(['provider.yaml supplies.url']);
  });

  test.each([['https://billing.example/s'], ['http://localhost:4030/s'], ['http://127.0.0.1/s']])(
    'no warning for %s',
    (url) => {
      expect(warnings(url)).toEqual([]);
    },
  );
});
