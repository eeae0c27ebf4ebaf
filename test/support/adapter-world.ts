import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { createApp } from '../../src/app.ts';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import type { Outbound } from '../../src/base/outbound.ts';
import { loadConfig } from '../../src/config/config.ts';
import { startWorld, type World, type WorldOptions } from '../../src/sandbox/world.ts';
import { createServices, type Services } from '../../src/services.ts';
import { guardServer } from '../../src/web/bare-answers.ts';

export interface AdapterOptions extends Partial<Omit<WorldOptions, 'adapter' | 'environment'>> {
  /** Variables put over those the world gives. */
  env?: Record<string, string>;
  clock?: Clock;
  tariffClock?: Clock;
  outbound?: Outbound;
}

/** The sandbox's world with the adapter in this process, so that its clock, its log and its database are at hand. */
export interface AdapterWorld {
  world: World;
  services: Services;
  adapterUrl: string;
  /** Every log line so far, as text. */
  logged(): string;
  events(name: string): Record<string, unknown>[];
  /** A new connect token and the link the customer follows. */
  link(options?: { connectUrl?: string; name?: string }): { token: string; url: string };
  /** Ends the adapter and starts it again on the same database. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const ANY_PORTS = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0 };

export async function startAdapterWorld(options: AdapterOptions = {}): Promise<AdapterWorld> {
  const { env, clock = systemClock, tariffClock, outbound, ...worldOptions } = options;
  const world = await startWorld({ ports: ANY_PORTS, ...worldOptions, adapter: 'none', environment: {} });
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });

  let services: Services;
  let server: Server;
  const start = async (): Promise<void> => {
    const environment = { ...world.adapterEnvironment, LOG_LEVEL: 'debug', ...env };
    const { config } = loadConfig(environment);
    services = await createServices(config, {
      env: environment,
      log: createLog(config.LOG_LEVEL, destination),
      clock,
      ...(tariffClock ? { tariffClock } : {}),
      ...(outbound ? { outbound } : {}),
    });
    await services.start();
    server = createServer(createApp(services));
    guardServer(server, config.PUBLIC_URL);
    await new Promise<void>((resolve) => server.listen(config.PORT, '127.0.0.1', resolve));
  };
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await services.stop();
  };
  try {
    await start();
  } catch (error) {
    await world.close();
    throw error;
  }

  return {
    world,
    get services() {
      return services;
    },
    get adapterUrl() {
      return `http://localhost:${(server.address() as AddressInfo).port}`;
    },
    logged: () => lines.join(''),
    events: (name) =>
      lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line.event === name),
    link: ({ connectUrl = 'http://localhost:1/app', name = 'connect_token' } = {}) => {
      const token = world.flatpeak.createConnectToken({ callbackUrl: 'http://localhost:1/done', connectUrl });
      return { token, url: `${world.adapterUrl}/connect?${name}=${token}` };
    },
    restart: async () => {
      await stop();
      await start();
    },
    close: async () => {
      await stop();
      await world.close();
    },
  };
}
