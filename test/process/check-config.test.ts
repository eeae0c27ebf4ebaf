import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { runAdapter } from './adapter-process.ts';

/** The adapter as a process, asked to look at its configuration and no more. */

// Every test starts a process.
jest.setTimeout(60_000);

const ANY_PORTS = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0, preview: 0 };

let world: World;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'check-config-'));
  world = await startWorld({ adapter: 'none', ports: ANY_PORTS, environment: {}, dataFolder: folder });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

test('an empty environment: every problem at once, each with its name, and exit code 1', async () => {
  const adapter = runAdapter({}, '--check-config');
  expect(await adapter.ended).toBe(1);
  const [first, ...problems] = adapter.written().split('\n');
  expect(first).toBe(`The configuration has ${problems.length} problem(s):`);
  const named = problems.map((line) => line.trim().split(' ')[0]);
  expect(named).toEqual([
    'PUBLIC_URL',
    'DATABASE_URL',
    'ENCRYPTION_KEYS',
    'FLATPEAK_ACCOUNT_ID',
    'FLATPEAK_API_KEY',
    'OIDC_ISSUER',
    'OIDC_CLIENT_ID',
    'OIDC_CLIENT_SECRET',
    'PROVIDER_PACK',
  ]);
});

test('a complete environment: says so, exit code 0, and nothing listens', async () => {
  const adapter = runAdapter(world.adapterEnvironment, '--check-config');
  expect(await adapter.ended).toBe(0);
  expect(adapter.written()).toContain('The configuration is complete.');
  expect(adapter.written()).not.toContain('listening');
});
