import { parentPort, workerData } from 'node:worker_threads';
import jsonata from 'jsonata';
import type { Limits, Outcome, Task } from './messages.ts';

/** The thread in which the provider's JSONata runs. It may loop for ever or fill its memory; others end it then. */
const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a thread of host.ts');

const { maxResultBytes } = workerData as Limits;
const compiled = new Map<string, jsonata.Expression>();

function compile(expression: string): jsonata.Expression {
  const known = compiled.get(expression);
  if (known) return known;
  const fresh = jsonata(expression);
  compiled.set(expression, fresh);
  return fresh;
}

async function run({ expression, input, bindings }: Task): Promise<Outcome> {
  try {
    const value: unknown = await compile(expression).evaluate(input, bindings);
    const json = JSON.stringify(value) as string | undefined;
    const tooLarge = json !== undefined && Buffer.byteLength(json) > maxResultBytes;
    return tooLarge ? { kind: 'too_large' } : { kind: 'result', json };
  } catch (error) {
    const { code, position, token } = error as { code?: unknown; position?: unknown; token?: unknown };
    return {
      kind: 'error',
      code: typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown',
      position: typeof position === 'number' ? position : undefined,
      token: typeof token === 'string' ? token.slice(0, 60) : undefined,
    };
  }
}

port.on('message', (task: Task) => void run(task).then((outcome) => port.postMessage(outcome)));
port.postMessage('ready');
