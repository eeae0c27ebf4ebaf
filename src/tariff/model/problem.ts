import type { z } from 'zod';
import type { SourceTariff } from './provider-tariff.ts';

/**
 * Why a payload is refused: a stable snake_case code, where in the payload (`$.tariff.prices[3].price.value`), and a
 * sentence for the provider's engineer. Details name fields, times and prices, never a customer.
 */
export interface TariffProblem {
  code: string;
  path: string;
  detail: string;
}

export type Accepted = { ok: true; tariff: SourceTariff } | { ok: false; problems: TariffProblem[] };

export type PathStep = string | number;

export const jsonPath = (steps: readonly PropertyKey[]): string =>
  steps.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`;
    const name = String(step);
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
  }, '$');

export const problem = (code: string, path: readonly PropertyKey[], detail: string): TariffProblem => ({
  code,
  path: jsonPath(path),
  detail,
});

/** What zod found, in the room's own words. `raw` tells a missing value from a wrong one. */
export const problemsOf = (error: z.ZodError, raw: unknown): TariffProblem[] =>
  error.issues.flatMap((issue) => problemsOfIssue(issue, raw));

function problemsOfIssue(issue: z.core.$ZodIssue, raw: unknown): TariffProblem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => problem('unknown_key', [...path, key], 'not a key of the canonical tariff'));
  }
  const value = valueAt(raw, path);
  if (value === undefined) return [problem('missing', path, 'required')];
  if (issue.code === 'invalid_value') {
    return [problem('unknown_value', path, `one of ${issue.values.map(String).join(', ')}`)];
  }
  if (issue.code === 'invalid_type' && issue.expected === 'array') {
    return [problem('wrong_shape', path, 'an array (JSONata collapses one element unless it is wrapped in […])')];
  }
  if (issue.code === 'invalid_type' && issue.expected === 'number') {
    return [problem('unparsed_number', path, 'a finite number')];
  }
  const code: unknown = issue.code === 'custom' ? issue.params?.code : undefined;
  if (typeof code === 'string') return [problem(code, path, issue.message)];
  if (issue.code === 'invalid_format') return [problem('malformed_time', path, issue.message)];
  return [problem('wrong_shape', path, issue.message)];
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    raw,
  );
}
