import { Worker } from 'node:worker_threads';
import type { Limits, Outcome, Task } from './messages.ts';

/**
 * The mapping process. Its own thread only passes messages on, so that it stays free to leave with the adapter,
 * whatever the expression is doing: one that never ends must not outlive an adapter that was killed.
 */
const limits = JSON.parse(process.argv[2] ?? '') as Limits;

const worker = new Worker(
  // The sources run as .ts, the build as .js; the neighbouring file has the same ending as this one.
  new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url),
  {
    workerData: limits,
    resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  },
);

worker.on('message', (message: Outcome | 'ready') => process.send?.(message));
worker.on('error', () => process.exit(1));
process.on('message', (task: Task) => worker.postMessage(task));
process.on('disconnect', () => process.exit());
