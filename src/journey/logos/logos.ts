import { bulkhead } from 'cockatiel';
import { LRUCache } from 'lru-cache';
import { isIP } from 'node:net';
import { Agent } from 'undici';
import type { Clock } from '../../base/clock.ts';
import { codeOf, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { Outbound } from '../../base/outbound.ts';
import { publicLookup, type Resolve } from '../../base/public-address.ts';
import { isLocal } from '../../base/this-machine.ts';
import { pictureOf, type Picture } from './pictures.ts';

/**
 * Logos of the companies whose apps ask. Their addresses are strangers' words, so they are fetched as a server should:
 * https only, to public addresses only, few bytes, little time; and by us, so that a page asks nobody else for anything.
 */
export interface Logos {
  /** Begins to fetch what a page will soon ask for; nobody waits for it. */
  fetchAhead(url: string | null): void;
  /** The picture, or null where there is none to show. */
  of(url: string | null): Promise<Picture | null>;
  close(): Promise<void>;
}

export interface LogosParts {
  send: Outbound;
  resolve: Resolve;
  /** Authorities to trust beside the usual ones. */
  ca?: string;
  /** A sandbox on this machine has its logos on this machine. */
  allowLocal: boolean;
  clock: Clock;
  log: Log;
}

/** A page weighs less than 50 KB in all, with this logo and one of the provider's of up to 8 KB. */
export const MOST_BYTES = 14_000;
const TIMEOUT_MS = 3000;
const HOP_TIMEOUT_MS = 2000;
const MOST_REDIRECTS = 3;
const KEPT_MS = 86_400_000;
const FAILED_MS = 600_000;

export function createLogos({ send, resolve, ca, allowLocal, clock, log }: LogosParts): Logos {
  const agent = new Agent({ connect: { lookup: publicLookup(resolve), ...(ca === undefined ? {} : { ca }) } });
  const kept = new LRUCache<string, { picture: Promise<Picture | null>; until: number }>({ max: 200 });
  const few = bulkhead(4, 50);

  const allowed = (url: URL): boolean =>
    url.protocol === 'https:' && url.port === '' && isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0;

  const get = async (address: string): Promise<Picture> => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    let url = URL.parse(address);
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      const local = url !== null && allowLocal && isLocal(url);
      if (url === null || !(local || allowed(url))) throw new Failure('logo_refused', { cause: 'address' });
      const answer = await send({
        url,
        binary: true,
        maxBytes: MOST_BYTES,
        timeoutMs: HOP_TIMEOUT_MS,
        signal,
        ...(local ? {} : { dispatcher: agent }),
      });
      const location = answer.headers.get('location');
      if (answer.status === 200) return pictureOf(Buffer.from(answer.body, 'base64'));
      if (answer.status < 300 || answer.status > 399 || location === null) {
        throw new Failure('logo_refused', { cause: 'status', status: answer.status });
      }
      url = URL.parse(location, url);
    }
    throw new Failure('logo_refused', { cause: 'redirects' });
  };

  const begin = (url: string): Promise<Picture | null> => {
    const entry = { picture: Promise.resolve<Picture | null>(null), until: clock() + KEPT_MS };
    entry.picture = few
      .execute(() => get(url))
      .catch((error: unknown) => {
        entry.until = clock() + FAILED_MS;
        const cause = error instanceof Failure ? error.facts.cause : undefined;
        log.info({ event: 'logo_not_shown', code: codeOf(error), ...(typeof cause === 'string' ? { cause } : {}) });
        return null;
      });
    kept.set(url, entry);
    return entry.picture;
  };

  const of = (url: string | null): Promise<Picture | null> => {
    if (url === null) return Promise.resolve(null);
    const present = kept.get(url);
    return present !== undefined && present.until > clock() ? present.picture : begin(url);
  };

  return {
    fetchAhead: (url) => void of(url),
    of,
    close: () => agent.destroy(),
  };
}
