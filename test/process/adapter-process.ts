import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** `node src/main.ts` as a process of its own, with exactly this environment; it never outlives this one. */
export interface AdapterProcess {
  /** Everything it has written so far, to either stream. */
  written(): string;
  /** Resolves with the first log line of this event; rejects when the process ends without one. */
  logged(event: string): Promise<Record<string, unknown>>;
  /** Exit code; null when a signal ended it. */
  ended: Promise<number | null>;
  signal(name: 'SIGTERM' | 'SIGINT'): void;
  /** Ends it whatever it is doing. */
  kill(): Promise<void>;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
const LEASH = path.join(import.meta.dirname, 'leash.ts');

export function runAdapter(environment: Record<string, string>, ...args: string[]): AdapterProcess {
  const child = spawn(process.execPath, ['--import', pathToFileURL(LEASH).href, 'src/main.ts', ...args], {
    cwd: ROOT,
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const firstOf = new Map<unknown, Record<string, unknown>>();
  const onLine = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      const parsed = parse(line);
      if (!firstOf.has(parsed.event)) firstOf.set(parsed.event, parsed);
      for (const look of onLine) look();
    });
  }
  // `close` comes after the last line.
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    written: () => lines.join('\n'),
    logged: (event) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const line = firstOf.get(event);
          if (!line) return;
          onLine.delete(look);
          resolve(line);
        };
        onLine.add(look);
        look();
        void ended.then(() => reject(new Error(`ended without "${event}":\n${lines.join('\n')}`)));
      }),
    ended,
    signal: (name) => child.kill(name),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
