import { Failure } from '../../base/failure.ts';
import type { Mapping } from '../../config/pack/pack.ts';
import { startEvaluator, type Evaluator } from './evaluator.ts';
import type { Limits, Task } from './messages.ts';

export interface Mapper {
  /**
   * Evaluates the mapping on `input`, its `bindings` being `$name` in the expression. Undefined when the expression
   * selects nothing. Throws `mapping_timeout`, `mapping_memory`, `mapping_result_too_large`, `mapping_busy`,
   * `mapping_closed`, or `mapping_error` whose facts name expression, JSONata's code, position and token.
   */
  map(mapping: Mapping, input: unknown, bindings?: Record<string, unknown>): Promise<unknown>;
  close(): Promise<void>;
}

export interface MapperOptions extends Partial<Limits> {
  processes?: number;
  /** How many may wait for a free process. */
  maxWaiting?: number;
}

/**
 * Runs the provider's JSONata where it can be ended: endless recursion or a catastrophic regular expression hang the
 * thread they run in, JSONata's own time-out notwithstanding. Processes start when needed and are replaced when lost.
 */
export function createMapper(options: MapperOptions = {}): Mapper {
  const { processes = 2, maxWaiting = 1000, ...given } = options;
  const limits: Limits = { timeoutMs: 2000, memoryMb: 64, maxResultBytes: 5_000_000, ...given };
  const all = new Set<Evaluator>();
  const idle: Evaluator[] = [];
  const waiting: ((evaluator: Evaluator | null) => void)[] = [];
  let closed = false;

  const start = (): Evaluator => {
    const evaluator = startEvaluator(limits);
    all.add(evaluator);
    return evaluator;
  };

  const acquire = (name: string): Promise<Evaluator | null> | Evaluator => {
    for (let free = idle.pop(); free; free = idle.pop()) {
      if (!free.gone) return free;
      all.delete(free);
    }
    if (all.size < processes) return start();
    if (waiting.length >= maxWaiting) throw new Failure('mapping_busy', { expression: name });
    return new Promise((resolve) => waiting.push(resolve));
  };

  const release = (evaluator: Evaluator) => {
    if (evaluator.gone) all.delete(evaluator);
    const next = waiting.shift();
    if (next) next(evaluator.gone ? start() : evaluator);
    else if (!evaluator.gone) idle.push(evaluator);
  };

  const evaluate = async (name: string, task: Task) => {
    if (closed) return { kind: 'closed' } as const;
    const evaluator = await acquire(name);
    if (!evaluator) return { kind: 'closed' } as const;
    try {
      return await evaluator.run(task);
    } finally {
      release(evaluator);
    }
  };

  return {
    async map({ name, expression }, input, bindings = {}) {
      const outcome = await evaluate(name, { expression, input, bindings });
      if (outcome.kind === 'result') {
        return outcome.json === undefined ? undefined : (JSON.parse(outcome.json) as unknown);
      }
      throw failureOf(outcome, name, limits);
    },
    async close() {
      closed = true;
      for (const give of waiting.splice(0)) give(null);
      await Promise.all([...all].map((evaluator) => evaluator.stop()));
    },
  };
}

type Ended = Exclude<Awaited<ReturnType<Evaluator['run']>>, { kind: 'result' }>;

function failureOf(ended: Ended, expression: string, limits: Limits): Failure {
  switch (ended.kind) {
    case 'timeout':
      return new Failure('mapping_timeout', { expression, timeout_ms: limits.timeoutMs });
    case 'memory':
      return new Failure('mapping_memory', { expression, memory_mb: limits.memoryMb });
    case 'too_large':
      return new Failure('mapping_result_too_large', { expression, max_bytes: limits.maxResultBytes });
    case 'closed':
      return new Failure('mapping_closed', { expression });
    case 'not_data':
      return new Failure('mapping_error', { expression, reason: 'input_not_data' });
    case 'error':
      return new Failure('mapping_error', {
        expression,
        reason: ended.code,
        ...(ended.position === undefined ? {} : { position: ended.position }),
        ...(ended.token === undefined ? {} : { token: ended.token }),
      });
  }
}
