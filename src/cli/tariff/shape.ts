import { asRecord } from '../../base/json.ts';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { codeOf, Failure } from '../../base/failure.ts';
import { PackFileProblem, readMapping } from '../../config/pack/files.ts';
import type { Mapping } from '../../config/pack/pack.ts';
import type { Mapper } from '../../tariff/mapping/mapper.ts';
import { acceptTariff, answerProblem } from '../../tariff/model/accept.ts';
import { declareSchema, type Declare } from '../../tariff/model/declare.ts';
import { problem, problemsOf, type TariffProblem } from '../../tariff/model/problem.ts';
import { applyAgreement, shapeWithPreset, withAgreement } from '../../tariff/presets/apply.ts';
import { windowFor } from '../../tariff/window.ts';
import { UsageProblem } from '../surroundings.ts';
import type { Payload } from './payload.ts';
import type { Read } from './verdict.ts';

/** How a payload is to be read: what stands beside a source in provider.yaml. */
export interface Way {
  preset?: string | undefined;
  mapping?: Mapping | undefined;
  select: Record<string, string>;
  declare: Record<string, unknown>;
}

export type Refusal = {
  ok: false;
  problems: TariffProblem[];
  /** What the mapping made of it, for the reader's eyes. */ seen?: unknown;
};
export type Shaped = { ok: true; read: Read } | Refusal;

/** Payload, preset or mapping, declared facts and agreement become a tariff, as a source of the pack would have it. */
export async function shapePayload(
  payload: Payload,
  way: Way,
  agreement: unknown,
  at: Temporal.Instant,
  mapper: Mapper,
): Promise<Shaped> {
  const found = way.mapping
    ? await mapped(payload.document, way.mapping, way, agreement, at, mapper)
    : shapeWithPreset(way.preset ?? 'canonical', payload.document, { ...way, agreement, now: at });
  if (!found.ok) return found;
  const together = withAgreement(found.raw, agreement);
  const verdict = acceptTariff(together, found.declare, at);
  if (!verdict.ok) return { ...verdict, seen: together };
  const { name, version } = way.mapping ?? { name: way.preset ?? 'canonical', version: '1' };
  return {
    ok: true,
    read: {
      source: verdict.tariff,
      mapping: { name, version },
      payloadSha256: payload.sha256,
      fetchedAt: at,
      lastGood: false,
      estimate: found.declare.estimate,
    },
  };
}

type Raw = { ok: true; raw: unknown; declare: Declare } | Refusal;

async function mapped(
  document: unknown,
  mapping: Mapping,
  { select, declare }: Way,
  agreement: unknown,
  at: Temporal.Instant,
  mapper: Mapper,
): Promise<Raw> {
  const facts = declareSchema.safeParse(declare);
  if (!facts.success) {
    const problems = problemsOf(facts.error, declare).map((found) => ({
      ...found,
      path: `declare${found.path.slice(1)}`,
    }));
    return { ok: false, problems };
  }
  const { from, to } = windowFor({}, at, facts.data.timezone ?? 'UTC');
  const bindings = { select, agreement, supply: {}, from: from.toString(), to: to.toString() };
  const made = await evaluated(mapping, document, bindings, mapper);
  return made.ok ? { ...made, declare: facts.data } : made;
}

async function evaluated(
  mapping: Mapping,
  document: unknown,
  bindings: Record<string, unknown>,
  mapper: Mapper,
): Promise<{ ok: true; raw: unknown } | Refusal> {
  const refusal = answerProblem(document);
  if (refusal) return { ok: false, problems: [refusal] };
  try {
    const raw = await mapper.map(mapping, document, bindings);
    const nothing = raw === undefined || raw === null;
    if (nothing)
      return {
        ok: false,
        problems: [{ code: 'mapping_selects_nothing', path: mapping.name, detail: 'its result is empty' }],
      };
    const unsupported = asRecord(raw).not_supported;
    if (typeof unsupported === 'string')
      return { ok: false, problems: [problem('not_supported', [], unsupported.slice(0, 200))] };
    return { ok: true, raw };
  } catch (error) {
    if (error instanceof Failure) return { ok: false, problems: [mappingProblem(error, mapping)] };
    throw error;
  }
}

function mappingProblem({ code, facts }: Failure, { name, expression }: Mapping): TariffProblem {
  const { position, token, reason, timeout_ms } = facts;
  const before = expression.slice(0, Number(position ?? 0)).split('\n');
  const where = position === undefined ? '' : ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  const near = token === undefined ? '' : ` near ${token}`;
  const late = timeout_ms === undefined ? '' : `not done after ${timeout_ms} ms`;
  return { code, path: name, detail: `${reason ?? late}${where}${near}` || 'it was ended' };
}

/** What the agreement step would hand to the prices step. */
export async function shapeAgreement(
  document: unknown,
  way: Way,
  at: Temporal.Instant,
  mapper: Mapper,
): Promise<{ ok: true; raw: unknown } | Refusal> {
  if (way.mapping) return evaluated(way.mapping, document, { supply: {}, select: {} }, mapper);
  if (way.preset === undefined) return { ok: true, raw: document };
  const { timezone } = way.declare;
  return applyAgreement(way.preset, document, {
    now: at,
    timezone: typeof timezone === 'string' ? timezone : undefined,
  });
}

/** A JSONata file named on the command line. Throws UsageProblem when it cannot be read or is no JSONata. */
export function mappingFile(file: string): Mapping {
  try {
    const found = realpathSync(file);
    return { ...readMapping(path.dirname(found), path.basename(found)), name: file };
  } catch (error) {
    if (error instanceof PackFileProblem) throw new UsageProblem(`the mapping ${error.message}`);
    throw new UsageProblem(`${file} cannot be read (${codeOf(error)})`);
  }
}
