import { readFileSync } from 'node:fs';
import { codeOf } from '../base/failure.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Problem {
  /** Variable, or file and path inside it. */
  where: string;
  /** What is wrong and how to mend it; never a secret's value. */
  fix: string;
}

/**
 * A value from the environment, or from the file that NAME_FILE names (the way Docker and Kubernetes hand out
 * secrets). A trailing line break in the file is not part of the secret.
 */
export function readVariable(env: Environment, name: string, problems: Problem[]): string | undefined {
  const value = env[name] === '' ? undefined : env[name];
  const file = env[`${name}_FILE`];
  if (!file) return value;
  if (value !== undefined) {
    problems.push({ where: name, fix: `is set, and ${name}_FILE too; keep one of them` });
    return value;
  }
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    problems.push({ where: `${name}_FILE`, fix: `names a file that cannot be read (${codeOf(error)})` });
    return undefined;
  }
}
