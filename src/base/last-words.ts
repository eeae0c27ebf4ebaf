import { codeOf } from './failure.ts';
import type { Log } from './log.ts';

/**
 * An error that nobody has caught ends the process, for nobody knows what state it is in. Node would print it first, with
 * its message and all it carries: an address with its password, the body of an answer.
 */
export function sayLastWords(log: Log): void {
  process.on('uncaughtException', (error: unknown) => {
    log.error({ event: 'crashed', code: codeOf(error), path: placeOf(error) });
    process.exit(1);
  });
}

/** File and line of ours that the error came through. Its stack begins with the message, which is left out. */
function placeOf(error: unknown): string | undefined {
  if (!Error.isError(error)) return undefined;
  const { stack = '', message } = error;
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  return frames.map((frame) => /\/(?:src|dist)\/([\w/.-]{1,100}:\d{1,6}):\d+\)?$/.exec(frame)?.[1]).find(Boolean);
}
