/**
 * Variables that configure the adapter. What the terminal happens to hold of them is kept away from the sandbox's
 * adapter, which needs no configuration; everything else, such as the secrets a provider pack names, is passed on.
 */
const CONFIGURES_THE_ADAPTER =
  /^(PUBLIC_URL|PORT|HOST|METRICS_PORT|TRUST_PROXY|DATABASE_URL|ENCRYPTION_KEYS|REDIS_URL|PROVIDER_PACK|TARIFF_URL|AUTH_DATA_MODE|GRANT_MAX_AGE_DAYS|POLLER_API_KEYS|(FLATPEAK|OIDC|OAUTH|RETURN|CONTROL|EVENTS|LIMIT)_[A-Z_]+)(_FILE)?$/;

export interface AdapterSettings {
  port: number;
  publicUrl: string;
  database: string;
  encryptionKey: string;
  flatpeak: { apiUrl: string; accountId: string; apiKey: string };
  identity: { issuer: string; clientId: string; clientSecret: string };
  billing: { url: string; clientSecret: string };
  pack: string;
}

/** The adapter's whole configuration, as its environment. */
export function adapterEnvironment(settings: AdapterSettings, around: NodeJS.ProcessEnv): Record<string, string> {
  const passed = Object.entries(around).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !CONFIGURES_THE_ADAPTER.test(entry[0]),
  );
  const { flatpeak, identity, billing } = settings;
  return {
    // A pack of one's own may bring a billing system of its own.
    BILLING_URL: billing.url,
    BILLING_SECRET: billing.clientSecret,
    ...Object.fromEntries(passed),
    PUBLIC_URL: settings.publicUrl,
    PORT: String(settings.port),
    HOST: '127.0.0.1',
    METRICS_PORT: '0',
    DATABASE_URL: `sqlite:${settings.database}`,
    ENCRYPTION_KEYS: `sandbox:${settings.encryptionKey}`,
    FLATPEAK_API_URL: flatpeak.apiUrl,
    FLATPEAK_ACCOUNT_ID: flatpeak.accountId,
    FLATPEAK_API_KEY: flatpeak.apiKey,
    OIDC_ISSUER: identity.issuer,
    OIDC_CLIENT_ID: identity.clientId,
    OIDC_CLIENT_SECRET: identity.clientSecret,
    PROVIDER_PACK: settings.pack,
  };
}
