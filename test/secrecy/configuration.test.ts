import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { ConfigFailure, loadConfig } from '../../src/config/config.ts';
import { loadPack } from '../../src/config/pack/load.ts';
import { createScanner } from '../support/secrecy-scanner.ts';
import { packFolder, removePackFolders } from '../tariff/support.ts';

/** What is wrong with the configuration is said without repeating what stands there: it may be a secret. */

const SECRET = 'Zx8-planted-9q4wKe7';
const scan = createScanner([{ name: 'a value', value: SECRET }]);

/** As secrets come, and as they are put where they do not belong. */
const SHAPES = {
  'a word': SECRET,
  'a private key': `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`,
  'a private key in JSON': `{"kty":"RSA","d":"${SECRET}"}`,
  'a key with its id': `one:${SECRET}`,
  'an address with a password': `https://user:${SECRET}@host.example/`,
  'an address that is none': `redis://:${SECRET}@host example:port/x`,
  'the address of a database': `mysql://user:${SECRET}@host/database`,
  'an address with a query': `https://host.example/?key=${SECRET}#x`,
  'something in braces': `{${SECRET}}`,
  'several lines': `${SECRET}\r\n${SECRET}`,
};

const folder = mkdtempSync(path.join(tmpdir(), 'secret-files-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
  removePackFolders();
});

const said = (environment: Record<string, string>): string => {
  try {
    const { warnings } = loadConfig(environment);
    return JSON.stringify(warnings);
  } catch (error) {
    if (!(error instanceof ConfigFailure)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    return JSON.stringify([error.problems, error.message, error.facts]);
  }
};

const text = readFileSync(path.resolve(import.meta.dirname, '../../.env.example'), 'utf8');
const VARIABLES = [...new Set([...text.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name = '']) => name))];

test('the variables are known', () => {
  expect(VARIABLES.length).toBeGreaterThan(30);
});

describe.each(Object.entries(SHAPES))('%s', (_, value) => {
  const everywhere = (suffix: string, held: string) =>
    Object.fromEntries(VARIABLES.map((name) => [name.replace(/(_FILE)?$/, suffix), held]));

  test('in every variable', () => {
    expect(scan(said(everywhere('', value)))).toEqual([]);
    for (const name of VARIABLES) expect(scan(said({ [name]: value }))).toEqual([]);
  });

  test('in every variable’s file', () => {
    const file = path.join(folder, 'secret');
    writeFileSync(file, value);
    expect(scan(said(everywhere('_FILE', file)))).toEqual([]);
  });

  test('instead of every file’s name', () => {
    expect(scan(said(everywhere('_FILE', value)))).toEqual([]);
  });
});

describe('a pack in which a variable stands in the wrong place', () => {
  const source = {
    source: 'http',
    url: 'https://billing.example/{sub}',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"id": "{sub}"}',
    auth: {
      type: 'client_credentials',
      token_url: 'https://a.example',
      client_id: 'a',
      client_secret: 'b',
      scope: 'c',
    },
    tls: { ca_file: 'ca.pem', cert_file: 'cert.pem', key_file: 'key.pem' },
    mapping: 'a.jsonata',
  };
  const prices = {
    ...source,
    key: '{supply_id}',
    declare: { vat: 'included', timezone: 'Europe/London' },
    select: { a: 'b' },
  };
  const PACK = {
    brand: {
      name: 'A',
      logo: 'logo.svg',
      accent: '#0b6e4f',
      support_url: 'https://a.example',
      terms_url: 'https://a.example',
    },
    country: 'GB',
    timezone: 'Europe/London',
    currency: 'GBP',
    share: { postal_address: 'full' },
    supplies: source,
    tariff: {
      agreement: { source: 'book', file: 'book.yaml', key: '{supply_id}' },
      prices,
    },
    flatpeak: { submission: 'a.jsonata' },
  };
  const PLACES = placesIn(PACK);

  test.each(PLACES.map((place): [string, string[]] => [place.join('.'), place]))('%s', (_, place) => {
    for (const value of Object.values(SHAPES)) {
      const pack = packFolder({ 'provider.yaml': stringify(filledAt(PACK, place, '${MISPLACED}')), 'a.jsonata': '$' });
      const loaded = loadPack(pack, { MISPLACED: value });
      expect(scan(JSON.stringify([loaded.ok ? [] : loaded.problems, loaded.warnings]))).toEqual([]);
    }
  });

  test('as a module, a preset or a kind of source', () => {
    for (const broken of [
      { source: 'module', module: '${MISPLACED}' },
      { source: 'module', module: '${MISPLACED}.mjs' },
      { source: '${MISPLACED}' },
      { source: 'http', url: 'https://a.example/${MISPLACED}', preset: '${MISPLACED}' },
      { source: 'http', url: 'https://a.example/?key=${MISPLACED}', auth: { type: '${MISPLACED}' } },
      { source: 'http', url: 'https://a.example', unknown: '${MISPLACED}' },
      { source: 'http', url: 'https://a.example', headers: { host: '${MISPLACED}', 'x-a': 'ü${MISPLACED}' } },
    ]) {
      for (const value of Object.values(SHAPES)) {
        const pack = packFolder({ 'provider.yaml': stringify({ ...PACK, supplies: broken }), 'a.jsonata': '$' });
        const loaded = loadPack(pack, { MISPLACED: value });
        expect(scan(JSON.stringify(loaded.ok ? [] : loaded.problems))).toEqual([]);
      }
    }
  });
});

function placesIn(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([name, item]) => placesIn(item, [...at, name]));
}

function filledAt(document: object, place: readonly string[], value: string): unknown {
  const copy = parse(stringify(document)) as Record<string, unknown>;
  const holder = place.slice(0, -1).reduce((one, name) => one[name] as Record<string, unknown>, copy);
  holder[place.at(-1) ?? ''] = value;
  return copy;
}
