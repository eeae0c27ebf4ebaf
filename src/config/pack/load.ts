import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Environment, Problem } from '../secrets.ts';
import { assemble, namedFiles, problemOf } from './assemble.ts';
import { explain, type Finding } from './explain.ts';
import { PackFileProblem, readYaml } from './files.ts';
import type { Pack } from './pack.ts';
import { providerSchema } from './provider-schema.ts';
import { plainAddresses, ruleFindings } from './source-rules.ts';
import { fillVariables, withoutValues, type Filled } from './variables.ts';

export type PackResult =
  { ok: true; pack: Pack; warnings: Problem[] } | { ok: false; problems: Problem[]; warnings: Problem[] };

const FILE = 'provider.yaml';

/**
 * Reads the provider pack: `provider.yaml` with the environment's values in it, and every file it names. All
 * problems come back together; nothing is thrown and no value that could be a secret is repeated.
 */
export function loadPack(folder: string | undefined, env: Environment): PackResult {
  if (!folder) return refused([{ where: 'PROVIDER_PACK', fix: 'is required: the folder with provider.yaml' }]);
  if (!existsSync(path.join(folder, FILE))) {
    return refused([{ where: 'PROVIDER_PACK', fix: `must be a folder that holds ${FILE}` }]);
  }
  let written: unknown;
  try {
    written = readYaml(folder, FILE);
  } catch (error) {
    if (error instanceof PackFileProblem) return refused([{ where: FILE, fix: error.message }]);
    throw error;
  }

  const problems: Problem[] = [];
  const missing: { path: string; name: string }[] = [];
  const values: Filled = new Map();
  const filled = fillVariables(written, env, problems, missing, values);
  const asProblem = ({ path: at, fix }: Finding): Problem => ({ where: inFile(at), fix: withoutValues(fix, values) });
  problems.push(
    ...missing.map(({ path: at, name }) => ({
      where: inFile(at),
      fix: `needs \${${name}}, which is not set; set ${name} or ${name}_FILE`,
    })),
  );

  const parsed = providerSchema.safeParse(filled);
  if (!parsed.success) {
    const unset = new Set(missing.map(({ path: at }) => at));
    const shape = explain(parsed.error.issues).filter((finding) => !unset.has(finding.path));
    const known = new Set([...unset, ...shape.map((finding) => finding.path)]);
    const files = namedFiles(filled).flatMap(({ at, read }) => {
      const problem = known.has(at) ? null : problemOf(() => read(folder));
      return problem === null ? [] : [{ path: at, fix: problem }];
    });
    return refused([...problems, ...[...shape, ...files].map(asProblem)]);
  }

  const findings = ruleFindings(parsed.data);
  const pack = assemble(path.resolve(folder), parsed.data, findings);
  problems.push(...findings.map(asProblem));
  const warnings = plainAddresses(parsed.data).map(asProblem);
  return problems.length === 0 ? { ok: true, pack, warnings } : { ok: false, problems, warnings };
}

const refused = (problems: Problem[]): PackResult => ({ ok: false, problems, warnings: [] });
const inFile = (at: string) => (at === '' ? FILE : `${FILE} ${at}`);
