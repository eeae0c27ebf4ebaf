import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../base/failure.ts';
import { outbound } from '../base/outbound.ts';

export interface AdapterProcessOptions {
  /** The repository. */
  root: string;
  env: Record<string, string>;
  publicUrl: string;
  /** Every line the adapter writes, to either stream. */
  onLine: (line: string) => void;
  /** The adapter ended by itself after it had been ready. */
  onExit: (code: number | null) => void;
}

export interface AdapterProcess {
  /** Asks it to drain and end, then waits; after ten seconds it is made to end. */
  close(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;

/**
 * The adapter as a provider runs it: a process of its own, which knows nothing of the sandbox but its environment.
 * Resolves once `/readyz` says so; throws `adapter_ended` or `adapter_not_ready`.
 */
export async function startAdapterProcess(options: AdapterProcessOptions): Promise<AdapterProcess> {
  const { root, env, publicUrl, onLine } = options;
  // In a group of its own, Ctrl+C at the terminal does not reach it: it is told to end when the rest is.
  const stdio = ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, ['src/main.ts'], { cwd: root, env, stdio, detached: true });
  const orphaned = () => child.kill('SIGKILL');
  process.once('exit', orphaned);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  const state = { ended: false, code: null as number | null, asked: false, ready: false };
  const ended = new Promise<void>((resolve) => {
    // `close` comes after the last line; `error` alone when there was no process to begin with.
    const end = (code: number | null) => {
      if (state.ended) return;
      state.ended = true;
      process.off('exit', orphaned);
      state.code = code;
      resolve();
      if (state.ready && !state.asked) options.onExit(code);
    };
    child.once('close', end);
    child.once('error', () => end(null));
  });

  const close = async () => {
    state.asked = true;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(late);
  };

  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (state.ended) throw new Failure('adapter_ended', { status: state.code ?? -1 });
    const answer = await outbound({ url: `${publicUrl}/readyz`, timeoutMs: 2000 }).catch(() => null);
    if (answer?.status === 200) {
      state.ready = true;
      return { close };
    }
    await Promise.race([sleep(150), ended]);
  }
  await close();
  throw new Failure('adapter_not_ready', { timeout_ms: READY_WITHIN_MS });
}
