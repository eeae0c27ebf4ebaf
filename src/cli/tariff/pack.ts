import { existsSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import { LOGGED_FIELDS, type Log, type LogFields } from '../../base/log.ts';
import { loadPack } from '../../config/pack/load.ts';
import type { Pack } from '../../config/pack/pack.ts';
import type { Problem } from '../../config/secrets.ts';
import { checkPack } from '../../tariff/check-pack.ts';
import type { LastGood } from '../../tariff/last-good.ts';
import { createMapper } from '../../tariff/mapping/mapper.ts';
import type { TariffProblem } from '../../tariff/model/problem.ts';
import { createTariffReader, type TariffReader } from '../../tariff/reader.ts';
import { createSupplies, type Supplies } from '../../tariff/supplies.ts';
import { UsageProblem, type Surroundings } from '../surroundings.ts';

/** A pack, checked as the adapter checks it at start. */
export async function openPack(
  folder: string,
  { env }: Surroundings,
  at: Temporal.Instant,
): Promise<{ ok: true; pack: Pack } | { ok: false; problems: Problem[] }> {
  if (!existsSync(folder)) throw new UsageProblem(`${folder} is no folder`);
  const loaded = loadPack(folder, env);
  if (!loaded.ok) return loaded;
  const problems = await checkPack(loaded.pack, at);
  return problems.length === 0 ? { ok: true, pack: loaded.pack } : { ok: false, problems };
}

export interface PackSources {
  supplies: Supplies;
  reader: TariffReader;
  close(): Promise<void>;
}

/** What the adapter would remember for the hours its source is down would hide here that it is. */
const forgetful: LastGood = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() };

/** The pack's own sources, asked as the adapter asks them. */
export function openSources(pack: Pack, { env, send }: Surroundings, log: Log, clock: () => number): PackSources {
  const mapper = createMapper();
  const supplies = createSupplies({ pack, mapper, clock, env, send });
  const reader = createTariffReader({ pack, mapper, clock, env, log, send, lastGood: forgetful });
  return {
    supplies,
    reader,
    async close() {
      await Promise.all([supplies.close(), reader.close(), mapper.close()]);
    },
  };
}

/** A log that keeps what the sources had to say, for a report instead of for operators. */
export function keepingLog(): { log: Log; said: LogFields[] } {
  const said: LogFields[] = [];
  const keep = (fields: LogFields): void => void said.push(fields);
  return { log: { debug: keep, info: keep, warn: keep, error: keep }, said };
}

/** What stood in the way, as a problem: the source's own words where it had any, never a value of a customer's. */
export function sourceProblem(error: unknown, said: readonly LogFields[] = []): TariffProblem {
  if (!(error instanceof Failure)) throw error;
  const { problem, cause, path } = error.facts;
  const step = said.findLast(({ event }) => event === 'tariff_source_failed')?.step;
  const refusedWith = said.findLast(({ event }) => event === 'tariff_refused')?.count;
  const facts = LOGGED_FIELDS.flatMap((name) => {
    const value = error.facts[name];
    return value === undefined || name === 'path' || name === 'cause' ? [] : [`${name} ${String(value)}`];
  });
  const others = typeof refusedWith === 'number' && refusedWith > 1 ? [`and ${refusedWith - 1} more`] : [];
  return {
    code: String(problem ?? cause ?? error.code),
    path: String(path ?? '$'),
    detail:
      [...(step === undefined ? [] : [`asking for ${String(step)}`]), ...facts, ...others].join(', ') || error.code,
  };
}
