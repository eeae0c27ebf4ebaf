import { asRecord } from '../../base/json.ts';
import type { z } from 'zod';
import { acceptTariff, answerProblem } from '../model/accept.ts';
import { declareSchema, type Declare } from '../model/declare.ts';
import { problemsOf, type Accepted, type TariffProblem } from '../model/problem.ts';
import { selectProblems, type Facts, type Preset, type Read, type Selected } from './preset.ts';
import type { RawAgreement, RawTariff } from './raw.ts';
import { refusalOf } from './refusals.ts';
import { agreementPresets, presets } from './registry.ts';

export interface Given {
  select?: Selected | undefined;
  /** The pack's `declare`, as written: before defaults. */
  declare?: Readonly<Record<string, unknown>> | undefined;
  /** What holds when neither format nor pack says it, such as the pack's currency. */
  defaults?: Facts | undefined;
  /** The agreement step's answer: contract, particulars of the supply, and selectors the pack does not fix. */
  agreement?: unknown;
  /** The supply asked about, where one source gives everything: its meter point is what is selected. */
  supply?: Supply | undefined;
  now: Temporal.Instant;
}

export interface Supply {
  meter_point_id?: string | null | undefined;
}

export type Shaped = { ok: true; raw: RawTariff; declare: Declare } | { ok: false; problems: TariffProblem[] };

/** A payload in one of the known formats becomes a tariff that may be served, or is refused with every problem. */
export function applyPreset(name: string, payload: unknown, given: Given): Accepted {
  const shaped = shapeWithPreset(name, payload, given);
  return shaped.ok ? acceptTariff(withAgreement(shaped.raw, given.agreement), shaped.declare, given.now) : shaped;
}

/**
 * The same without the rules, for prices that several agreements share: `raw` and `declare` are what `acceptTariff`
 * takes once the agreement has been laid over them.
 */
export function shapeWithPreset(name: string, payload: unknown, given: Given): Shaped {
  const preset = presets.get(name);
  if (!preset) return { ok: false, problems: [unknownPreset(name, presets)] };
  const refusal = answerProblem(payload) ?? refusalOf(payload);
  if (refusal) return { ok: false, problems: [refusal] };
  const facts = factsFor(preset, given.declare ?? {}, given.defaults);
  if (!facts.ok) return facts;
  const read = preset.read(payload, selectors(preset, given), {
    declare: facts.declare,
    declared: given.declare ?? {},
    now: given.now,
  });
  return read.ok ? { ...read, declare: facts.declare } : read;
}

/** What is wrong with a pack's `select` and `declare`, before any payload. Selectors may be left to the agreement. */
export function presetProblems(name: string, { select = {}, declare = {} }: Omit<Given, 'now'>): TariffProblem[] {
  const preset = presets.get(name);
  if (!preset) return [unknownPreset(name, presets)];
  const facts = factsFor(preset, declare);
  return [...unselectable(preset, select), ...(facts.ok ? [] : facts.problems)];
}

/** The same for the preset of an agreement step, which has no facts to declare. */
export function agreementPresetProblems(name: string, select: Selected = {}): TariffProblem[] {
  const preset = agreementPresets.get(name);
  return preset ? unselectable(preset, select) : [unknownPreset(name, agreementPresets)];
}

function unselectable({ select: known }: { select: z.ZodObject }, select: Selected): TariffProblem[] {
  const selected = known.partial().safeParse(select);
  return selected.success ? [] : selectProblems(selected.error, select);
}

export type FactsFound = { ok: true; declare: Declare } | { ok: false; problems: TariffProblem[] };

/** The format's facts and the pack's together. A pack that contradicts its format is mistaken about one of the two. */
export function factsFor(preset: Preset, declare: Readonly<Record<string, unknown>>, defaults: Facts = {}): FactsFound {
  const fixed = Object.entries(preset.facts).filter(
    ([name, fact]) => declare[name] !== undefined && written(declare[name]) !== written(fact),
  );
  if (fixed.length > 0) {
    const problems = fixed.map(([name, fact]) => ({
      code: 'fact_fixed_by_preset',
      path: `declare.${name}`,
      detail: `${preset.name} is always ${written(fact)}: leave it out, or choose another preset`,
    }));
    return { ok: false, problems };
  }
  const parsed = declareSchema.safeParse({ ...defaults, ...preset.usual, ...declare, ...preset.facts });
  if (parsed.success) return { ok: true, declare: parsed.data };
  const problems = problemsOf(parsed.error, declare).map((found) => ({
    ...found,
    path: `declare${found.path.slice(1)}`,
    ...(found.code === 'unknown_key' && { detail: 'not a fact that can be declared' }),
  }));
  return { ok: false, problems };
}

export interface AgreementGiven {
  select?: Selected | undefined;
  /** The supply asked about: its meter point is what is selected. */
  supply?: Supply | undefined;
  /** The zone of the contract's dates. */
  timezone?: string | undefined;
  now: Temporal.Instant;
}

/** The agreement step's payload becomes `{ contract, tariff, … }` of the one agreement in force (rule 10). */
export function applyAgreement(
  name: string,
  payload: unknown,
  { select, supply, timezone, now }: AgreementGiven,
): Read<RawAgreement> {
  const preset = agreementPresets.get(name);
  if (!preset) return { ok: false, problems: [unknownPreset(name, agreementPresets)] };
  const refusal = answerProblem(payload) ?? refusalOf(payload);
  if (refusal) return { ok: false, problems: [refusal] };
  return preset.read(payload, selectors(preset, { select, supply }), { now, timezone });
}

/**
 * A selector the pack does not fix (the customer's price area, way of paying …) comes from the agreement. The supply's
 * own meter point is nobody's to overrule: a pack that named one would give every customer the same contract.
 */
function selectors(
  { select: known }: { select: z.ZodObject },
  { select, agreement, supply }: Pick<Given, 'select' | 'agreement' | 'supply'>,
): Selected {
  const own = asRecord(agreement);
  const lent = Object.keys(known.shape)
    .filter((name) => ['string', 'number', 'boolean'].includes(typeof own[name]))
    .map((name) => [name, own[name]] as const);
  const meter = 'meter_point' in known.shape ? supply?.meter_point_id : undefined;
  return { ...Object.fromEntries(lent), ...select, ...(meter != null && { meter_point: meter }) };
}

/** Both steps' answers put together: the agreement brings the contract and whatever is particular to its supply. */
export function withAgreement(prices: unknown, agreement: unknown): unknown {
  if (agreement === undefined) return prices;
  const own = asRecord(agreement);
  const shared = asRecord(prices);
  return {
    ...shared,
    contract: own.contract ?? shared.contract,
    tariff: { ...asRecord(shared.tariff), ...asRecord(own.tariff) },
  };
}

const written = (fact: unknown): string => (typeof fact === 'string' ? fact : JSON.stringify(fact));

const unknownPreset = (name: string, known: ReadonlyMap<string, unknown>): TariffProblem => ({
  code: 'preset_unknown',
  path: 'preset',
  detail: `${JSON.stringify(name)} is not a known preset; known are: ${[...known.keys()].join(', ')}`,
});
