import type { Log } from './base/log.ts';
import { startCourier, type Courier } from './outbox/courier.ts';
import type { Outbox } from './outbox/outbox.ts';
import { isMigrated, migrate, newerMigration, ping, pingTables, type Database } from './store/database.ts';
import type { Readiness } from './web/health.ts';

/** How the parts come to life and leave in good order. */
export interface Lifecycle {
  readiness: Readiness;
  /** The tables are there and decisions are being carried. */
  isReady(): boolean;
  /** Nobody should be kept waiting here any more. */
  isDraining(): boolean;
  /** There is something new in the outbox. */
  wakeCourier(): void;
  /** Brings the tables up to date and starts carrying decisions. Rejects while the database cannot be reached. */
  start(): Promise<void>;
  /** Tells the load balancer to look elsewhere; requests under way are still served. */
  drain(): void;
  stop(): Promise<void>;
}

export interface LifecycleParts {
  database: Database;
  outbox: Outbox;
  tidying: { start(): void; stop(): void };
  /** Other systems that failed when last asked. */
  degraded: () => string[];
  log: Log;
  /** What must have been read once before the first decision. */
  prepare: () => Promise<unknown>;
  /** Ends workers and connections to other systems. */
  closeSources: () => Promise<unknown>;
}

/** Flatpeak may hang for longer than the process has left. */
const LAST_DELIVERIES_MS = 8500;

export function createLifecycle({ database, outbox, tidying, log, ...parts }: LifecycleParts): Lifecycle {
  let ready = false;
  let draining = false;
  let courier: Courier | null = null;

  const missing = async (): Promise<string[]> => {
    try {
      await (ready ? pingTables : ping)(database);
    } catch {
      return ['database'];
    }
    return ready ? [] : ['migrations'];
  };

  return {
    readiness: {
      blocking: async () => [...(draining ? ['draining'] : []), ...(await missing())],
      degraded: parts.degraded,
    },
    isReady: () => ready,
    isDraining: () => draining,
    wakeCourier: () => courier?.wake(),
    async start() {
      if (!(await isMigrated(database))) await migrate(database);
      const newer = await newerMigration(database);
      if (newer !== null) log.warn({ event: 'database_newer', version: newer });
      await parts.prepare();
      ready = true;
      courier ??= startCourier(outbox, log);
      tidying.start();
    },
    drain() {
      draining = true;
      courier?.hurry(LAST_DELIVERIES_MS);
    },
    async stop() {
      tidying.stop();
      await courier?.stop();
      await parts.closeSources();
      await database.destroy();
    },
  };
}
