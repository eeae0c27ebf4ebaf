import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Outbox } from './outbox.ts';

/** Carries the outbox in the background, and at once when a decision has just been made. */
export interface Courier {
  /** Something is new in the outbox. */
  wake(): void;
  /** What is still under way after this time is broken off, to be tried again by whoever comes next. */
  hurry(ms: number): void;
  /** Resolves when the delivery under way has ended; nothing new is started. */
  stop(): Promise<void>;
}

const PAUSE_MS = 500;

export function startCourier(outbox: Outbox, log: Log): Courier {
  const hurrying = new AbortController();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const rounds = new Set<Promise<void>>();

  const round = async (): Promise<void> => {
    try {
      while ((await outbox.deliverDue(hurrying.signal)) > 0 && !stopped);
    } catch (error) {
      log.error({ event: 'outbox_unavailable', code: codeOf(error) });
    }
  };
  const run = (): Promise<void> => {
    const started = round().finally(() => rounds.delete(started));
    rounds.add(started);
    return started;
  };
  const schedule = (): void => {
    timer = setTimeout(() => {
      void run().finally(() => {
        if (!stopped) schedule();
      });
    }, PAUSE_MS).unref();
  };
  schedule();

  return {
    // A round may be waiting on a slow Flatpeak; a fresh decision does not queue behind it.
    wake: () => {
      if (!stopped) void run();
    },
    hurry: (ms) => {
      setTimeout(() => hurrying.abort(), ms).unref();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await Promise.all(rounds);
    },
  };
}
