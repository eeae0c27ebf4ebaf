import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import type { Outbound } from '../../src/base/outbound.ts';
import { loadConfig } from '../../src/config/config.ts';
import { startWorld, type World, type WorldOptions } from '../../src/sandbox/world.ts';
import { createServices, type Services, type Surroundings } from '../../src/services.ts';
import { createHttpServer } from '../../src/web/http-server.ts';
import { startFront } from './front.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { createSecrecy, type Secrecy } from './secrecy.ts';

export interface AdapterOptions extends Partial<Omit<WorldOptions, 'adapter' | 'environment'>> {
  /** Variables put over those the world gives. */
  env?: Record<string, string>;
  clock?: Clock;
  tariffClock?: Clock;
  outbound?: Outbound;
  /**
   * How many there are: one with an SQLite file, as on one machine, or several that share PostgreSQL and Redis, each
   * request meeting another one than the request before. Every journey test runs with either (jest.config.js).
   */
  instances?: number;
}

/** One process of the adapter, were it one. */
export interface Instance {
  services: Services;
  /** Its own address, past the front. */
  url: string;
  stop(): Promise<void>;
}

/** The sandbox's world with the adapter in this process, so that its clock, its log and its database are at hand. */
export interface AdapterWorld {
  world: World;
  instances: readonly Instance[];
  /** Of the first instance. */
  services: Services;
  adapterUrl: string;
  /** Every log line so far, as text. */
  logged(): string;
  events(name: string): Record<string, unknown>[];
  /** Closing fails when a secret, or anything of a customer's, is found where it does not belong. */
  secrecy: Secrecy;
  /** A new connect token and the link the customer follows. */
  link(options?: { connectUrl?: string; name?: string }): { token: string; url: string };
  /** Ends the adapter and starts it again on the same database. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const ANY_PORTS = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0, preview: 0 };

const USUAL_INSTANCES = (globalThis as { ADAPTER_INSTANCES?: number }).ADAPTER_INSTANCES ?? 1;

export async function startAdapterWorld(options: AdapterOptions = {}): Promise<AdapterWorld> {
  const { env, clock, tariffClock, outbound, instances: count = USUAL_INSTANCES, ...worldOptions } = options;
  const log = createLines();
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of closers.splice(0).reverse()) await stop();
  };
  let instances: Instance[] = [];
  const stop = () => Promise.all(instances.splice(0).map((instance) => instance.stop()));

  try {
    const shared = count > 1 ? await startShared(env) : ON_ONE_MACHINE;
    closers.push(() => shared.stop());
    const world = await startWorld({ ports: ANY_PORTS, ...worldOptions, adapter: 'none', environment: {} });
    closers.push(() => world.close());
    const environment = { ...world.adapterEnvironment, LOG_LEVEL: 'debug', ...shared.env, ...env };
    const secrecy = createSecrecy(environment);
    const surroundings = {
      secrecy,
      env: environment,
      clock: clock ?? systemClock,
      destination: log.destination,
      ...(tariffClock ? { tariffClock } : {}),
      outbound: secrecy.overhearing(outbound),
    };
    // One is where customers come; several stand behind the front, each with a port of its own.
    const port = count > 1 ? 0 : world.ports.adapter;
    const start = async (): Promise<void> => {
      const starting = Array.from({ length: count }, () => startInstance(port, surroundings));
      const started = await Promise.allSettled(starting);
      instances = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      await Promise.all(starting);
    };
    closers.push(stop);
    await start();
    if (count > 1) {
      const front = await startFront(world.ports.adapter, () => instances.map(({ url }) => Number(new URL(url).port)));
      closers.push(() => front.close());
    }

    return {
      world,
      get instances() {
        return instances;
      },
      get services() {
        return instances[0]!.services;
      },
      adapterUrl: world.adapterUrl,
      secrecy,
      logged: log.text,
      events: log.events,
      link: ({ connectUrl = 'http://localhost:1/app', name = 'connect_token' } = {}) => {
        const token = world.flatpeak.createConnectToken({ callbackUrl: 'http://localhost:1/done', connectUrl });
        return { token, url: `${world.adapterUrl}/connect?${name}=${token}` };
      },
      restart: async () => {
        await stop();
        await start();
      },
      close: async () => {
        await close();
        secrecy.place({ name: 'the log', content: log.text() });
        secrecy.verify();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startInstance(
  port: number,
  { destination, secrecy, ...surroundings }: Omit<Surroundings, 'log'> & { destination: Writable; secrecy: Secrecy },
): Promise<Instance> {
  const { config } = loadConfig(surroundings.env);
  const services = await createServices(config, { ...surroundings, log: createLog(config.LOG_LEVEL, destination) });
  const server = createHttpServer(createApp(services), { publicUrl: config.PUBLIC_URL, log: services.log });
  secrecy.watch(server);
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await secrecy.lookInto(services);
    await services.stop();
  };
  try {
    await services.start();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await limitsShared(services);
  } catch (error) {
    await stop();
    throw error;
  }
  return { services, url: `http://localhost:${(server.address() as AddressInfo).port}`, stop };
}

/** Redis is connected in the background; a test that counts must not begin before. */
async function limitsShared({ readiness }: Services): Promise<void> {
  for (let look = 0; look < 200 && readiness.degraded().includes('redis'); look += 1) await sleep(10);
}

/** What instances share, unless the test has brought it. */
async function startShared(env: AdapterOptions['env']) {
  const [postgres, redis] = await Promise.all([
    env?.DATABASE_URL === undefined ? startPostgres() : null,
    env?.REDIS_URL === undefined ? startRedis() : null,
  ]);
  return {
    env: {
      ...(postgres ? { DATABASE_URL: await postgres.createDatabase() } : {}),
      ...(redis ? { REDIS_URL: redis.url } : {}),
    },
    stop: () => Promise.all([postgres?.stop(), redis?.stop()]),
  };
}

const ON_ONE_MACHINE = { env: {}, stop: () => Promise.resolve() };

/** The lines all instances log. */
function createLines() {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return {
    destination,
    text: () => lines.join(''),
    events: (name: string) =>
      lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line.event === name),
  };
}
