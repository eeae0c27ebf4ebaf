import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something that happens by itself and tells nobody; twenty seconds at most. What follows shows whether it has. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline && !(await condition())) await sleep(25);
}
