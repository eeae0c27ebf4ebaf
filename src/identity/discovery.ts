import {
  allowInsecureRequests,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  getJwksCache,
  None,
  setJwksCache,
  type ClientAuth,
  type CustomFetch,
  type ExportedJWKSCache,
  type ServerMetadata,
} from 'openid-client';
import { systemClock, type Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Outbound } from '../base/outbound.ts';
import { clientAuth, type ClientAuthentication } from './client-authentication.ts';
import { checkEndpoints } from './endpoints.ts';

export interface ClientSettings {
  issuer: URL;
  clientId: string;
  authentication: ClientAuthentication;
  /** The one algorithm an ID token may be signed with. */
  idTokenAlg: string;
  timeoutMs: number;
}

/** The identity provider as discovered (OpenID Connect Discovery §4): asked for when first needed, by one request at a time. */
export interface Discovery {
  /** For one exchange with the provider. */
  get(): Promise<Configuration>;
  /** Keeps the keys that an exchange has proved good, for those that follow. */
  learn(from: Configuration): void;
  /** Forget it: the next use discovers anew, keys included. */
  reset(): void;
}

const FRESH_FOR_MS = 3_600_000;
const KEYS_FRESH_FOR_MS = 300_000;
/** So long the library takes keys it has fetched for all there are. */
const COOL_DOWN_S = 60;

/**
 * The library's requests go out the adapter's own way: bounded in time and size, redirects not followed. The
 * headers it hands over are already complete. "Not now" is no answer, whatever its body says.
 */
const viaOutbound =
  (outbound: Outbound, timeoutMs: number): CustomFetch =>
  async (url, options) => {
    const answer = await outbound({
      url,
      method: options.method,
      headers: Object.fromEntries(new Headers(options.headers)),
      timeoutMs,
      ...(options.body == null ? {} : { body: await new Response(options.body).text() }),
    });
    if (answer.status >= 500 || answer.status === 429) {
      throw new Failure('outbound_unavailable', { status: answer.status });
    }
    const empty = [204, 205, 304].includes(answer.status);
    return new Response(empty ? null : answer.body, { status: answer.status, headers: answer.headers });
  };

export function createDiscovery(settings: ClientSettings, outbound: Outbound, clock: Clock): Discovery {
  let current: { found: Promise<Found>; until: number } | null = null;
  let keys: { cache: ExportedJWKSCache; until: number } | null = null;
  const fetchVia = viaOutbound(outbound, settings.timeoutMs);
  const timeout = settings.timeoutMs / 1000;
  // Configuration accepts http for this machine only.
  const insecure = settings.issuer.protocol === 'http:';

  const discover = async (): Promise<Found> => {
    const options = { timeout, [customFetch]: fetchVia, execute: insecure ? [allowInsecure] : [] };
    const found = await discovery(settings.issuer, settings.clientId, undefined, None(), options);
    const metadata = found.serverMetadata();
    checkEndpoints(metadata, settings.issuer);
    return { metadata, auth: clientAuth(settings.authentication) };
  };

  const reset = (): void => {
    current = null;
    keys = null;
  };

  const known = (): Promise<Found> => {
    if (current && current.until > clock()) return current.found;
    const found = discover();
    current = { found, until: clock() + FRESH_FOR_MS };
    found.catch(reset);
    return found;
  };

  return {
    reset,

    get: async () => {
      const { metadata, auth } = await known();
      const client = { id_token_signed_response_alg: settings.idTokenAlg };
      const config = new Configuration(metadata, settings.clientId, client, auth);
      config.timeout = timeout;
      config[customFetch] = fetchVia;
      // Without it the library trusts TLS alone and accepts any signature on an ID token.
      enableNonRepudiationChecks(config);
      if (insecure) allowInsecure(config);
      if (keys && keys.until > clock()) {
        // Told that the keys are older, it fetches them anew at once when a token names one it does not know.
        const older = Math.floor(systemClock() / 1000) - COOL_DOWN_S;
        setJwksCache(config, { ...keys.cache, uat: Math.min(keys.cache.uat, older) });
      }
      return config;
    },

    learn: (from) => {
      const cache = getJwksCache(from);
      if (cache && cache.uat > (keys?.cache.uat ?? 0)) keys = { cache, until: clock() + KEYS_FRESH_FOR_MS };
    },
  };
}

interface Found {
  metadata: ServerMetadata;
  auth: ClientAuth;
}

// The library marks this as deprecated so that nobody uses it by chance.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const allowInsecure: (config: Configuration) => void = allowInsecureRequests;
