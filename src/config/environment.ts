import { createPrivateKey, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { codeOf } from '../base/failure.ts';
import { isLocal } from '../base/this-machine.ts';
import { readVariable, type Environment, type Problem } from './secrets.ts';
import { keyedSecrets, list, originUrl, queryString, secureUrl, wholeNumber } from './values.ts';

const SECRETS = [
  'DATABASE_URL',
  'ENCRYPTION_KEYS',
  'REDIS_URL',
  'FLATPEAK_API_KEY',
  'OIDC_CLIENT_SECRET',
  'POLLER_API_KEYS',
] as const;

const encryptionKeys = keyedSecrets.transform((pairs, context) => {
  const keys = pairs.map(({ id, secret }) => ({ kid: id, key: Buffer.from(secret, 'base64') }));
  if (keys.length === 0 || keys.some(({ key }) => key.length !== 32)) {
    context.addIssue({
      code: 'custom',
      message: 'must hold keys of 32 bytes in base64; make one: openssl rand -base64 32',
    });
    return z.NEVER;
  }
  return keys;
});

const databaseUrl = z.string().transform((text, context) => {
  if (text.startsWith('sqlite:') && text.length > 'sqlite:'.length) {
    return { kind: 'sqlite' as const, path: text.slice('sqlite:'.length) };
  }
  if (/^postgres(ql)?:\/\/./.test(text) && URL.canParse(text)) return { kind: 'postgres' as const, url: text };
  context.addIssue({ code: 'custom', message: 'must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE' });
  return z.NEVER;
});

/** Where a customer may be sent back to: a URL whose scheme, host, port and path prefix are compared. */
const returnUrls = list.transform((items, context) => {
  if (items.length > 0 && items.every((item) => URL.canParse(item))) return items;
  context.addIssue({
    code: 'custom',
    message: 'must list absolute addresses, for example https://app.example/flatpeak',
  });
  return z.NEVER;
});

const privateKeyFile = z.string().transform((file, context) => {
  try {
    const text = readFileSync(file, 'utf8');
    const isJwk = text.trimStart().startsWith('{');
    createPrivateKey(isJwk ? { key: JSON.parse(text) as webcrypto.JsonWebKey, format: 'jwk' } : text);
    return text;
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: `must name a readable private key, as PEM or JWK (${codeOf(error)})`,
    });
    return z.NEVER;
  }
});

const required = (message: string) => z.string({ error: message });
/** Where another variable decides whether this one is required. */
const requiredWhen = <T extends z.ZodType<unknown, string>>(needed: boolean, schema: T, message: string) =>
  needed ? required(message).pipe(schema) : schema.optional();

/**
 * Every variable of the environment with its shape, its default and, through `env`, the rules between variables.
 * Made for one environment, so that a missing value and a wrong one elsewhere are reported in the same run.
 */
function environmentSchema(env: Environment) {
  const local = env.PUBLIC_URL !== undefined && URL.canParse(env.PUBLIC_URL) && isLocal(new URL(env.PUBLIC_URL));
  const clientAuth = env.OIDC_CLIENT_AUTH ?? 'client_secret_basic';
  const accountInfo = env.FLATPEAK_PROFILE === 'account-info';
  return z.object({
    PUBLIC_URL: required(
      'is required: the address customers reach the adapter at, https://connect.your-company.example',
    ).pipe(originUrl),
    PORT: wholeNumber(0, 65_535).default(8080),
    HOST: z.string().default('0.0.0.0'),
    METRICS_PORT: wholeNumber(0, 65_535).default(9090),
    TRUST_PROXY: wholeNumber(0, 10).default(0),
    DATABASE_URL: requiredWhen(
      !local,
      databaseUrl,
      'is required: sqlite:PATH or postgres://…; it keeps the consents, so there is no default outside localhost',
    ),
    ENCRYPTION_KEYS: required('is required: kid:base64-of-32-bytes; make a key with: openssl rand -base64 32').pipe(
      encryptionKeys,
    ),
    FLATPEAK_API_URL: secureUrl.default(new URL('https://api.flatpeak.com')),
    FLATPEAK_ACCOUNT_ID: required('is required: the account id Flatpeak gives at onboarding').min(1),
    FLATPEAK_API_KEY: required('is required: the secret Flatpeak gives at onboarding').min(1),
    FLATPEAK_AUTH: z.enum(['basic', 'bearer'], { error: 'must be basic or bearer' }).default('basic'),
    FLATPEAK_PROFILE: z
      .enum(['session', 'account-info'], { error: 'must be session or account-info' })
      .default('session'),
    FLATPEAK_SUBMIT_METHOD: z.enum(['POST', 'PUT', 'PATCH'], { error: 'must be POST, PUT or PATCH' }).default('POST'),
    FLATPEAK_SUBMIT_PATH: z
      .string()
      .regex(/^\/(?![/\\])[^?#\s]*$/, 'must be a path that begins with / and may hold {connect_token}')
      .optional(),
    FLATPEAK_CONSENT_ACTION: z.string().min(1).max(64).optional(),
    FLATPEAK_TIMEOUT_MS: wholeNumber(100, 60_000).default(5000),
    RETURN_URLS: requiredWhen(
      accountInfo,
      returnUrls,
      'is required with FLATPEAK_PROFILE=account-info, where the return address comes in the request',
    ),
    RETURN_TOKEN_PARAMS: list
      .refine(
        (names) => names.length > 0 && names.every((name) => /^[A-Za-z0-9_.-]{1,64}$/.test(name)),
        'must list parameter names',
      )
      .default(['connect_token', 'fp_cot']),
    RETURN_FAILURE_PARAM: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be a parameter name')
      .optional(),
    RETURN_EXTRAS: z
      .string()
      .transform((text): 'all' | 'none' | string[] => (text === 'all' || text === 'none' ? text : list.parse(text)))
      .default('all'),
    OIDC_ISSUER: required(
      'is required: the issuer of your identity provider, exactly as its discovery document says',
    ).pipe(
      secureUrl.refine((url) => !url.pathname.includes('/.well-known/'), {
        error: 'must be the issuer itself, without /.well-known/…, or its identity would go unchecked',
      }),
    ),
    OIDC_CLIENT_ID: required('is required: the client registered for the adapter at your identity provider').min(1),
    OIDC_CLIENT_AUTH: z
      .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'], {
        error: 'must be client_secret_basic, client_secret_post, private_key_jwt or none',
      })
      .default('client_secret_basic'),
    OIDC_CLIENT_SECRET: requiredWhen(
      clientAuth.startsWith('client_secret'),
      z.string(),
      `is required with OIDC_CLIENT_AUTH=${clientAuth}`,
    ),
    OIDC_PRIVATE_KEY_FILE: requiredWhen(
      clientAuth === 'private_key_jwt',
      privateKeyFile,
      'is required with OIDC_CLIENT_AUTH=private_key_jwt',
    ),
    OIDC_SCOPES: z
      .string()
      .refine((text) => text.split(' ').includes('openid'), 'must contain openid')
      .default('openid'),
    OIDC_ID_TOKEN_ALG: z
      .enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'], {
        error: 'must be one asymmetric signature algorithm, such as RS256, PS256 or ES256',
      })
      .default('RS256'),
    OIDC_PAR: z.enum(['auto', 'required', 'off'], { error: 'must be auto, required or off' }).default('auto'),
    OIDC_ACR_VALUES: z.string().min(1).optional(),
    OIDC_MAX_AGE: wholeNumber(0, 31_536_000).optional(),
    OIDC_EXTRA_PARAMS: queryString
      .refine(
        (pairs) => pairs.every(([name]) => !RESERVED_PARAMS.has(name)),
        'must not set a parameter the adapter sets itself',
      )
      .default([]),
    AUTH_DATA_MODE: z.enum(['grant', 'oauth'], { error: 'must be grant or oauth' }).default('grant'),
    TARIFF_URL: requiredWhen(
      env.AUTH_DATA_MODE === 'oauth',
      secureUrl,
      'is required with AUTH_DATA_MODE=oauth: the tariff API of your own that takes your identity provider’s tokens',
    ),
    GRANT_MAX_AGE_DAYS: wholeNumber(1, 3650).default(365),
    POLLER_API_KEYS: keyedSecrets
      .refine((pairs) => pairs.every(({ secret }) => secret.length >= 16), 'must hold keys of at least 16 characters')
      .default([]),
    PROVIDER_PACK: required('is required: the folder with provider.yaml'),
    REDIS_URL: z
      .string()
      // What cannot be parsed the client would throw at start, password and all.
      .refine(
        (text) => /^rediss?:\/\/.+/.test(text) && /^\/?\d*$/.test(URL.parse(text)?.pathname ?? '-'),
        'must be redis://HOST:PORT or rediss://HOST:PORT',
      )
      .optional(),
    LIMIT_ENTRIES_PER_MINUTE: wholeNumber(1, 1_000_000).default(120),
    LIMIT_REQUESTS_PER_MINUTE: wholeNumber(1, 1_000_000).default(600),
    LOG_LEVEL: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'], { error: 'must be debug, info, warn, error or silent' })
      .default('info'),
  });
}

const RESERVED_PARAMS = new Set([
  'acr_values',
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'max_age',
  'nonce',
  'scope',
  'state',
  'ui_locales',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
]);

export type EnvironmentValues = z.output<ReturnType<typeof environmentSchema>>;

/** Where the database is when nothing says so; on localhost only. */
export const LOCAL_DATABASE = { kind: 'sqlite', path: './data/adapter.db' } as const;

interface Parsed<Values> {
  values: Values | null;
  /** Everything that is wrong, not the first thing. */
  problems: Problem[];
}

/** Parses the whole environment. */
export const parseEnvironment = (env: Environment): Parsed<EnvironmentValues> => parse(env, SECRETS, environmentSchema);

/** Only where the database is: commands do not fail for what they do not need. */
export const parseDatabaseAddress = (env: Environment): Parsed<Pick<EnvironmentValues, 'DATABASE_URL'>> =>
  parse(env, ['DATABASE_URL'], (given) => environmentSchema(given).pick({ DATABASE_URL: true }));

/** Only under which keys things are sealed. */
export const parseKeys = (env: Environment): Parsed<Pick<EnvironmentValues, 'ENCRYPTION_KEYS'>> =>
  parse(env, ['ENCRYPTION_KEYS'], (given) => environmentSchema(given).pick({ ENCRYPTION_KEYS: true }));

function parse<Values>(
  env: Environment,
  secretNames: readonly string[],
  schemaOf: (given: Environment) => z.ZodType<Values>,
): Parsed<Values> {
  const problems: Problem[] = [];
  const secrets = Object.fromEntries(secretNames.map((name) => [name, readVariable(env, name, problems)]));
  const given = Object.fromEntries(
    Object.entries({ ...env, ...secrets }).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schemaOf(given).safeParse(given);
  if (!parsed.success) {
    const found = parsed.error.issues.map((issue) => ({ where: issue.path.join('.'), fix: issue.message }));
    return { values: null, problems: [...problems, ...found] };
  }
  return { values: problems.length === 0 ? parsed.data : null, problems };
}
