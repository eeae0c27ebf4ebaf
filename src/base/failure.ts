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

/** The code of what lies behind a failure, where it says so. */
export const causeOf = (error: unknown): string | undefined =>
  error instanceof Failure && typeof error.facts.cause === 'string' ? error.facts.cause : undefined;

/** What a code or a class may be called; anything else could be a text in disguise. */
const NAME = /^[A-Za-z0-9_.-]{1,80}$/;

/** The stable code of anything thrown: our own, a library's or the system's `code`, never a message. */
export function codeOf(error: unknown): string {
  if (error instanceof Failure) return error.code;
  if (Error.isError(error)) {
    const code = (error as { code?: unknown }).code;
    if (typeof code === 'string' && NAME.test(code)) return code;
    // Libraries seldom name their errors, but they do name their classes.
    const name = error.name === 'Error' ? error.constructor.name : error.name;
    return NAME.test(name) ? name : 'Error';
  }
  return 'unknown';
}
