import { readVariable, type Environment, type Problem } from '../secrets.ts';

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Where in the document a value stands: `tariff.prices.auth.client_secret`. */
export const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/**
 * Puts the environment's values in place of `${NAME}` in every text of a parsed document, once: what a value
 * itself contains is not looked at again. `missing` gets the path of each value whose variable is not set.
 */
export function fillVariables(
  document: unknown,
  env: Environment,
  problems: Problem[],
  missing: { path: string; name: string }[],
  path: readonly PropertyKey[] = [],
): unknown {
  if (typeof document === 'string') {
    return document.replace(VARIABLE, (written, name: string) => {
      const value = readVariable(env, name, problems);
      if (value !== undefined) return value;
      missing.push({ path: pathText(path), name });
      return written;
    });
  }
  if (Array.isArray(document)) {
    return document.map((item, index) => fillVariables(item, env, problems, missing, [...path, index]));
  }
  if (typeof document === 'object' && document !== null) {
    return Object.fromEntries(
      Object.entries(document).map(([name, value]) => [
        name,
        fillVariables(value, env, problems, missing, [...path, name]),
      ]),
    );
  }
  return document;
}
