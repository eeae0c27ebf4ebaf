import { expect } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { outbound } from '../../../src/base/outbound.ts';
import { startAdapterWorld, type AdapterWorld } from '../adapter-world.ts';
import { HOUR } from '../clock.ts';
import { Customer } from '../customer.ts';
import { startPeer, type HttpPeer } from '../http-peer.ts';
import { startHostileIdp, type Behaviour, type HostileIdp, type HostileIdpOptions } from './server.ts';

/** The whole adapter, with a customer in front of it and a hostile identity provider behind it. */
export interface HostileWorld {
  adapter: AdapterWorld;
  idp: HostileIdp;
  /** Where nothing of this may ever arrive. */
  elsewhere: HttpPeer;
  /** Time goes on by so much: what was discovered is good for an hour. */
  advance(ms: number): void;
  /** A customer on the first page of a new visit. */
  arrive(): Promise<Visit>;
  close(): Promise<void>;
}

export interface Visit {
  customer: Customer;
  /** Flatpeak's token of this visit. */
  token: string;
  /** The link the customer followed. */
  url: string;
  journey: string;
  /** What the browser holds before the sign-in. */
  cookies: string;
  /** How much the adapter had logged. */
  logged: number;
}

export const CLIENT = { id: 'tariff-sharing', secret: 'a secret with / and + and : in it' };

export async function startHostileWorld(
  options: Partial<HostileIdpOptions> = {},
  env: Record<string, string> = { OIDC_CLIENT_SECRET: CLIENT.secret },
): Promise<HostileWorld> {
  const idp = await startHostileIdp({ client: CLIENT, ...options });
  const elsewhere = await startPeer();
  const closePeers = () => Promise.all([idp.close(), elsewhere.close()]);
  let ahead = 0;
  const adapter = await startAdapterWorld({
    clock: () => systemClock() + ahead,
    tariffClock: systemClock,
    env: {
      OIDC_ISSUER: idp.issuer,
      OIDC_CLIENT_ID: CLIENT.id,
      LIMIT_ENTRIES_PER_MINUTE: '1000000',
      LIMIT_REQUESTS_PER_MINUTE: '1000000',
      ...env,
    },
    outbound: (request) => {
      const hurried = idp.behaviour.impatiently === true && new URL(request.url).origin === idp.issuer;
      return outbound(hurried ? { ...request, timeoutMs: 300 } : request);
    },
  }).catch(async (error: unknown) => {
    await closePeers();
    throw error;
  });
  return {
    adapter,
    idp,
    elsewhere,
    advance: (ms) => {
      ahead += ms;
    },
    arrive: async () => {
      const customer = new Customer();
      const link = adapter.link();
      await customer.open(link.url);
      return {
        customer,
        ...link,
        journey: new URL(customer.page.url).pathname.split('/')[2] ?? '',
        cookies: await customer.cookies(adapter.adapterUrl),
        logged: adapter.logged().length,
      };
    },
    close: async () => {
      await adapter.close();
      await closePeers();
    },
  };
}

/** What a provider says in words, or calls by a name of its own, stays with it. */
export const CANARY = 'canary';

/** What becomes of a sign-in that must not succeed. */
export interface Refusal {
  /** The page's: whether it was this attempt, or the provider is away. */
  reason: 'sign_in_failed' | 'identity_provider_unavailable';
  /** The log's; the same as the page's where left out. */
  code?: string;
  cause: string | undefined;
}

/** The attempt was no good. */
export const failed = (cause: string): Refusal => ({ reason: 'sign_in_failed', cause });
/** The provider is away, or not to be used as it is. */
export const unavailable = (cause: string): Refusal => ({ reason: 'identity_provider_unavailable', cause });
/** The answer names no attempt of this browser's. */
export const STRAY: Refusal = { reason: 'sign_in_failed', code: 'state_unknown', cause: undefined };

/** A customer presses "continue", the provider misbehaves: nothing comes of it, and another try is good. */
export async function expectRefused(world: HostileWorld, behaviour: Behaviour, refusal: Refusal): Promise<Visit> {
  const { adapter, idp } = world;
  const visit = await arriveAnew(world);
  const { customer } = visit;
  idp.behaviour = behaviour;
  await customer.press('continue');
  expect(customer.page).toMatchObject({ status: 200, step: 'error', reason: refusal.reason });
  await expectNothingGained(world, visit);
  expectNothingTold(world, visit);
  expect(linesOf(adapter, visit)).toEqual([{ code: refusal.code ?? refusal.reason, cause: refusal.cause }]);
  expect(world.elsewhere.received).toEqual([]);
  idp.behaviour = {};
  await customer.press('retry');
  expect(customer.page.step).toBe('consent');
  expect(idp.complaints).toEqual([]);
  return visit;
}

/** A customer presses "continue" and reads the consent page, holding a cookie nobody has seen before. */
export async function expectSignedIn(world: HostileWorld, behaviour: Behaviour = {}): Promise<Visit> {
  const { adapter, idp } = world;
  const visit = await arriveAnew(world);
  idp.behaviour = behaviour;
  await visit.customer.press('continue');
  expect(visit.customer.page.step).toBe('consent');
  expect(await visit.customer.cookies(adapter.adapterUrl)).not.toBe(visit.cookies);
  expect(linesOf(adapter, visit)).toEqual([]);
  expect(idp.complaints).toEqual([]);
  expect(idp.secrets.size).toBeGreaterThan(4);
  expectNothingTold(world, visit);
  return visit;
}

/** The adapter knows nothing of the provider any more, keys included. */
async function arriveAnew(world: HostileWorld): Promise<Visit> {
  world.idp.behaviour = {};
  world.idp.secrets.clear();
  world.advance(HOUR);
  return world.arrive();
}

/** The browser holds what it held, nobody is signed in, and Flatpeak has heard of nothing. */
export async function expectNothingGained({ adapter }: HostileWorld, visit: Visit): Promise<void> {
  const { customer, token, journey } = visit;
  expect(await customer.cookies(adapter.adapterUrl)).toBe(visit.cookies);
  const opened = await Promise.all(
    ['consent', 'supply', 'done'].map((page) => customer.fetch(`${adapter.adapterUrl}/connect/${journey}/${page}`)),
  );
  for (const { headers } of opened) expect(headers.get('location')).toMatch(/\/(problem|login)$/);
  const { requests } = adapter.world.flatpeak;
  expect(requests.filter(({ method, path }) => method !== 'GET' && path.endsWith(token))).toEqual([]);
}

/** Neither the page nor a line of the log holds what only client, browser and provider may know. */
export function expectNothingTold({ adapter, idp }: HostileWorld, visit: Visit): void {
  const lines = adapter.logged().slice(visit.logged);
  const secrets = [...idp.secrets];
  const inCookies = visit.cookies.split(/=|; /).filter((part) => part.length === 43);
  const unsaid = [...secrets, ...inCookies, visit.token, CANARY];
  expect(unsaid.filter((secret) => lines.includes(secret))).toEqual([]);
  expect(lines).not.toMatch(/eyJ[\w-]+\.eyJ/);
  expect([...secrets, CANARY].filter((secret) => visit.customer.page.html.includes(secret))).toEqual([]);
}

/** What the log says of this visit's failed sign-ins. */
export const linesOf = (adapter: AdapterWorld, { journey }: Visit): { code: unknown; cause: unknown }[] =>
  ['sign_in_failed', 'sign_in_not_started']
    .flatMap((event) => adapter.events(event))
    .filter((line) => line.journey === journey)
    .map(({ code, cause }) => ({ code, cause }));
