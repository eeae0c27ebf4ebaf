import { z } from 'zod';
import { readDecimal } from '../model/decimals.ts';
import { readMoment, type Moment } from '../model/moments.ts';

/** Kinds of fields that payloads are made of. None changes a value: numbers stay as exact as they came. */

const field = <Value>(holds: (value: unknown) => boolean, code: string, error: string) =>
  z.custom<Value>(holds, { error, params: { code } });

const isDecimal = (value: unknown): boolean => !Array.isArray(value) && readDecimal(value).ok;

/** A number, or a decimal with a point in a string. */
export const decimal = field<number | string>(
  isDecimal,
  'unparsed_number',
  'a number or a decimal string with a point',
);

/** A decimal with a comma, as Spain and Denmark write it; thousands are not grouped. Comes out with a point. */
export const decimalComma = field<string>(
  (value) => typeof value === 'string' && /^[+-]?\d{1,30}(,\d{1,30})?$/.test(value),
  'unparsed_number',
  'a decimal string with a comma',
).transform((value) => value.replace(',', '.'));

const moment = (error: string, ...kinds: Moment['kind'][]) =>
  field<string>(
    (value) => {
      const found = typeof value === 'string' ? readMoment(value) : null;
      return found !== null && kinds.includes(found.kind);
    },
    'malformed_time',
    error,
  );

export const instant = moment('an RFC 3339 date-time with its offset', 'instant');
export const local = moment('a local date-time without an offset', 'local');
export const date = moment('a date as YYYY-MM-DD', 'date');
export const dateOrInstant = moment('a date or an RFC 3339 date-time', 'date', 'instant');
export const anyMoment = moment('a date-time or a date', 'instant', 'local', 'date');

/** Whole seconds (1000) or milliseconds (1) since 1970; comes out as an instant in UTC. */
export const epochTime = (milliseconds: number) =>
  field<number>(
    (value) => Number.isSafeInteger(value) && Math.abs(Number(value) * milliseconds) <= 8.64e15,
    'malformed_time',
    'an epoch time in the declared unit',
  ).transform((value) => Temporal.Instant.fromEpochMilliseconds(value * milliseconds).toString());

/** One of several shapes, told by a look at the value. Unlike a union it says what is wrong, and where. */
export const bySight = <Output>(choose: (value: unknown) => z.ZodType<Output>) =>
  z.unknown().transform((value, context): Output => {
    const found = choose(value).safeParse(value);
    if (found.success) return found.data;
    for (const issue of found.error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
    return z.NEVER;
  });

/** A list, or the one element that XML parsers and some retailers write instead of a list of one. */
export const oneOrMany = <Item extends z.ZodType>(item: Item) =>
  bySight<z.output<Item>[]>((value) => (Array.isArray(value) ? z.array(item) : item.transform((only) => [only])));

/** Selectors come from YAML or from a command line, where everything is text. */
export const wholeNumber = field<number | string>(
  (value) => (typeof value === 'string' ? /^\d{1,9}$/.test(value) : Number.isInteger(value)),
  'unparsed_number',
  'a whole number',
).transform(Number);

export const label = z.string().trim().min(1).max(200);

/** A time of day as HH:MM; comes out as minutes since midnight. */
export const clockTime = field<string>(
  (value) => typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(value),
  'malformed_time',
  'a time of day as HH:MM',
).transform((value) => Number(value.slice(0, 2)) * 60 + Number(value.slice(3)));
