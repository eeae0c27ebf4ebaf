import { answer, startPeer, type HttpPeer, type Received, type Step } from '../../support/http-peer.ts';

/** A Flatpeak that behaves, except where a test tells it not to. */
export interface HostileFlatpeak {
  origin: string;
  /** For the adapter's environment. */
  env: Record<string, string>;
  /** What happens to every request about this token, or to `login`, from now on; null when it behaves again. */
  behave(token: string, step: Step | null): void;
  /** What happens to every request whatever it is about; null when it is back. */
  behaveAlways(step: Step | null): void;
  /** What it says about who is asking, in place of the ordinary; a text goes out as it is. */
  introduce(token: string, context: unknown): void;
  /** Decisions it has taken down, by their keys, whatever it then answered: the bodies, byte for byte. */
  ledger: Map<string, string[]>;
  /** Attempts at telling it something about this token. */
  told(token: string): Received[];
  received: Received[];
  close(): Promise<void>;
}

export const WAY_BACK = 'http://localhost:1/app';

export const INTRODUCTION: Record<string, unknown> & { account: Record<string, string> } = {
  account: {
    id: 'acc_68541c4c407600f62fd98a01',
    display_name: 'Heat Maker',
    terms_url: 'https://heat.example/terms',
    privacy_url: 'https://heat.example/privacy',
    support_url: 'https://heat.example/support',
  },
  redirect_uri: WAY_BACK,
  connect_web_uri: WAY_BACK,
};

export async function startHostileFlatpeak(): Promise<HostileFlatpeak> {
  const steps = new Map<string, Step>();
  let always: Step | null = null;
  const introductions = new Map<string, unknown>();
  const ledger: HostileFlatpeak['ledger'] = new Map();

  const tokenOf = (url: string): string => url.split('/').at(-1) ?? '';
  const commit: Step = ({ headers, body }, ...rest) => {
    const key = String(headers['idempotency-key']);
    ledger.set(key, [...(ledger.get(key) ?? []), body]);
    return answer(200)({ headers, body, method: '', url: '' }, ...rest);
  };
  const good: Step = (request, ...rest) => {
    // Over before it is used a second time, so that every visit needs a login.
    if (request.url === '/login') return answer(200, { bearer_token: 'b1', expires_in: 0.001 })(request, ...rest);
    if (request.method !== 'GET') return commit(request, ...rest);
    return answer(200, introductions.get(tokenOf(request.url)) ?? INTRODUCTION)(request, ...rest);
  };
  const peer: HttpPeer = await startPeer((request, ...rest) =>
    (always ?? steps.get(tokenOf(request.url)) ?? good)(request, ...rest),
  );

  return {
    origin: peer.origin,
    env: { FLATPEAK_API_URL: peer.origin },
    behave: (token, step) => {
      if (step === null) steps.delete(token);
      else steps.set(token, step);
    },
    behaveAlways: (step) => {
      always = step;
    },
    introduce: (token, context) => void introductions.set(token, context),
    ledger,
    told: (token) => peer.received.filter(({ method, url }) => method !== 'GET' && tokenOf(url) === token),
    received: peer.received,
    close: () => peer.close(),
  };
}

/** In order, so many at a time: what is slow on purpose must not slow down everything else. */
export async function aFewAtATime<Item, Result>(
  items: readonly Item[],
  many: number,
  work: (item: Item) => Promise<Result>,
): Promise<Map<Item, Result>> {
  const results = new Map<Item, Result>();
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) results.set(item, await work(item));
  };
  await Promise.all(Array.from({ length: many }, worker));
  return results;
}
