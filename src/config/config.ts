import { Failure } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { LOCAL_DATABASE, parseEnvironment, type EnvironmentValues } from './environment.ts';
import { loadPack } from './pack/load.ts';
import type { Pack } from './pack/pack.ts';
import type { Environment, Problem } from './secrets.ts';

/** Everything the process was told, checked. */
export interface Config extends Omit<EnvironmentValues, 'DATABASE_URL' | 'TARIFF_URL' | 'PROVIDER_PACK'> {
  DATABASE_URL: NonNullable<EnvironmentValues['DATABASE_URL']>;
  /** What `auth_data` names. */
  TARIFF_URL: URL;
  pack: Pack;
}

/** `config_invalid`; `problems` lists every one of them with its fix. */
export class ConfigFailure extends Failure {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('config_invalid', { count: problems.length });
    this.problems = problems;
  }
}

/** Reads environment and pack; throws a ConfigFailure with the problems of both. */
export function loadConfig(env: Environment): { config: Config; warnings: Problem[] } {
  const environment = parseEnvironment(env);
  const pack = loadPack(env.PROVIDER_PACK, env);
  const packProblems = pack.ok
    ? []
    : pack.problems.filter(({ where }) => where !== 'PROVIDER_PACK' || env.PROVIDER_PACK);
  const problems = [...environment.problems, ...packProblems];
  if (environment.values === null || !pack.ok || problems.length > 0) throw new ConfigFailure(problems);
  const { values } = environment;
  return {
    config: {
      ...values,
      DATABASE_URL: values.DATABASE_URL ?? LOCAL_DATABASE,
      TARIFF_URL: values.TARIFF_URL ?? new URL('/tariff', values.PUBLIC_URL),
      pack: pack.pack,
    },
    warnings: pack.warnings,
  };
}

/** One warning a line, for conditions that are legal but worth knowing. */
export function logWarnings(warnings: readonly Problem[], log: Log): void {
  for (const { where, fix } of warnings) log.warn({ event: 'config_warning', path: where, detail: fix });
}
