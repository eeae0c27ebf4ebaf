import { createServer } from 'node:http';
import { retry, handleAll, ConstantBackoff } from 'cockatiel';
import { createApp } from './app.ts';
import { systemClock } from './base/clock.ts';
import { codeOf } from './base/failure.ts';
import { createLog } from './base/log.ts';
import { ConfigFailure, loadConfig, logWarnings, type Config } from './config/config.ts';
import { createServices, type Services } from './services.ts';
import { guardServer } from './web/bare-answers.ts';

/** The process: configuration, services, listening, and leaving in good order. */

const NODE_MAJOR = 26;
const GRACE_MS = 10_000;

function refuseOtherNode(): void {
  const major = Number(process.versions.node.split('.')[0]);
  if (major === NODE_MAJOR) return;
  process.stderr.write(
    `This program needs Node.js ${NODE_MAJOR}; this is ${process.version}. "npm start" uses the right one.\n`,
  );
  process.exit(1);
}

function configuration(): ReturnType<typeof loadConfig> {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigFailure)) throw error;
    const lines = error.problems.map(({ where, fix }) => `  ${where} ${fix}`);
    process.stderr.write(`The configuration has ${error.problems.length} problem(s):\n${lines.join('\n')}\n`);
    process.exit(1);
  }
}

function listen(config: Config, services: Services) {
  const { log } = services;
  const server = createServer(createApp(services));
  guardServer(server, config.PUBLIC_URL);
  server.listen(config.PORT, config.HOST, () => {
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : config.PORT;
    log.info({ event: 'listening', host: config.HOST, port });
  });
  server.on('error', (error) => {
    log.error({ event: 'listen_failed', code: codeOf(error), port: config.PORT });
    process.exit(1);
  });
  return server;
}

async function main(): Promise<void> {
  refuseOtherNode();
  const { config, warnings } = configuration();
  const log = createLog(config.LOG_LEVEL);
  logWarnings(warnings, log);
  if (process.argv.includes('--check-config')) {
    process.stdout.write('The configuration is complete.\n');
    return;
  }
  const services = await createServices(config, { env: process.env, log, clock: systemClock });
  const server = listen(config, services);

  const stopping = new AbortController();
  const leave = (signal: string): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    log.info({ event: 'draining', reason: signal });
    services.drain();
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
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);

  // The process lives while the database is away; readiness says what is missing until it is back.
  const untilThere = retry(handleAll, { maxAttempts: Infinity, backoff: new ConstantBackoff(2000) });
  untilThere.onFailure(({ reason }) => {
    log.error({ event: 'database_unavailable', code: 'error' in reason ? codeOf(reason.error) : 'unknown' });
  });
  await untilThere.execute(() => services.start(), stopping.signal);
  log.info({ event: 'ready' });
}

await main();
