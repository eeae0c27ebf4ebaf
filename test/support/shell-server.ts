import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * A server kept by a shell script. The script says one line when the server is there, and one for every line it is
 * told. The end of its standard input, which comes also when the test process is killed, ends both.
 */
export interface ShellServer {
  /** What the script said first. */
  said: string;
  tell(command: string): Promise<string>;
  end(): Promise<void>;
}

export async function startShellServer(script: string, args: string[], prefix: string[] = []): Promise<ShellServer> {
  const [command = '', ...rest] = [...prefix, 'sh', '-c', script, 'sh', ...args];
  const shell = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
  const ended = once(shell, 'exit');
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`A server of the tests has ended: ${args.join(' ')}`);
    return value;
  };
  // A script that has ended by itself is told nothing any more.
  shell.stdin.on('error', () => undefined);
  return {
    said: await line(),
    tell: (what) => {
      shell.stdin.write(`${what}\n`);
      return line();
    },
    end: async () => {
      shell.stdin.end();
      await ended;
    },
  };
}
