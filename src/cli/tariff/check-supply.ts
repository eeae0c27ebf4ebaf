import { instantOf } from '../../base/clock.ts';
import { problem } from '../../tariff/model/problem.ts';
import type { Supply } from '../../tariff/supplies.ts';
import type { Surroundings } from '../surroundings.ts';
import { keepingLog, openPack, openSources, sourceProblem, type PackSources } from './pack.ts';
import { refused, verdictOn, type Verdict } from './verdict.ts';

export interface Asked {
  /** The pack's folder. */
  pack: string;
  supply: string;
  /** What the customer's ID token would say; `sub` is the subject. */
  claims: Record<string, string>;
}

/**
 * One supply, read through the pack's own sources as a poll reads it. With claims the supplies source is asked first,
 * as it is when a grant is given: a supply the customer may not share is refused.
 */
export async function checkSupply(
  asked: Asked,
  at: Temporal.Instant | undefined,
  surroundings: Surroundings,
): Promise<Verdict> {
  const clock = at ? () => at.epochMilliseconds : surroundings.clock;
  const opened = await openPack(asked.pack, surroundings, instantOf(clock));
  if (!opened.ok) {
    return refused(opened.problems.map(({ where, fix }) => ({ code: 'pack_problem', path: where, detail: fix })));
  }
  const { log, said } = keepingLog();
  const sources = openSources(opened.pack, surroundings, log, clock);
  try {
    return await readSupply(asked, sources, instantOf(clock));
  } catch (error) {
    return refused([sourceProblem(error, said)]);
  } finally {
    await sources.close();
  }
}

async function readSupply(
  { supply: id, claims }: Asked,
  { supplies, reader }: PackSources,
  at: Temporal.Instant,
): Promise<Verdict> {
  const { sub = '' } = claims;
  const customer = { sub, claims };
  const listed = Object.keys(claims).length === 0 ? null : await supplies.read(customer);
  const found = listed?.find((supply) => supply.id === id);
  if (listed && !found)
    return refused([problem('supply_not_listed', [], `it is none of this customer's ${listed.length}`)]);
  if (found?.status === 'unavailable') return refused([unavailable(found)]);
  const { account_id = null, meter_point_id = null } = found ?? {};
  const reading = await reader.read({ supply: { id, account_id, meter_point_id }, customer });
  return verdictOn(reading, at);
}

const unavailable = ({ reason }: Supply) =>
  problem('supply_unavailable', [], `the supplies source says it cannot be shared: ${reason ?? 'other'}`);
