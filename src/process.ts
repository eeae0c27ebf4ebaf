import type { Server } from 'node:http';
import { retry, handleAll, ConstantBackoff } from 'cockatiel';
import { createApp } from './app.ts';
import { instantOf, systemClock } from './base/clock.ts';
import { causeOf, codeOf } from './base/failure.ts';
import { sayLastWords } from './base/last-words.ts';
import { createLog, type Log } from './base/log.ts';
import { ConfigFailure, loadConfig, logWarnings } from './config/config.ts';
import { createServices } from './services.ts';
import { checkPack } from './tariff/check-pack.ts';
import { createHttpServer } from './web/http-server.ts';
import { endingConnections } from './web/leaving.ts';

const GRACE_MS = 10_000;
/** Requests under way have this long; the rest of the grace is for what they leave behind. */
const LAST_ANSWERS_MS = 7000;

/** Environment and pack, with every problem of both said before anything listens. */
async function configuration(): Promise<ReturnType<typeof loadConfig>> {
  try {
    const loaded = loadConfig(process.env);
    const problems = await checkPack(loaded.config.pack, instantOf(systemClock));
    if (problems.length > 0) throw new ConfigFailure(problems);
    return loaded;
  } catch (error) {
    if (!(error instanceof ConfigFailure)) throw error;
    const lines = error.problems.map(({ where, fix }) => `  ${where} ${fix}`);
    process.stderr.write(`The configuration has ${error.problems.length} problem(s):\n${lines.join('\n')}\n`);
    process.exit(1);
  }
}

function listen(server: Server, event: string, { port, host }: { port: number; host: string }, log: Log): Server {
  server.on('error', (error) => {
    log.error({ event: 'listen_failed', code: codeOf(error), port });
    process.exit(1);
  });
  return server.listen(port, host, () => {
    const address = server.address();
    log.info({ event, host, port: typeof address === 'object' && address ? address.port : port });
  });
}

/** Runs the adapter until it is told to stop. */
export async function run(): Promise<void> {
  sayLastWords(createLog('error'));
  const { config, warnings } = await configuration();
  const log = createLog(config.LOG_LEVEL);
  logWarnings(warnings, log);
  if (process.argv.includes('--check-config')) {
    process.stdout.write('The configuration is complete.\n');
    return;
  }
  const services = await createServices(config, { env: process.env, log, clock: systemClock });
  const server = createHttpServer(createApp(services), { publicUrl: config.PUBLIC_URL, log: services.log });
  const endConnections = endingConnections(server);
  listen(server, 'listening', { port: config.PORT, host: config.HOST }, log);
  const metrics = listen(
    services.metrics.serve(),
    'listening_metrics',
    { port: config.METRICS_PORT, host: config.HOST },
    log,
  );

  const stopping = new AbortController();
  const leave = (signal: string): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    log.info({ event: 'draining', reason: signal });
    services.drain();
    endConnections();
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    server.close(() => {
      void services.stop().then(
        () => {
          log.info({ event: 'stopped' });
          process.exit(0);
        },
        (error: unknown) => {
          log.error({ event: 'stop_failed', code: codeOf(error) });
          process.exit(1);
        },
      );
    });
    server.closeIdleConnections();
    // Whoever still says or reads nothing would keep the rest from being closed in good order.
    setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
    metrics.close();
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);

  // The process lives while the database is away; readiness says what is missing until it is back.
  const untilThere = retry(handleAll, { maxAttempts: Infinity, backoff: new ConstantBackoff(2000) });
  untilThere.onFailure(({ reason }) => {
    const error = 'error' in reason ? reason.error : undefined;
    log.error({ event: 'database_unavailable', code: codeOf(error), cause: causeOf(error) });
  });
  await untilThere.execute(() => services.start(), stopping.signal);
  log.info({ event: 'ready' });
}
