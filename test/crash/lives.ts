import { runAdapter, type AdapterProcess } from '../process/adapter-process.ts';

/** One adapter after another, on the same database. */
export interface Lives {
  /** Resolves when it is ready. */
  begin(): Promise<void>;
  /** SIGKILL; resolves when nothing of it is left. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  end(): Promise<number | null>;
  /** Resolves when one is ready. */
  up(): Promise<void>;
  readyMs(): { median: number; most: number };
  /** Lines of level error so far, by event and code. */
  errors(): Record<string, number>;
}

const ERROR = 50;

export function livesOf(environment: Record<string, string>): Lives {
  const times: number[] = [];
  const errors = new Map<string, number>();
  let current: AdapterProcess | null = null;
  let up = Promise.withResolvers<undefined>();

  const note = (adapter: AdapterProcess): void => {
    for (const line of adapter.written().split('\n')) {
      if (!line.includes(`"level":${ERROR}`)) continue;
      const { event, code } = JSON.parse(line) as { event: string; code?: string };
      const name = code === undefined ? event : `${event} ${code}`;
      errors.set(name, (errors.get(name) ?? 0) + 1);
    }
  };

  const over = async (how: (adapter: AdapterProcess) => Promise<number | null>): Promise<number | null> => {
    const adapter = current;
    if (!adapter) return null;
    current = null;
    up = Promise.withResolvers();
    const code = await how(adapter);
    note(adapter);
    return code;
  };

  return {
    async begin() {
      const from = performance.now();
      current = runAdapter(environment);
      await Promise.all([current.logged('listening'), current.logged('ready')]);
      times.push(performance.now() - from);
      up.resolve(undefined);
    },
    kill: async () => {
      await over(async (adapter) => {
        await adapter.kill();
        return null;
      });
    },
    end: () =>
      over((adapter) => {
        adapter.signal('SIGTERM');
        return adapter.ended;
      }),
    up: () => up.promise,
    readyMs: () => {
      const sorted = times.toSorted((one, other) => one - other).map(Math.round);
      return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, most: sorted.at(-1) ?? 0 };
    },
    errors: () => Object.fromEntries(errors),
  };
}
