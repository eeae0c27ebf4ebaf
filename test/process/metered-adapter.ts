import { mock } from 'node:test';
import type { Clock } from '../../src/base/clock.ts';

/**
 * The adapter as a process of its own that tells what memory it uses, and whose time stands still until it is moved.
 * Spoken to by messages; `--expose-gc` comes with it.
 */
export type Ask = { measure: true } | { passMs: number };
export type Told = { listening: true } | { bytes: number } | { passed: true };

// Before anything sets a timer: tidying and the memory of limits go by this time.
mock.timers.enable({ apis: ['Date', 'setInterval'], now: Date.now() });
const { createApp } = await import('../../src/app.ts');
const { createLog } = await import('../../src/base/log.ts');
const { loadConfig } = await import('../../src/config/config.ts');
const { createServices } = await import('../../src/services.ts');
const { createHttpServer } = await import('../../src/web/http-server.ts');

const tell = (told: Told) => process.send?.(told);
const clock: Clock = () => Date.now();

const { config } = loadConfig(process.env);
const services = await createServices(config, { env: process.env, log: createLog(config.LOG_LEVEL), clock });
await services.start();
const server = createHttpServer(createApp(services), { publicUrl: config.PUBLIC_URL, log: services.log });
server.listen(config.PORT, config.HOST, () => tell({ listening: true }));

async function measure(): Promise<number> {
  // What has been let go of can take a few rounds to be freed.
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    global.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const MINUTE = 60_000;
process.on('message', (ask: Ask) => {
  if ('measure' in ask) {
    void measure().then((bytes) => tell({ bytes }));
    return;
  }
  // Twice round, because the limits' memory forgets what it has not seen for one whole round.
  mock.timers.setTime(Date.now() + ask.passMs - 2 * MINUTE);
  mock.timers.tick(MINUTE);
  mock.timers.tick(MINUTE);
  tell({ passed: true });
});
process.on('disconnect', () => process.exit());
