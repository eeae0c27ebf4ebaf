import { z } from 'zod';
import type { Declare, declareSchema } from '../model/declare.ts';
import { problem, problemsOf, type TariffProblem } from '../model/problem.ts';
import type { RawTariff } from './raw.ts';

/** What the format's makers fixed, or what a pack declares: the input of `declareSchema`, without its defaults. */
export type Facts = Partial<z.input<typeof declareSchema>>;

/** What a preset knows besides the payload. */
export interface Context {
  /** All facts together: the format's, the pack's and the defaults. */
  declare: Declare;
  /** Only what the pack wrote, which tells a declaration from a default. */
  declared: Facts;
  now: Temporal.Instant;
}

export type Selected = Readonly<Record<string, unknown>>;
export type Read = { ok: true; raw: RawTariff } | { ok: false; problems: TariffProblem[] };

/** A format, ready to read: payload and selectors are still unknown and are parsed here. */
export interface Preset {
  name: string;
  /** The selectors the format has; a pack may name no others. */
  select: z.ZodObject;
  /** Facts the format fixes: a pack cannot declare anything else. */
  facts: Facts;
  /** Facts that hold unless the pack declares otherwise. */
  usual: Facts;
  read(payload: unknown, select: Selected, context: Context): Read;
}

export interface Format<Select extends z.ZodObject, Payload extends z.ZodType> {
  name: string;
  select: Select;
  facts: Facts;
  usual?: Facts;
  /** Tolerant of fields nobody reads, strict about those that are. */
  payload: Payload;
  /** Pure; refuses by `refuse(…)`. */
  read(payload: z.output<Payload>, select: z.output<Select>, context: Context): RawTariff;
}

export function definePreset<Select extends z.ZodObject, Payload extends z.ZodType>(
  format: Format<Select, Payload>,
): Preset {
  return {
    name: format.name,
    select: format.select,
    facts: format.facts,
    usual: format.usual ?? {},
    read: (payload, select, context) =>
      orProblems(() => ({
        ok: true,
        raw: format.read(
          parsed(format.payload, payload, problemsOf),
          parsed(format.select, select, selectProblems),
          context,
        ),
      })),
  };
}

/** Leaves a reader at once, wherever in it one finds that the payload cannot be read; never leaves this folder. */
class Refused extends Error {
  readonly problems: TariffProblem[];

  constructor(problems: TariffProblem[]) {
    super('refused');
    this.problems = problems;
  }
}

export const refuse = (code: string, path: readonly PropertyKey[], detail: string): never => {
  throw new Refused([problem(code, path, detail)]);
};

/** A selector that is missing, or that selects nothing; its path is `select.NAME`, since the pack is to be mended. */
export const refuseSelect = (code: string, name: string, detail: string): never => {
  throw new Refused([{ code, path: `select.${name}`, detail }]);
};

export function orProblems<Result>(
  read: () => Result,
): Exclude<Result, never> | { ok: false; problems: TariffProblem[] } {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problems: error.problems };
    throw error;
  }
}

export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  explain: (error: z.ZodError, input: unknown) => TariffProblem[],
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new Refused(explain(result.error, input));
}

/** Problems of a pack's `select`, with paths into the pack. */
export const selectProblems = (error: z.ZodError, select: unknown): TariffProblem[] =>
  problemsOf(error, select).map(({ code, path, detail }) => ({
    code,
    path: `select${path.slice(1)}`,
    detail: code === 'unknown_key' ? 'not a selector of this preset' : detail,
  }));
