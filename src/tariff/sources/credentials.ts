import * as client from 'openid-client';
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/clock.ts';
import type { Outbound } from '../../base/outbound.ts';

/** Access tokens for a source of the provider's, by the client credentials grant (RFC 6749 §4.4). */
export interface ClientCredentials {
  /** A token that is not about to expire; `refused` is one the source did not take, so it is not given again. */
  token(refused?: string): Promise<string>;
}

export interface ClientCredentialsSettings {
  token_url: string;
  client_id: string;
  client_secret: string;
  scope?: string | undefined;
}

const MARGIN_MS = 30_000;
/** Where the answer does not say (RFC 6749 §5.1); a 401 renews sooner. */
const DEFAULT_LIFE_MS = 300_000;

export function createClientCredentials(
  settings: ClientCredentialsSettings,
  send: Outbound,
  clock: Clock,
): ClientCredentials {
  const configuration = configure(settings, send);
  let known: { token: string; until: number } | null = null;
  let asking: Promise<string> | null = null;

  const ask = async (): Promise<string> => {
    try {
      const answer = await client.clientCredentialsGrant(
        configuration,
        settings.scope === undefined ? {} : { scope: settings.scope },
      );
      const life = answer.expires_in === undefined ? DEFAULT_LIFE_MS : answer.expires_in * 1000;
      known = { token: answer.access_token, until: clock() + life - Math.min(MARGIN_MS, life / 2) };
      return answer.access_token;
    } catch (error) {
      throw failureOf(error);
    } finally {
      asking = null;
    }
  };

  return {
    token(refused) {
      if (known !== null && known.token !== refused && known.until > clock()) return Promise.resolve(known.token);
      return (asking ??= ask());
    },
  };
}

function configure(settings: ClientCredentialsSettings, send: Outbound): client.Configuration {
  const configuration = new client.Configuration(
    { issuer: new URL(settings.token_url).origin, token_endpoint: settings.token_url },
    settings.client_id,
    undefined,
    client.ClientSecretBasic(settings.client_secret),
  );
  // The pack's rules allow http inside the provider's own network, and have warned of it.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  client.allowInsecureRequests(configuration);
  configuration[client.customFetch] = async (url, { method, headers, body }) => {
    const answer = await send({
      url,
      method,
      headers,
      timeoutMs: 5000,
      ...(body instanceof URLSearchParams ? { body: body.toString() } : {}),
    });
    return new Response(answer.body === '' ? null : answer.body, { status: answer.status, headers: answer.headers });
  };
  return configuration;
}

/** The library's errors quote what was sent; ours say the kind only. */
function failureOf(error: unknown): Failure {
  const status = (error as { status?: unknown }).status;
  if (typeof status === 'number' && status >= 400 && status < 500 && status !== 429) {
    return new Failure('source_refused', { reason: 'client_credentials', status });
  }
  return new Failure('source_unavailable', { reason: 'token_endpoint' });
}
