import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../base/failure.ts';
import { runsOnRightNode } from '../base/node-version.ts';
import type { Output } from './surroundings.ts';

/** The entry of `npm run adapter`: the process around the commands, compiled or not. */

const output = (stream: NodeJS.WriteStream): Output => ({
  write: (written) => void stream.write(written),
  isTTY: stream.isTTY,
  columns: stream.columns > 0 ? stream.columns : 80,
});

async function main(): Promise<void> {
  // A module of a pack may fail behind our back; Node would print its error with all it carries.
  process.on('uncaughtException', (error: unknown) => {
    process.stderr.write(`failed: ${codeOf(error)}\n`);
    process.exit(1);
  });
  // Whoever reads the output may stop early: `adapter … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const [{ run }, { systemClock }, { outbound }] = await Promise.all([
    import('./program.ts'),
    import('../base/clock.ts'),
    import('../base/outbound.ts'),
  ]);
  process.exitCode = await run(process.argv.slice(2), {
    out: output(process.stdout),
    err: output(process.stderr),
    env: process.env,
    clock: systemClock,
    send: outbound,
    readStdin: () => text(process.stdin),
    sleep: async (ms) => {
      await sleep(ms);
    },
  });
}

if (runsOnRightNode('npm run adapter')) await main();
