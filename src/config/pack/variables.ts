import { readVariable, type Environment, type Problem } from '../secrets.ts';
import { strayBraces } from './template.ts';

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Variables a document has been filled with, and what they held. */
export type Filled = Map<string, string>;

/** A message with the variables' names where it repeats what they hold, which may be a secret put in the wrong place. */
export function withoutValues(message: string, filled: Filled): string {
  const parts = [...filled].flatMap(([name, value]) =>
    [value, value.trim(), ...strayBraces(value)]
      .filter((part) => part.length >= SHORTEST_SECRET || part.startsWith('{'))
      .map((part) => ({ part, name })),
  );
  return parts.reduce((text, { part, name }) => text.replaceAll(part, () => `\${${name}}`), message);
}

const SHORTEST_SECRET = 6;

/** Where in the document a value stands: `tariff.prices.auth.client_secret`. */
export const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/**
 * Puts the environment's values in place of `${NAME}` in every text of a parsed document, once: what a value
 * itself contains is not looked at again. `missing` gets the path of each value whose variable is not set, `filled`
 * the others.
 */
export function fillVariables(
  document: unknown,
  env: Environment,
  problems: Problem[],
  missing: { path: string; name: string }[],
  filled: Filled,
  path: readonly PropertyKey[] = [],
): unknown {
  if (typeof document === 'string') {
    return document.replace(VARIABLE, (written, name: string) => {
      const value = readVariable(env, name, problems);
      if (value !== undefined) {
        filled.set(name, value);
        return value;
      }
      missing.push({ path: pathText(path), name });
      return written;
    });
  }
  if (Array.isArray(document)) {
    return document.map((item, index) => fillVariables(item, env, problems, missing, filled, [...path, index]));
  }
  if (typeof document === 'object' && document !== null) {
    return Object.fromEntries(
      Object.entries(document).map(([name, value]) => [
        name,
        fillVariables(value, env, problems, missing, filled, [...path, name]),
      ]),
    );
  }
  return document;
}
