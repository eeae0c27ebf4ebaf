import type { Clock } from '../../base/clock.ts';
import { equalSecrets, randomToken } from '../../base/random.ts';
import { basicCredentials, bearerToken } from '../http/authorization.ts';

/** Who may call Flatpeak's API: the provider's adapter, and the companies whose apps ask. */
export interface ApiAccount {
  id: string;
  apiKey: string;
}

export type AuthMode = 'basic' | 'bearer' | 'any';

export const BEARER_LIFE_SECONDS = 3600;

/** Account ids and secret keys, and the bearer tokens given out for them at `GET /login`. */
export class Credentials {
  readonly #accounts: ApiAccount[];
  readonly #mode: AuthMode;
  readonly #clock: Clock;
  readonly #bearers = new Map<string, { accountId: string; expiresAt: number }>();

  constructor(accounts: ApiAccount[], mode: AuthMode, clock: Clock) {
    this.#accounts = accounts;
    this.#mode = mode;
    this.#clock = clock;
  }

  /** The account behind a Basic header, whatever the mode: `GET /login` takes nothing else. */
  byBasic(header: string | undefined): ApiAccount | null {
    const given = basicCredentials(header);
    const account = this.#accounts.find(({ id }) => id === given?.user);
    return account && given && equalSecrets(account.apiKey, given.password) ? account : null;
  }

  /** The account behind any header the mode allows. */
  of(header: string | undefined): ApiAccount | null {
    const basic = this.#mode === 'bearer' ? null : this.byBasic(header);
    if (basic || this.#mode === 'basic') return basic;
    const bearer = this.#bearers.get(bearerToken(header) ?? '');
    if (!bearer || bearer.expiresAt <= this.#clock()) return null;
    return this.#accounts.find(({ id }) => id === bearer.accountId) ?? null;
  }

  issueBearer(account: ApiAccount): string {
    const token = randomToken();
    this.#bearers.set(token, { accountId: account.id, expiresAt: this.#clock() + BEARER_LIFE_SECONDS * 1000 });
    return token;
  }

  /** Every bearer token given out so far is refused from now on. */
  revokeBearers(): void {
    this.#bearers.clear();
  }
}
