import { RedisStore } from 'rate-limit-redis';
import { createClient } from 'redis';
import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { LimitStore } from './limits.ts';

/** Limits counted together by all instances. */
export interface SharedLimits {
  store: LimitStore;
  /** False while Redis cannot be reached; limits then let everyone through. */
  isConnected(): boolean;
  close(): void;
}

const RETRY_MS = 2000;

/** Connects in the background: Redis being away neither keeps the process from starting nor anyone waiting. */
export function shareLimits(url: string, log: Log): SharedLimits {
  const client = createClient({
    url,
    // Commands fail at once while there is no connection, so that the limiter can let people through.
    disableOfflineQueue: true,
    commandOptions: { timeout: 1000 },
    socket: { connectTimeout: 2000, reconnectStrategy: RETRY_MS },
  });
  client.on('error', (error: unknown) => log.warn({ event: 'redis_unavailable', code: codeOf(error) }));
  client.on('ready', () => log.info({ event: 'redis_connected' }));
  void client.connect().catch((error: unknown) => log.warn({ event: 'redis_unavailable', code: codeOf(error) }));
  return {
    store: (name) =>
      new RedisStore({ prefix: `limit:${name}:`, sendCommand: (...command: string[]) => client.sendCommand(command) }),
    isConnected: () => client.isReady,
    close: () => client.destroy(),
  };
}
