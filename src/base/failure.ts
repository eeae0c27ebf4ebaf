/**
 * Every failure the adapter names. `code` is stable and goes into logs, metrics and pages' `data-reason`;
 * `facts` are safe to log; `cause` stays inside the process.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: string;
  readonly facts: Record<string, string | number | boolean>;

  constructor(code: string, facts: Record<string, string | number | boolean> = {}, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }
}

/** The stable code of anything thrown: our own, a library's or the system's `code`, never a message. */
export function codeOf(error: unknown): string {
  if (error instanceof Failure) return error.code;
  if (Error.isError(error)) {
    const code = (error as { code?: unknown }).code;
    if (typeof code === 'string' && /^[A-Za-z0-9_.-]{1,80}$/.test(code)) return code;
    return error.name;
  }
  return 'unknown';
}
