import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { codeOf, Failure } from '../base/failure.ts';
import { parseJson } from '../base/json.ts';
import type { Outbound } from '../base/outbound.ts';

/** The Authorization header towards Flatpeak; `renew` is asked for once after a 401 or 403. */
export interface Credentials {
  header(options?: { renew: boolean }): Promise<string>;
}

export interface CredentialSettings {
  apiUrl: URL;
  accountId: string;
  apiKey: string;
  timeoutMs: number;
}

const basicHeader = ({ accountId, apiKey }: CredentialSettings): string =>
  `Basic ${Buffer.from(`${accountId}:${apiKey}`).toString('base64')}`;

export const basicCredentials = (settings: CredentialSettings): Credentials => ({
  header: () => Promise.resolve(basicHeader(settings)),
});

/** Of any longer life we still ask anew after a day. */
const LONGEST_LIFE_S = 86_400;

const loginAnswer = z.object({
  // Kept with a character that no header can carry, it would fail every request until it ends.
  bearer_token: z
    .string()
    .max(8192)
    .regex(/^[\x21-\x7e]+$/),
  expires_in: z
    .number()
    .positive()
    .transform((seconds) => Math.min(seconds, LONGEST_LIFE_S)),
});

/** Renewed a minute early, so that no request starts with a token that ends on the way. */
const MARGIN_MS = 60_000;

/**
 * Bearer tokens from `GET /login`, shared by all requests until shortly before they end; requests that need a new
 * one at the same moment wait for one login. Throws `flatpeak_refused_us` or `flatpeak_login_failed`.
 */
export function bearerCredentials(settings: CredentialSettings, outbound: Outbound, clock: Clock): Credentials {
  let current: { header: string; until: number } | null = null;
  let renewing: Promise<string> | null = null;

  const login = async (): Promise<string> => {
    const answer = await outbound({
      url: new URL('/login', settings.apiUrl),
      headers: { authorization: basicHeader(settings), accept: 'application/json' },
      timeoutMs: settings.timeoutMs,
      maxBytes: 100_000,
    }).catch((error: unknown) => {
      // Told apart from trouble with the request the credential is for: of that, nothing has been sent yet.
      throw new Failure('flatpeak_login_failed', { cause: codeOf(error) }, error);
    });
    if (answer.status === 401 || answer.status === 403)
      throw new Failure('flatpeak_refused_us', { status: answer.status });
    if (answer.status !== 200) throw new Failure('flatpeak_login_failed', { status: answer.status });
    const parsed = loginAnswer.safeParse(parseJson(answer.body));
    if (!parsed.success) throw new Failure('flatpeak_login_failed', { status: answer.status });
    const lifeMs = parsed.data.expires_in * 1000;
    current = {
      header: `Bearer ${parsed.data.bearer_token}`,
      until: clock() + Math.max(lifeMs - MARGIN_MS, lifeMs / 2),
    };
    return current.header;
  };

  return {
    header: async ({ renew } = { renew: false }) => {
      if (!renew && current && current.until > clock()) return current.header;
      renewing ??= login().finally(() => (renewing = null));
      return renewing;
    },
  };
}
