import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseEnvironment } from '../../src/config/environment.ts';

/** `.env.example` says what the schema of the environment says: the same names, and the defaults it has. */

const root = path.resolve(import.meta.dirname, '../..');
const example = readFileSync(path.join(root, '.env.example'), 'utf8');
const source = readFileSync(path.join(root, 'src/config/environment.ts'), 'utf8');

/** The schema's own lines are indented by four; SECRETS is the list of what may come from a file. */
const known = [...source.matchAll(/^ {4}([A-Z][A-Z_]+):/gm)].map(([, name]) => name ?? '');
const secrets = [...(/const SECRETS = \[([^\]]+)\]/.exec(source)?.[1] ?? '').matchAll(/'([A-Z_]+)'/g)].map(
  ([, name]) => name ?? '',
);

const lines = [...example.matchAll(/^(#?)([A-Z][A-Z_]+)=(.*)$/gm)].map(([, mark, name = '', value = '']) => ({
  name,
  value,
  required: mark === '',
}));

/** What an engineer has to bring. */
const FILLED_IN: Record<string, string> = {
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  FLATPEAK_ACCOUNT_ID: 'acc_68541c4c407600f62fd98a02',
  FLATPEAK_API_KEY: 'a-key-from-onboarding',
  OIDC_CLIENT_SECRET: 'a-secret-of-the-client',
};

const environmentOf = (chosen: typeof lines): Record<string, string> =>
  Object.fromEntries(chosen.map(({ name, value }) => [name, value === '' ? (FILLED_IN[name] ?? '') : value]));

const required = lines.filter((line) => line.required);

describe('.env.example', () => {
  test('reads the schema it is compared with', () => {
    expect(known).toContain('PUBLIC_URL');
    expect(known.length).toBeGreaterThan(30);
    expect(secrets).toContain('ENCRYPTION_KEYS');
  });

  test('has every variable of the schema, once, and no other', () => {
    expect(lines.map(({ name }) => name).sort()).toEqual([...known].sort());
  });

  test('names the file of every secret that may come from one', () => {
    const files = new Set(example.match(/\b[A-Z][A-Z_]+_FILE\b/g));
    files.delete('OIDC_PRIVATE_KEY_FILE');
    expect([...files].sort()).toEqual(secrets.map((name) => `${name}_FILE`).sort());
  });

  test('leaves empty, among the required lines, exactly what only the provider can know', () => {
    const empty = required.filter(({ value }) => value === '').map(({ name }) => name);
    expect(empty.sort()).toEqual(Object.keys(FILLED_IN).sort());
  });

  test('is complete once those are filled in', () => {
    expect(parseEnvironment(environmentOf(required)).problems).toEqual([]);
  });

  test.each(required.map(({ name }) => name))('cannot do without %s', (name) => {
    const without = environmentOf(required.filter((line) => line.name !== name));
    expect(parseEnvironment(without).problems.map(({ where }) => where)).toEqual([name]);
  });

  test('shows the defaults: taking every # away changes nothing', () => {
    const least = parseEnvironment(environmentOf(required));
    const all = parseEnvironment(environmentOf(lines));
    expect(all.problems).toEqual([]);
    // As text, because two URLs compare equal whatever they say.
    expect(JSON.stringify(all.values)).toBe(JSON.stringify(least.values));
  });
});
