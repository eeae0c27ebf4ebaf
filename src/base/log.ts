import { pino, type DestinationStream } from 'pino';

/**
 * The only fields a log line may carry. Anything else passed by mistake is dropped, so that a secret can reach
 * the log only through a field that is reviewed here. Values are strings, numbers and booleans.
 */
export const LOGGED_FIELDS = [
  'event',
  'request_id',
  'reference',
  'journey',
  'step',
  'code',
  'cause',
  'reason',
  'outcome',
  'method',
  'route',
  'status',
  'duration_ms',
  'attempt',
  'retry_in_ms',
  'host',
  'port',
  'url',
  'grant',
  'decision',
  'count',
  'version',
  'timeout_ms',
  'max_bytes',
  'path',
  'expected',
  'detail',
] as const;

export type LogFields = { event: string } & Partial<
  Record<(typeof LOGGED_FIELDS)[number], string | number | boolean | undefined>
>;

/** A log line is an event with a name from the catalogue and fields from the list above; there is no free text. */
export interface Log {
  debug(fields: LogFields): void;
  info(fields: LogFields): void;
  warn(fields: LogFields): void;
  error(fields: LogFields): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const allowed = new Set<string>(LOGGED_FIELDS);

// Control characters (CR, LF, ANSI escapes) could forge a line on a terminal; JSON escapes them, we drop them.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

function pick(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name, value]) => allowed.has(name) && value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? value.replace(CONTROL, '').slice(0, 500) : value]),
  );
}

export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = { level, base: {}, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = destination ? pino(options, destination) : pino(options);
  return {
    debug: (fields) => logger.debug(pick(fields)),
    info: (fields) => logger.info(pick(fields)),
    warn: (fields) => logger.warn(pick(fields)),
    error: (fields) => logger.error(pick(fields)),
  };
}
