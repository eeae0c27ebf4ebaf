import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import type { DatabaseAddress } from '../../src/store/database.ts';
import { runAdapter } from '../process/adapter-process.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Chance } from './chance.ts';
import type { Moments } from './moments.ts';
import { startWire, type Wire } from './wire.ts';

/** Everything around the adapter, and the adapter's environment. */
export interface Scene {
  world: World;
  wire: Wire;
  address: DatabaseAddress;
  environment: Record<string, string>;
  close(): Promise<void>;
}

export interface SceneOptions {
  database: DatabaseAddress['kind'];
  moments: Moments;
  luckOf: (token: string) => Chance;
}

/** A claim outlives the longest attempt: four times this, and ten seconds. */
const TIMEOUT_MS = 500;

export async function setScene({ database, moments, luckOf }: SceneOptions): Promise<Scene> {
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of closers.splice(0).reverse()) await stop();
  };
  try {
    const folder = mkdtempSync(path.join(tmpdir(), 'crash-'));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    // Below the ports that systems take for connections: nobody sits on it while the adapter is dead.
    const ports = {
      adapter: randomInt(20_000, 28_000),
      companion: 0,
      flatpeak: 0,
      connectWeb: 0,
      identity: 0,
      backend: 0,
      preview: 0,
    };
    const emulator = { pollRetriesMs: [] };
    const world = await startWorld({ adapter: 'none', ports, environment: {}, dataFolder: folder, emulator });
    closers.push(() => world.close());
    const wire = await startWire({ flatpeakUrl: world.flatpeak.apiUrl, luckOf, moments });
    closers.push(() => wire.close());

    let address: DatabaseAddress = { kind: 'sqlite', path: path.join(folder, 'adapter.db') };
    if (database === 'postgres') {
      const server = await startPostgres();
      closers.push(() => server.stop());
      address = { kind: 'postgres', url: await server.createDatabase() };
    }
    const environment = {
      ...world.adapterEnvironment,
      DATABASE_URL: address.kind === 'sqlite' ? `sqlite:${address.path}` : address.url,
      FLATPEAK_API_URL: wire.url,
      FLATPEAK_TIMEOUT_MS: String(TIMEOUT_MS),
      LIMIT_ENTRIES_PER_MINUTE: '1000000',
      LIMIT_REQUESTS_PER_MINUTE: '1000000',
      // Compiled once, here, so that lives are short.
      NODE_COMPILE_CACHE: path.join(folder, 'compiled'),
    };
    await runAdapter(environment, '--check-config').ended;
    return { world, wire, address, environment, close };
  } catch (error) {
    await close();
    throw error;
  }
}
