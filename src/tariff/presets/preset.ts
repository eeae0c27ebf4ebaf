import { z } from 'zod';
import type { Declare, declareSchema } from '../model/declare.ts';
import { problem, problemsOf, type TariffProblem } from '../model/problem.ts';
import type { RawAgreement, RawTariff } from './raw.ts';

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
export type Read<Raw> = { ok: true; raw: Raw } | { ok: false; problems: TariffProblem[] };

/** A format, ready to read: payload and selectors are still unknown and are parsed here. */
export interface Reader<Given, Raw> {
  name: string;
  /** The selectors the format has; a pack may name no others. */
  select: z.ZodObject;
  read(payload: unknown, select: Selected, given: Given): Read<Raw>;
}

interface Format<Select extends z.ZodObject, Payload extends z.ZodType, Given, Raw> {
  name: string;
  select: Select;
  /** Tolerant of fields nobody reads, strict about those that are. */
  payload: Payload;
  /** Pure; refuses by `refuse(…)`. */
  read(payload: z.output<Payload>, select: z.output<Select>, given: Given): Raw;
}

interface Fixed {
  /** Facts the format fixes: a pack cannot declare anything else. */
  facts: Facts;
  /** Facts that hold unless the pack declares otherwise. */
  usual: Facts;
}

/** A format of prices. */
export type Preset = Reader<Context, RawTariff> & Fixed;

export const definePreset = <Select extends z.ZodObject, Payload extends z.ZodType>(
  format: Format<Select, Payload, Context, RawTariff> & Pick<Fixed, 'facts'> & Partial<Fixed>,
): Preset => ({ ...reader(format), facts: format.facts, usual: format.usual ?? {} });

/** A format of the agreement step's answer: what one supply is contracted to. */
export type AgreementPreset = Reader<{ now: Temporal.Instant; timezone?: string | undefined }, RawAgreement>;

export const defineAgreement = <Select extends z.ZodObject, Payload extends z.ZodType>(
  format: Format<Select, Payload, { now: Temporal.Instant; timezone?: string | undefined }, RawAgreement>,
): AgreementPreset => reader(format);

const reader = <Select extends z.ZodObject, Payload extends z.ZodType, Given, Raw>(
  format: Format<Select, Payload, Given, Raw>,
): Reader<Given, Raw> => ({
  name: format.name,
  select: format.select,
  read: (payload, select, given) =>
    orProblems(() => ({
      ok: true,
      raw: format.read(
        parsed(format.payload, payload, problemsOf),
        parsed(format.select, select, selectProblems),
        given,
      ),
    })),
});

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

function orProblems<Raw>(read: () => Read<Raw>): Read<Raw> {
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
