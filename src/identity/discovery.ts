import {
  allowInsecureRequests,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  type Configuration,
  type CustomFetch,
} from 'openid-client';
import type { Clock } from '../base/clock.ts';
import type { Outbound } from '../base/outbound.ts';
import { clientAuth, type ClientAuthentication } from './client-authentication.ts';

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
  get(): Promise<Configuration>;
  /** Forget it: the next use discovers anew, keys included. */
  reset(): void;
}

const FRESH_FOR_MS = 3_600_000;

/**
 * The library's requests go out the adapter's own way: bounded in time and size, redirects not followed. The
 * headers it hands over are already complete.
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
    const empty = [204, 205, 304].includes(answer.status);
    return new Response(empty ? null : answer.body, { status: answer.status, headers: answer.headers });
  };

export function createDiscovery(settings: ClientSettings, outbound: Outbound, clock: Clock): Discovery {
  let current: { configuration: Promise<Configuration>; until: number } | null = null;

  const discover = (): Promise<Configuration> =>
    discovery(
      settings.issuer,
      settings.clientId,
      { id_token_signed_response_alg: settings.idTokenAlg },
      clientAuth(settings.authentication),
      {
        timeout: settings.timeoutMs / 1000,
        [customFetch]: viaOutbound(outbound, settings.timeoutMs),
        execute: [
          // Without it the library trusts TLS alone and accepts any signature on an ID token.
          enableNonRepudiationChecks,
          // Configuration accepts http for this machine only.
          ...(settings.issuer.protocol === 'http:' ? [allowInsecure] : []),
        ],
      },
    );

  const reset = (): void => {
    current = null;
  };

  return {
    reset,
    get: () => {
      if (current && current.until > clock()) return current.configuration;
      const configuration = discover();
      current = { configuration, until: clock() + FRESH_FOR_MS };
      configuration.catch(reset);
      return configuration;
    },
  };
}

// The library marks this as deprecated so that nobody uses it by chance.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const allowInsecure = allowInsecureRequests;
