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

/** Of these fields the catalogues list the values, so each is one word; a sentence there would be somebody else's text. */
const WORDS = new Set(['event', 'step', 'code', 'cause', 'reason', 'outcome', 'method']);
const WORD = /^(?!(?:\D*\d){6})[A-Za-z0-9_.]{0,64}$/;

/** The word itself, or `other` for what is none: a sentence, a number, a token. */
export const asWord = (text: string): string => (WORD.test(text) ? text : 'other');

/**
 * What forges a line or disguises it on a terminal: control characters, separators of lines and paragraphs, marks of
 * direction, halves of characters. JSON would only escape some of them, and whoever reads the line unescapes them.
 */
const DISGUISE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const LONGEST = 500;

/** Names that only the payload has, in a path into it: they may be a customer's. */
const FOREIGN_NAME = /\["(?:[^"\\]|\\.)*"?\]?|\.(?=(?:[A-Za-z_]*\d){4})\w+|\.\w{41,}/g;

function textOf(name: string, value: string): string {
  const text = value.slice(0, LONGEST).replace(DISGUISE, '');
  if (WORDS.has(name)) return asWord(text);
  return name === 'path' && text.startsWith('$') ? text.replace(FOREIGN_NAME, '["…"]') : text;
}

/** A value of another type than those three is somebody's mistake, and could be an error with all it carries. */
function pick(fields: LogFields): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!allowed.has(name)) continue;
    if (typeof value === 'string') line[name] = textOf(name, value);
    else if (typeof value === 'boolean' || Number.isFinite(value)) line[name] = value;
  }
  return line;
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
