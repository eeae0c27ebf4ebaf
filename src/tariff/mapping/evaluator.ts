import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Limits, Outcome, Task } from './messages.ts';

/** One mapping process, one task at a time. Once it is gone it must be replaced. */
export interface Evaluator {
  run(task: Task): Promise<Outcome | { kind: 'timeout' | 'memory' | 'closed' | 'not_data' }>;
  readonly gone: boolean;
  stop(): Promise<void>;
}

const HOST = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './host.ts' : './host.js', import.meta.url));

// No environment, no network, no child processes, nothing written: an expression that broke out would find nothing.
const CONFINED = ['--permission', '--allow-worker', '--allow-fs-read=*', '--no-warnings'];

/** A process that is not ready by then never will be. */
const STARTING_MS = 20_000;

/**
 * A process, not just a thread: one allocation beyond a thread's limit (a text that doubles twenty-three times) makes
 * V8 abort the process the thread is in, and a hung expression is ended surely by the system only.
 */
export function startEvaluator(limits: Limits): Evaluator {
  const child = fork(HOST, [JSON.stringify(limits)], {
    env: {},
    execArgv: CONFINED,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let end: 'timeout' | 'memory' | 'closed' | null = null;
  let settle: ((outcome: Outcome | 'gone') => void) | null = null;
  let becomeReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (becomeReady = resolve));
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.on('error', () => resolve());
  });
  const overdue = setTimeout(() => child.kill('SIGKILL'), STARTING_MS).unref();
  void ready.then(() => clearTimeout(overdue));
  // Errors of an expression are caught inside: a process that stops by itself has run out of memory.
  void exited.then(() => finish('memory'));

  function finish(how: 'timeout' | 'memory' | 'closed') {
    end ??= how;
    settle?.('gone');
    becomeReady();
  }

  /** Only a running task keeps the adapter's process alive, not an idle evaluator. */
  function hold(held: boolean) {
    if (held) {
      child.ref();
      child.channel?.ref();
    } else {
      child.unref();
      child.channel?.unref();
    }
  }

  child.on('message', (message: Outcome | 'ready') => {
    if (message === 'ready') becomeReady();
    else settle?.(message);
  });
  hold(false);

  return {
    get gone() {
      return end !== null;
    },
    async run(task) {
      hold(true);
      // The time a process takes to start is not the expression's.
      await ready;
      const timer = setTimeout(() => {
        finish('timeout');
        child.kill('SIGKILL');
      }, limits.timeoutMs);
      try {
        const outcome = await new Promise<Outcome | 'gone'>((resolve) => {
          settle = resolve;
          if (end === null) child.send(task);
          else resolve('gone');
        });
        return outcome === 'gone' ? { kind: end ?? 'memory' } : outcome;
      } catch {
        // What cannot be copied (a function, a structure too deep) was never a document.
        return { kind: 'not_data' };
      } finally {
        clearTimeout(timer);
        settle = null;
        hold(false);
      }
    },
    async stop() {
      finish('closed');
      child.kill('SIGKILL');
      // Unreferenced, the process under way would not keep ours alive until it is gone.
      hold(true);
      await exited;
    },
  };
}
