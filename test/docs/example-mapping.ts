import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readMapping } from '../../src/config/pack/files.ts';
import type { Mapper } from '../../src/tariff/mapping/mapper.ts';
import { acceptTariff } from '../../src/tariff/model/accept.ts';
import { applyDeclared, declareSchema } from '../../src/tariff/model/declare.ts';
import type { Accepted } from '../../src/tariff/model/problem.ts';
import type { SourceTariff } from '../../src/tariff/model/provider-tariff.ts';
import { withAgreement } from '../../src/tariff/presets/apply.ts';
import type { Json } from '../tariff/model/fixtures.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = (format: string): string => path.join(root, 'docs/examples', format);

/** What stands beside a payload: the supply asked for, its contract, the moment, and facts declared otherwise. */
export interface Way {
  now: string;
  supply?: string;
  agreement?: unknown;
  declare?: Record<string, unknown>;
}

/** A mapping of docs/examples on a payload; undefined when it selects nothing. */
export const mapped = (mapper: Mapper, file: string, payload: unknown, supply?: string): Promise<unknown> => {
  const { dir, base } = path.parse(file);
  return mapper.map(readMapping(folder(dir), base), payload, { supply: { id: supply }, select: {} });
};

async function raw(mapper: Mapper, format: string, payload: unknown, { supply, agreement, declare }: Way) {
  const result = await mapped(mapper, `${format}/mapping.jsonata`, payload, supply);
  const beside = parse(readFileSync(path.join(folder(format), 'declare.yaml'), 'utf8')) as Record<string, unknown>;
  return { together: withAgreement(result, agreement), declare: declareSchema.parse({ ...beside, ...declare }) };
}

/** The whole way of an answer: mapping, contract, declared facts, rules. */
export async function judged(mapper: Mapper, format: string, payload: unknown, way: Way): Promise<Accepted> {
  const { together, declare } = await raw(mapper, format, payload, way);
  return acceptTariff(together, declare, Temporal.Instant.from(way.now));
}

export async function accepted(mapper: Mapper, format: string, payload: unknown, way: Way): Promise<SourceTariff> {
  const verdict = await judged(mapper, format, payload, way);
  if (!verdict.ok) throw new Error(JSON.stringify(verdict.problems));
  return verdict.tariff;
}

/** `code path` of every problem; empty when the tariff was accepted. */
export async function refused(mapper: Mapper, format: string, payload: unknown, way: Way): Promise<string[]> {
  const verdict = await judged(mapper, format, payload, way);
  return verdict.ok ? [] : verdict.problems.map(({ code, path: where }) => `${code} ${where}`);
}

/** What was read before the rules had their say: refused as a whole, it may still be exact where it says something. */
export async function beforeRules(mapper: Mapper, format: string, payload: unknown, way: Way): Promise<SourceTariff> {
  const { together, declare } = await raw(mapper, format, payload, way);
  const read = applyDeclared(together, declare);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.tariff;
}

/** A changed copy: another value, none, or one made from the old, at a path such as `data.rows.1.price`. */
export function but(source: Json, where: string, value: unknown): Json {
  const copy: Json = structuredClone(source);
  const steps = where.split('.');
  const last = steps.pop() ?? '';
  const holder = steps.reduce<Json>((held, step) => held[step] as Json, copy);
  holder[last] = typeof value === 'function' ? (value as (old: Json) => unknown)(holder[last] as Json) : value;
  return copy;
}
