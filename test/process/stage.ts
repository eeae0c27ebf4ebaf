import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { runAdapter, type AdapterProcess } from './adapter-process.ts';

/** A world for the tests of one file, and in it the adapter as a process, which ends with each test. */
export interface Stage {
  readonly world: World;
  /** The process that was started last. */
  readonly adapter: AdapterProcess;
  /** Starts it, on the database of before, and waits until it listens and has logged this. */
  run(awaited?: string, environment?: Record<string, string>): Promise<void>;
  /** A new connect token and the link the customer follows. */
  link(): { token: string; url: string };
  /** How many submissions of this token Flatpeak has accepted. */
  accepted(token: string): number;
}

const ANY_PORTS = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0, preview: 0 };

export function useStage(): Stage {
  let world: World;
  let folder: string;
  let adapter: AdapterProcess;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'adapter-process-'));
    world = await startWorld({ adapter: 'none', ports: ANY_PORTS, environment: {}, dataFolder: folder });
  });
  afterEach(async () => {
    await adapter.kill();
    world.flatpeak.faults.clear();
    world.identity.faults.clear();
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get world() {
      return world;
    },
    get adapter() {
      return adapter;
    },
    run: async (awaited = 'ready', environment = {}) => {
      adapter = runAdapter({ ...world.adapterEnvironment, ...environment });
      await Promise.all([adapter.logged('listening'), adapter.logged(awaited)]);
    },
    link: () => {
      const token = world.flatpeak.createConnectToken({
        callbackUrl: 'http://localhost:1/',
        connectUrl: 'myapp://done',
      });
      return { token, url: `${world.adapterUrl}/connect?connect_token=${token}` };
    },
    accepted: (token) => world.flatpeak.submissions.filter(({ connectToken }) => connectToken === token).length,
  };
}
