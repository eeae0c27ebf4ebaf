import { describe, expect, test } from '@jest/globals';
import { parseEnvironment } from '../../src/config/environment.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

/** The least that a provider's own deployment must say. */
const LEAST = {
  PUBLIC_URL: 'https://connect.provider.example',
  DATABASE_URL: 'postgres://adapter:secret@db.internal/adapter',
  ENCRYPTION_KEYS: `k1:${KEY}`,
  FLATPEAK_ACCOUNT_ID: 'acc_68541c4c407600f62fd98a97',
  FLATPEAK_API_KEY: 'sk_live_0123456789',
  OIDC_ISSUER: 'https://login.provider.example',
  OIDC_CLIENT_ID: 'tariff-sharing',
  OIDC_CLIENT_SECRET: 'a client secret',
  PROVIDER_PACK: '/etc/provider',
};

type Change = Record<string, string | undefined>;

const problemsOf = (change: Change) =>
  parseEnvironment({ ...LEAST, ...change }).problems.map(({ where, fix }) => `${where} ${fix}`);
const valuesOf = (change: Change = {}) => {
  const { values, problems } = parseEnvironment({ ...LEAST, ...change });
  expect(problems).toEqual([]);
  return values!;
};

test('the least that must be said, and the default of everything else', () => {
  expect(valuesOf()).toEqual({
    PUBLIC_URL: new URL('https://connect.provider.example'),
    PORT: 8080,
    HOST: '0.0.0.0',
    METRICS_PORT: 9090,
    TRUST_PROXY: 0,
    DATABASE_URL: { kind: 'postgres', url: LEAST.DATABASE_URL },
    ENCRYPTION_KEYS: [{ kid: 'k1', key: Buffer.alloc(32, 7) }],
    FLATPEAK_API_URL: new URL('https://api.flatpeak.com'),
    FLATPEAK_ACCOUNT_ID: LEAST.FLATPEAK_ACCOUNT_ID,
    FLATPEAK_API_KEY: LEAST.FLATPEAK_API_KEY,
    FLATPEAK_AUTH: 'basic',
    FLATPEAK_PROFILE: 'session',
    FLATPEAK_SUBMIT_METHOD: 'POST',
    FLATPEAK_TIMEOUT_MS: 5000,
    RETURN_TOKEN_PARAMS: ['connect_token', 'fp_cot'],
    RETURN_EXTRAS: 'all',
    OIDC_ISSUER: new URL('https://login.provider.example'),
    OIDC_CLIENT_ID: 'tariff-sharing',
    OIDC_CLIENT_AUTH: 'client_secret_basic',
    OIDC_CLIENT_SECRET: 'a client secret',
    OIDC_SCOPES: 'openid',
    OIDC_ID_TOKEN_ALG: 'RS256',
    OIDC_PAR: 'auto',
    OIDC_EXTRA_PARAMS: [],
    AUTH_DATA_MODE: 'grant',
    GRANT_MAX_AGE_DAYS: 365,
    POLLER_API_KEYS: [],
    PROVIDER_PACK: '/etc/provider',
    LIMIT_ENTRIES_PER_MINUTE: 120,
    LIMIT_REQUESTS_PER_MINUTE: 600,
    LOG_LEVEL: 'info',
  });
});

test('what other programs keep in the environment is ignored', () => {
  expect(valuesOf({ PATH: '/usr/bin', NODE_ENV: 'production' })).toEqual(valuesOf());
});

describe('each variable is read as', () => {
  test.each<[string, string, unknown]>([
    ['PUBLIC_URL', 'https://connect.provider.example:8443', new URL('https://connect.provider.example:8443')],
    ['PUBLIC_URL', 'http://localhost:8080', new URL('http://localhost:8080')],
    ['PUBLIC_URL', 'http://127.0.0.1:8080/', new URL('http://127.0.0.1:8080')],
    ['PORT', '0', 0],
    ['PORT', '65535', 65_535],
    ['HOST', '127.0.0.1', '127.0.0.1'],
    ['METRICS_PORT', '9464', 9464],
    ['TRUST_PROXY', '2', 2],
    ['DATABASE_URL', 'sqlite:/var/lib/adapter.db', { kind: 'sqlite', path: '/var/lib/adapter.db' }],
    ['DATABASE_URL', 'sqlite:./data/adapter.db', { kind: 'sqlite', path: './data/adapter.db' }],
    ['DATABASE_URL', 'postgresql://db/adapter', { kind: 'postgres', url: 'postgresql://db/adapter' }],
    ['FLATPEAK_API_URL', 'http://localhost:4000', new URL('http://localhost:4000')],
    ['FLATPEAK_AUTH', 'bearer', 'bearer'],
    ['FLATPEAK_SUBMIT_METHOD', 'PUT', 'PUT'],
    ['FLATPEAK_SUBMIT_METHOD', 'PATCH', 'PATCH'],
    ['FLATPEAK_SUBMIT_PATH', '/connect/{connect_token}/result', '/connect/{connect_token}/result'],
    ['FLATPEAK_CONSENT_ACTION', 'CONSENT', 'CONSENT'],
    ['FLATPEAK_TIMEOUT_MS', '100', 100],
    ['FLATPEAK_TIMEOUT_MS', '60000', 60_000],
    ['RETURN_URLS', 'https://app.example/a, myapp://back ,', ['https://app.example/a', 'myapp://back']],
    ['RETURN_TOKEN_PARAMS', 'fp_cot', ['fp_cot']],
    ['RETURN_FAILURE_PARAM', 'outcome', 'outcome'],
    ['RETURN_EXTRAS', 'none', 'none'],
    ['RETURN_EXTRAS', 'color, size', ['color', 'size']],
    ['OIDC_ISSUER', 'https://login.provider.example/realms/a', new URL('https://login.provider.example/realms/a')],
    ['OIDC_SCOPES', 'profile openid customer', 'profile openid customer'],
    ['OIDC_ID_TOKEN_ALG', 'ES256', 'ES256'],
    ['OIDC_PAR', 'required', 'required'],
    ['OIDC_PAR', 'off', 'off'],
    ['OIDC_ACR_VALUES', 'urn:example:loa:2', 'urn:example:loa:2'],
    ['OIDC_MAX_AGE', '0', 0],
    [
      'OIDC_EXTRA_PARAMS',
      'audience=billing&kc_idp_hint=a%20b',
      [
        ['audience', 'billing'],
        ['kc_idp_hint', 'a b'],
      ],
    ],
    ['TARIFF_URL', 'https://gateway.provider.example/tariff', new URL('https://gateway.provider.example/tariff')],
    ['GRANT_MAX_AGE_DAYS', '3650', 3650],
    [
      'POLLER_API_KEYS',
      `a:${'x'.repeat(16)},b:y:${'z'.repeat(16)}`,
      [
        { id: 'a', secret: 'x'.repeat(16) },
        { id: 'b', secret: `y:${'z'.repeat(16)}` },
      ],
    ],
    [
      'ENCRYPTION_KEYS',
      `new:${KEY},old:${Buffer.alloc(32, 8).toString('base64')}`,
      [
        { kid: 'new', key: Buffer.alloc(32, 7) },
        { kid: 'old', key: Buffer.alloc(32, 8) },
      ],
    ],
    ['REDIS_URL', 'redis://cache:6379', 'redis://cache:6379'],
    ['REDIS_URL', 'rediss://:password@cache/0', 'rediss://:password@cache/0'],
    ['LIMIT_ENTRIES_PER_MINUTE', '1', 1],
    ['LIMIT_REQUESTS_PER_MINUTE', '1000000', 1_000_000],
    ['LOG_LEVEL', 'debug', 'debug'],
    ['LOG_LEVEL', 'silent', 'silent'],
  ])('%s=%s', (name, text, value) => {
    expect(valuesOf({ [name]: text })).toMatchObject({ [name]: value });
  });
});

describe('what is missing is said with its fix', () => {
  test.each([
    ['PUBLIC_URL', 'PUBLIC_URL is required: the address customers reach the adapter at'],
    ['DATABASE_URL', 'DATABASE_URL is required: sqlite:PATH or postgres://…; it keeps the consents'],
    ['ENCRYPTION_KEYS', 'ENCRYPTION_KEYS is required: kid:base64-of-32-bytes'],
    ['FLATPEAK_ACCOUNT_ID', 'FLATPEAK_ACCOUNT_ID is required'],
    ['FLATPEAK_API_KEY', 'FLATPEAK_API_KEY is required'],
    ['OIDC_ISSUER', 'OIDC_ISSUER is required'],
    ['OIDC_CLIENT_ID', 'OIDC_CLIENT_ID is required'],
    ['OIDC_CLIENT_SECRET', 'OIDC_CLIENT_SECRET is required with OIDC_CLIENT_AUTH=client_secret_basic'],
    ['PROVIDER_PACK', 'PROVIDER_PACK is required: the folder with provider.yaml'],
  ])('%s', (name, problem) => {
    expect(problemsOf({ [name]: undefined })).toEqual([expect.stringContaining(problem)]);
    // Compose files and Helm charts leave empty values where nothing was given.
    expect(problemsOf({ [name]: '' })).toEqual([expect.stringContaining(problem)]);
  });
});

describe('what is wrong is said with its fix', () => {
  const WHOLE = 'must be a whole number from';
  const ORIGIN = 'must be scheme, host and port only; the adapter lives at the root of its host';
  const SECURE = 'must be https; http is accepted for localhost and 127.0.0.1 only';
  const ABSOLUTE = 'must be an absolute https address without user name or fragment';
  const KEYS = 'must hold keys of 32 bytes in base64; make one: openssl rand -base64 32';
  const PAIRS = 'must be id:secret pairs separated by commas, each id once';

  test.each([
    ['PUBLIC_URL', 'connect.provider.example', ABSOLUTE],
    ['PUBLIC_URL', 'ftp://connect.provider.example', ABSOLUTE],
    ['PUBLIC_URL', 'https://user@connect.provider.example', ABSOLUTE],
    ['PUBLIC_URL', 'https://connect.provider.example/#a', ABSOLUTE],
    ['PUBLIC_URL', 'http://connect.provider.example', SECURE],
    ['PUBLIC_URL', 'http://192.168.1.2', SECURE],
    ['PUBLIC_URL', 'https://connect.provider.example/adapter', ORIGIN],
    ['PUBLIC_URL', 'https://connect.provider.example/?a=1', ORIGIN],
    ['PORT', '65536', `${WHOLE} 0 to 65535`],
    ['PORT', '-1', `${WHOLE} 0 to 65535`],
    ['PORT', '80.5', `${WHOLE} 0 to 65535`],
    ['PORT', '0x50', `${WHOLE} 0 to 65535`],
    ['PORT', ' 80', `${WHOLE} 0 to 65535`],
    ['PORT', '1e3', `${WHOLE} 0 to 65535`],
    ['METRICS_PORT', 'off', `${WHOLE} 0 to 65535`],
    ['TRUST_PROXY', 'true', `${WHOLE} 0 to 10`],
    ['TRUST_PROXY', '11', `${WHOLE} 0 to 10`],
    ['DATABASE_URL', '/var/lib/adapter.db', 'must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE'],
    ['DATABASE_URL', 'sqlite:', 'must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE'],
    ['DATABASE_URL', 'mysql://db/adapter', 'must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE'],
    ['DATABASE_URL', 'postgres://', 'must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE'],
    ['ENCRYPTION_KEYS', KEY, PAIRS],
    ['ENCRYPTION_KEYS', `k1:${KEY},k1:${KEY}`, PAIRS],
    ['ENCRYPTION_KEYS', `k 1:${KEY}`, PAIRS],
    ['ENCRYPTION_KEYS', 'k1:dG9vIHNob3J0', KEYS],
    ['ENCRYPTION_KEYS', `k1:${KEY},k2:dG9vIHNob3J0`, KEYS],
    ['ENCRYPTION_KEYS', ',', KEYS],
    ['FLATPEAK_API_URL', 'http://api.flatpeak.com', SECURE],
    ['FLATPEAK_API_URL', 'api.flatpeak.com', ABSOLUTE],
    ['FLATPEAK_AUTH', 'Basic', 'must be basic or bearer'],
    ['FLATPEAK_PROFILE', 'sdk', 'must be session or account-info'],
    ['FLATPEAK_SUBMIT_METHOD', 'GET', 'must be POST, PUT or PATCH'],
    ['FLATPEAK_SUBMIT_PATH', 'connect/session', 'must be a path that begins with / and may hold {connect_token}'],
    ['FLATPEAK_SUBMIT_PATH', '/a?b=c', 'must be a path that begins with / and may hold {connect_token}'],
    ['FLATPEAK_SUBMIT_PATH', '//evil.example/a', 'must be a path that begins with / and may hold {connect_token}'],
    ['FLATPEAK_SUBMIT_PATH', '/\\evil.example/a', 'must be a path that begins with / and may hold {connect_token}'],
    ['FLATPEAK_TIMEOUT_MS', '99', `${WHOLE} 100 to 60000`],
    ['FLATPEAK_TIMEOUT_MS', '60001', `${WHOLE} 100 to 60000`],
    ['RETURN_URLS', 'app.example', 'must list absolute addresses, for example https://app.example/flatpeak'],
    [
      'RETURN_URLS',
      'https://app.example, /b',
      'must list absolute addresses, for example https://app.example/flatpeak',
    ],
    ['RETURN_URLS', ',', 'must list absolute addresses, for example https://app.example/flatpeak'],
    ['RETURN_TOKEN_PARAMS', ',', 'must list parameter names'],
    ['RETURN_TOKEN_PARAMS', 'a=b', 'must list parameter names'],
    ['RETURN_FAILURE_PARAM', 'a&b', 'must be a parameter name'],
    ['OIDC_ISSUER', 'http://login.provider.example', SECURE],
    ['OIDC_ISSUER', 'login', ABSOLUTE],
    [
      'OIDC_ISSUER',
      'https://login.provider.example/.well-known/openid-configuration',
      'must be the issuer itself, without /.well-known/…, or its identity would go unchecked',
    ],
    ['OIDC_CLIENT_AUTH', 'tls_client_auth', 'must be client_secret_basic, client_secret_post, private_key_jwt or none'],
    ['OIDC_SCOPES', 'profile', 'must contain openid'],
    ['OIDC_SCOPES', 'openid2', 'must contain openid'],
    ['OIDC_ID_TOKEN_ALG', 'none', 'must be one asymmetric signature algorithm, such as RS256, PS256 or ES256'],
    ['OIDC_ID_TOKEN_ALG', 'HS256', 'must be one asymmetric signature algorithm, such as RS256, PS256 or ES256'],
    ['OIDC_PAR', 'on', 'must be auto, required or off'],
    ['OIDC_MAX_AGE', '1h', `${WHOLE} 0 to 31536000`],
    ['OIDC_EXTRA_PARAMS', 'state=x', 'must not set a parameter the adapter sets itself'],
    ['OIDC_EXTRA_PARAMS', 'a=1&redirect_uri=https://evil.example', 'must not set a parameter the adapter sets itself'],
    ['OIDC_EXTRA_PARAMS', 'ui_locales=de', 'must not set a parameter the adapter sets itself'],
    ['OIDC_EXTRA_PARAMS', 'max_age=1', 'must not set a parameter the adapter sets itself'],
    ['OIDC_EXTRA_PARAMS', 'acr_values=1', 'must not set a parameter the adapter sets itself'],
    ['AUTH_DATA_MODE', 'jwt', 'must be grant or oauth'],
    ['TARIFF_URL', 'http://gateway.provider.example/tariff', SECURE],
    ['GRANT_MAX_AGE_DAYS', '0', `${WHOLE} 1 to 3650`],
    ['GRANT_MAX_AGE_DAYS', '3651', `${WHOLE} 1 to 3650`],
    ['POLLER_API_KEYS', 'just-a-key-without-an-id', PAIRS],
    ['POLLER_API_KEYS', 'a:short', 'must hold keys of at least 16 characters'],
    ['REDIS_URL', 'http://cache', 'must be redis://HOST:PORT or rediss://HOST:PORT'],
    ['REDIS_URL', 'cache:6379', 'must be redis://HOST:PORT or rediss://HOST:PORT'],
    ['LIMIT_ENTRIES_PER_MINUTE', '0', `${WHOLE} 1 to 1000000`],
    ['LIMIT_REQUESTS_PER_MINUTE', 'many', `${WHOLE} 1 to 1000000`],
    ['LOG_LEVEL', 'trace', 'must be debug, info, warn, error or silent'],
  ])('%s=%s', (name, text, problem) => {
    expect(problemsOf({ [name]: text })).toEqual([`${name} ${problem}`]);
  });
});

describe('rules between variables', () => {
  test.each([
    ['http://localhost:8080', undefined],
    ['http://127.0.0.1:8080', undefined],
    ['https://localhost:8443', undefined],
  ])('%s needs no DATABASE_URL', (PUBLIC_URL) => {
    expect(valuesOf({ PUBLIC_URL, DATABASE_URL: undefined }).DATABASE_URL).toBeUndefined();
  });

  test('the account-info profile needs RETURN_URLS', () => {
    expect(problemsOf({ FLATPEAK_PROFILE: 'account-info' })).toEqual([
      'RETURN_URLS is required with FLATPEAK_PROFILE=account-info, where the return address comes in the request',
    ]);
    const RETURN_URLS = 'https://app.example';
    expect(valuesOf({ FLATPEAK_PROFILE: 'account-info', RETURN_URLS }).RETURN_URLS).toEqual([RETURN_URLS]);
  });

  test('handing over the identity provider’s tokens needs the address they are for', () => {
    expect(problemsOf({ AUTH_DATA_MODE: 'oauth' })).toEqual([
      expect.stringContaining('TARIFF_URL is required with AUTH_DATA_MODE=oauth'),
    ]);
    const TARIFF_URL = 'https://api.provider.example/tariff';
    expect(valuesOf({ AUTH_DATA_MODE: 'oauth', TARIFF_URL })).toMatchObject({
      AUTH_DATA_MODE: 'oauth',
      TARIFF_URL: new URL(TARIFF_URL),
    });
  });

  test('client_secret_post needs a secret too', () => {
    expect(problemsOf({ OIDC_CLIENT_AUTH: 'client_secret_post', OIDC_CLIENT_SECRET: undefined })).toEqual([
      'OIDC_CLIENT_SECRET is required with OIDC_CLIENT_AUTH=client_secret_post',
    ]);
  });

  test('a public client needs none', () => {
    expect(valuesOf({ OIDC_CLIENT_AUTH: 'none', OIDC_CLIENT_SECRET: undefined }).OIDC_CLIENT_AUTH).toBe('none');
  });

  test('private_key_jwt needs a key, and no secret', () => {
    expect(problemsOf({ OIDC_CLIENT_AUTH: 'private_key_jwt', OIDC_CLIENT_SECRET: undefined })).toEqual([
      'OIDC_PRIVATE_KEY_FILE is required with OIDC_CLIENT_AUTH=private_key_jwt',
    ]);
  });
});

test('all problems are told at once, missing and wrong ones, and those between variables', () => {
  const { values, problems } = parseEnvironment({
    PORT: 'eighty',
    FLATPEAK_PROFILE: 'account-info',
    OIDC_CLIENT_AUTH: 'private_key_jwt',
    OIDC_ISSUER: 'http://login.provider.example',
    LOG_LEVEL: 'loud',
    FLATPEAK_API_KEY_FILE: '/nowhere/at/all',
  });
  expect(values).toBeNull();
  expect(problems.map(({ where }) => where).sort()).toEqual([
    'DATABASE_URL',
    'ENCRYPTION_KEYS',
    'FLATPEAK_ACCOUNT_ID',
    'FLATPEAK_API_KEY',
    'FLATPEAK_API_KEY_FILE',
    'LOG_LEVEL',
    'OIDC_CLIENT_ID',
    'OIDC_ISSUER',
    'OIDC_PRIVATE_KEY_FILE',
    'PORT',
    'PROVIDER_PACK',
    'PUBLIC_URL',
    'RETURN_URLS',
  ]);
});

test('no problem repeats the value of a secret', () => {
  const secret = 'swordfish-9f2c';
  const { problems } = parseEnvironment({
    ...LEAST,
    DATABASE_URL: `mysql://adapter:${secret}@db/adapter`,
    ENCRYPTION_KEYS: secret,
    POLLER_API_KEYS: `a:${secret}`,
    REDIS_URL: `http://:${secret}@cache`,
    PUBLIC_URL: `https://user:${secret}@connect.provider.example`,
    OIDC_PRIVATE_KEY_FILE: '/nowhere',
  });
  expect(problems.length).toBeGreaterThanOrEqual(5);
  expect(JSON.stringify(problems)).not.toContain(secret);
});
