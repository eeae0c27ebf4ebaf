/** What the adapter says to a mapping process and hears from it: plain data, because it is copied. */

export interface Task {
  expression: string;
  input: unknown;
  bindings: Record<string, unknown>;
}

export type Outcome =
  | { kind: 'result'; json: string | undefined }
  | { kind: 'too_large' }
  | { kind: 'error'; code: string; position: number | undefined; token: string | undefined };

export interface Limits {
  /** For one evaluation, not counting the wait for a free process. */
  timeoutMs: number;
  /** Heap of one evaluation. */
  memoryMb: number;
  maxResultBytes: number;
}
