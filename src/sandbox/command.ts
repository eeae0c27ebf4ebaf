import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { codeOf } from '../base/failure.ts';
import { CUSTOMERS } from './customers.ts';
import { forgetState } from './state.ts';
import { startWorld, type Ports, type World } from './world.ts';

interface Options {
  pack?: string;
  reset?: boolean;
}

const DATA = path.resolve(import.meta.dirname, '../../data');

const NAMES: Record<keyof Ports, string> = {
  adapter: 'the adapter',
  companion: 'the companion app',
  flatpeak: 'Flatpeak’s API',
  connectWeb: 'Flatpeak Connect',
  identity: 'the identity provider',
  backend: 'the billing system',
  preview: 'the preview of pages',
};

const say = (line = '') => console.log(line);

/** Reads the command line, starts the world and keeps it until it is told to stop. */
export async function run(argv: string[]): Promise<void> {
  const command = new Command('npm run sandbox --')
    .description('Runs the adapter with everything around it on this machine.')
    .option('--pack <folder>', 'a provider pack instead of the demo one; the variables it names are passed through')
    .option('--reset', 'forget the connections of earlier runs first')
    .allowExcessArguments(false)
    .parse(argv);
  const options = command.opts<Options>();
  if (options.pack !== undefined && !existsSync(path.join(options.pack, 'provider.yaml'))) {
    command.error(`error: ${options.pack} holds no provider.yaml`);
  }
  if (options.reset) forgetState(DATA);

  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    });
  }
  const world = await start(options, stopping);
  if (!world) {
    process.exitCode = 1;
    return;
  }
  if (!stopping.signal.aborted) {
    describe(world);
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
  }
  say('\n  Stopping …');
  await world.close();
}

async function start(options: Options, stopping: AbortController): Promise<World | null> {
  say('  Starting …');
  try {
    return await startWorld({
      adapter: 'child',
      dataFolder: DATA,
      ...(options.pack === undefined ? {} : { pack: options.pack }),
      onAdapterLine: (line) => say(`adapter │ ${line}`),
      onAdapterExit: (code) => {
        console.error(`  The adapter has ended (${code ?? 'killed'}).`);
        process.exitCode = 1;
        stopping.abort();
      },
    });
  } catch (error) {
    console.error(`  The sandbox could not start: ${codeOf(error)}`);
    return null;
  }
}

function describe(world: World): void {
  say();
  for (const { name, preferred, port } of world.moved) {
    say(`  Port ${preferred} is taken; ${NAMES[name]} uses ${port} instead.`);
  }
  say(`  Ready. Open   ${world.companion.url}\n`);
  say('  Sign in at Example Energy as one of these, with any password:');
  for (const { login, about } of CUSTOMERS) say(`    ${login.padEnd(6)} ${about}`);
  say(
    `\n  Adapter ${world.adapterUrl} · Flatpeak ${world.flatpeak.apiUrl} · identity provider ${world.identity.issuer}`,
  );
  say(`  Every page in every state: ${world.preview.origin}`);
  say('  Stop with Ctrl+C.\n');
}
