import { createHash } from 'node:crypto';
import { TaskCancelledError, timeout, TimeoutStrategy } from 'cockatiel';
import { RedisStore, type RedisReply } from 'rate-limit-redis';
import { createClient, ErrorReply } from 'redis';
import { codeOf, Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { LimitStore } from './limits.ts';

/** Limits counted together by all instances. */
export interface SharedLimits {
  store: LimitStore;
  /** False while Redis cannot be reached or does not answer; limits then let everyone through. */
  isConnected(): boolean;
  close(): void;
}

const RETRY_MS = 2000;
const PING_MS = 1000;
/** A connection on which nothing has been heard for so long is given up and made anew. */
const SILENCE_MS = 3000;
/** A request passes several limits, so what one of them may wait is a part of what a person would notice. */
const soon = timeout(400, TimeoutStrategy.Aggressive);
const MOST_UNANSWERED = 2;

/** Connects in the background: Redis being away neither keeps the process from starting nor anyone waiting. */
export function shareLimits(url: string, log: Log): SharedLimits {
  const client = createClient({
    url,
    // Commands fail at once while there is no connection, so that the limiter can let people through.
    disableOfflineQueue: true,
    pingInterval: PING_MS,
    socket: { connectTimeout: RETRY_MS, socketTimeout: SILENCE_MS, reconnectStrategy: RETRY_MS },
  });
  /** In a row. After a few nobody waits in vain any more, until one of the client's own pings is answered. */
  let unanswered = 0;
  const isAnswering = () => unanswered < MOST_UNANSWERED;
  const connected = () => log.info({ event: 'redis_connected' });
  const unavailable = (error: unknown) => log.warn({ event: 'redis_unavailable', code: codeOf(error) });
  const answered = () => {
    if (!isAnswering()) connected();
    unanswered = 0;
  };
  client.on('error', unavailable);
  client.on('ready', () => {
    unanswered = 0;
    connected();
  });
  client.on('ping-interval', answered);
  void client.connect().catch(unavailable);

  const ask = async (command: string[]) => {
    if (!isAnswering()) throw new Failure('redis_unavailable');
    try {
      const answer = await soon.execute(() => client.sendCommand<RedisReply>(command));
      answered();
      return answer;
    } catch (error) {
      // The store knows what to do about a script Redis has forgotten.
      if (error instanceof ErrorReply) throw error;
      if (error instanceof TaskCancelledError && (unanswered += 1) === MOST_UNANSWERED)
        unavailable(new Failure('timeout'));
      throw new Failure('redis_unavailable', {}, error);
    }
  };
  return {
    store: (name) =>
      new RedisStore({
        prefix: `limit:${name}:`,
        sendCommand: (...command: string[]) => {
          const script = scriptIn(command);
          // The store keeps what its first request for a script came to, for ever, and we may not be connected yet. What
          // it asks for is known: the script's digest.
          return script === null ? ask(command) : ask(command).catch(() => sha1(script));
        },
      }),
    isConnected: () => client.isReady && isAnswering(),
    close: () => client.destroy(),
  };
}

const scriptIn = ([name, action, script]: string[]): string | null =>
  name === 'SCRIPT' && action === 'LOAD' ? (script ?? null) : null;

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
