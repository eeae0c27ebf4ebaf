import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { outbound } from '../../src/base/outbound.ts';
import { run } from '../../src/cli/program.ts';
import type { ExitCode } from '../../src/cli/surroundings.ts';
import type { DatabaseAddress } from '../../src/store/database.ts';
import type { SealingKey } from '../../src/store/sealing.ts';
import type { Store } from '../support/databases.ts';

export interface Ran {
  code: ExitCode;
  out: string;
  err: string;
}

export interface At {
  now?: string;
  columns?: number;
  /** Both outputs are a terminal. */
  tty?: boolean;
  env?: Record<string, string>;
  stdin?: string;
  /** What is told instead of slept. */
  sleep?: (ms: number) => void;
}

/** Runs one command line as an operator would, and keeps what it says. */
export async function adapter(argv: string[], at: At = {}): Promise<Ran> {
  const { now = '2026-05-12T11:00:00Z', columns = 80, tty = false, env = {}, stdin = '', sleep = () => undefined } = at;
  const said = { out: '', err: '' };
  const output = (name: keyof typeof said) => ({
    write: (text: string) => void (said[name] += text),
    isTTY: tty,
    columns,
  });
  const code = await run(argv, {
    out: output('out'),
    err: output('err'),
    env,
    clock: () => Temporal.Instant.from(now).epochMilliseconds,
    send: outbound,
    readStdin: () => Promise.resolve(stdin),
    sleep: (ms) => {
      sleep(ms);
      return Promise.resolve();
    },
  });
  return { code, ...said };
}

/** The environment of a service on this database; nothing in it speaks of Flatpeak or of an identity provider. */
export const serviceEnv = (address: DatabaseAddress, keys: readonly SealingKey[]): Record<string, string> => ({
  DATABASE_URL: address.kind === 'sqlite' ? `sqlite:${address.path}` : address.url,
  ENCRYPTION_KEYS: keys.map(({ kid, key }) => `${kid}:${key.toString('base64')}`).join(','),
});

/** Command lines run beside a service: on its database, at its time. */
export const beside =
  (store: Store) =>
  (...argv: string[]): Promise<Ran> =>
    adapter(argv, { now: new Date(store.clock.now()).toISOString(), env: serviceEnv(store.address, store.keys) });

const folders: string[] = [];

/** A file of its own with this text; its absolute path. */
export function fileOf(name: string, content: unknown): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'cli-'));
  folders.push(folder);
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

export function removeFiles(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
