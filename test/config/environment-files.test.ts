import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnvironment, type EnvironmentValues } from '../../src/config/environment.ts';
import { readVariable, type Problem } from '../../src/config/secrets.ts';

/** Secrets and keys that come in files, as Docker and Kubernetes hand them out. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'adapter-secrets-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function fileOf(text: string): Promise<string> {
  files += 1;
  const file = path.join(folder, String(files));
  await writeFile(file, text);
  return file;
}

const LEAST = {
  PUBLIC_URL: 'https://connect.provider.example',
  DATABASE_URL: 'sqlite:/var/lib/adapter.db',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  FLATPEAK_ACCOUNT_ID: 'acc_68541c4c407600f62fd98a97',
  FLATPEAK_API_KEY: 'sk_live_0123456789',
  OIDC_ISSUER: 'https://login.provider.example',
  OIDC_CLIENT_ID: 'tariff-sharing',
  OIDC_CLIENT_SECRET: 'a client secret',
  PROVIDER_PACK: '/etc/provider',
};

describe('a secret is read from the file its _FILE variable names', () => {
  const KEY = Buffer.alloc(32, 9).toString('base64');

  test.each<[keyof EnvironmentValues, string, unknown]>([
    ['DATABASE_URL', 'postgres://a:b@db/adapter', { kind: 'postgres', url: 'postgres://a:b@db/adapter' }],
    ['ENCRYPTION_KEYS', `f1:${KEY}`, [{ kid: 'f1', key: Buffer.alloc(32, 9) }]],
    ['FLATPEAK_API_KEY', 'sk_from_file', 'sk_from_file'],
    ['OIDC_CLIENT_SECRET', 'secret from file', 'secret from file'],
    ['REDIS_URL', 'redis://:secret@cache', 'redis://:secret@cache'],
    ['POLLER_API_KEYS', 'p:0123456789abcdef', [{ id: 'p', secret: '0123456789abcdef' }]],
  ])('%s', async (name, text, value) => {
    const { values, problems } = parseEnvironment({
      ...LEAST,
      [name]: undefined,
      [`${name}_FILE`]: await fileOf(text),
    });
    expect(problems).toEqual([]);
    expect(values?.[name]).toEqual(value);
  });
});

describe('one value of a file', () => {
  const read = (env: Record<string, string>) => {
    const problems: Problem[] = [];
    return { value: readVariable(env, 'SECRET', problems), problems };
  };

  test.each([
    ['as it is', 'secret', 'secret'],
    ['without the line break at its end', 'secret\n', 'secret'],
    ['without the line break of Windows', 'secret\r\n', 'secret'],
    ['with all others', 'a\nb\n\n', 'a\nb\n'],
    ['with spaces', ' secret ', ' secret '],
  ])('%s', async (_, text, value) => {
    expect(read({ SECRET_FILE: await fileOf(text) })).toEqual({ value, problems: [] });
  });

  test('beside an empty variable counts', async () => {
    expect(read({ SECRET: '', SECRET_FILE: await fileOf('x') })).toEqual({ value: 'x', problems: [] });
  });

  test('beside a variable is one too many', async () => {
    expect(read({ SECRET: 'a', SECRET_FILE: await fileOf('b') }).problems).toEqual([
      { where: 'SECRET', fix: 'is set, and SECRET_FILE too; keep one of them' },
    ]);
  });

  test('that is not there is said, with the reason', () => {
    expect(read({ SECRET_FILE: '/nowhere/at/all' })).toEqual({
      value: undefined,
      problems: [{ where: 'SECRET_FILE', fix: 'names a file that cannot be read (ENOENT)' }],
    });
  });

  test('that is a folder is said', () => {
    expect(read({ SECRET_FILE: folder }).problems[0]?.fix).toBe('names a file that cannot be read (EISDIR)');
  });
});

describe('an empty secret file is a missing secret', () => {
  test.each(['FLATPEAK_API_KEY', 'ENCRYPTION_KEYS', 'OIDC_CLIENT_SECRET'])('%s', async (name) => {
    const env = { ...LEAST, [name]: undefined, [`${name}_FILE`]: await fileOf('\n') };
    expect(parseEnvironment(env).problems).toEqual([{ where: name, fix: expect.stringContaining('is required') }]);
  });
});

describe('the private key of private_key_jwt', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const jwk = JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'key-1' });
  const withKey = (file: string) =>
    parseEnvironment({
      ...LEAST,
      OIDC_CLIENT_AUTH: 'private_key_jwt',
      OIDC_CLIENT_SECRET: undefined,
      OIDC_PRIVATE_KEY_FILE: file,
    });

  test.each([
    ['PEM', pem],
    ['JWK', jwk],
  ])('as %s is kept as its file holds it', async (_, text) => {
    const { values, problems } = withKey(await fileOf(text));
    expect(problems).toEqual([]);
    expect(values?.OIDC_PRIVATE_KEY_FILE).toBe(text);
  });

  test.each([
    ['is not there', () => Promise.resolve('/nowhere/at/all')],
    ['is no key', () => fileOf('no key')],
    ['is a public key', () => fileOf(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }))],
    ['is a broken JWK', () => fileOf('{"kty":"EC"')],
    ['is a public JWK', () => fileOf(JSON.stringify({ ...privateKey.export({ format: 'jwk' }), d: undefined }))],
  ])('that %s is refused', async (_, file) => {
    expect(withKey(await file()).problems).toEqual([
      {
        where: 'OIDC_PRIVATE_KEY_FILE',
        fix: expect.stringMatching(/^must name a readable private key, as PEM or JWK \(\w+\)$/),
      },
    ]);
  });
});
