import { Failure } from '../../base/failure.ts';
import type { TariffReading } from '../../tariff/reader.ts';
import { compareRate, type InvoicedRate } from './invoiced.ts';
import { sourceProblem, type PackSources } from './pack.ts';
import { shortened, type Member } from './population.ts';
import { createTally, type Findings, type Named, type Tally } from './tally.ts';
import { verdictOn } from './verdict.ts';

export interface AuditParts {
  members: readonly Member[];
  /** Supplies to read at most: one member may have several. */
  sample: number;
  sources: PackSources;
  invoiced: ReadonlyMap<string, readonly InvoicedRate[]> | null;
  now: () => Temporal.Instant;
  /** Resolves when the next supply may be begun. */
  turn: () => Promise<void>;
  onProgress: (done: number, tally: Tally) => void;
}

/** Supplies in hand at a time; what the source bears is the pack's `max_concurrency` and the pace's to say. */
const AT_ONCE = 16;

/** Reads real supplies through the pack's sources, as polls would, and counts what comes of it. */
export async function audit(parts: AuditParts): Promise<Findings> {
  const { members, sample, onProgress } = parts;
  const tally = createTally(parts.invoiced !== null);
  let begun = 0;
  const begin = (): boolean => begun < sample && (begun += 1) > 0;
  const waiting = members.values();
  let done = 0;
  const work = async (): Promise<void> => {
    for (const member of waiting) {
      if (begun === sample) return;
      await auditMember(member, { ...parts, begin }, tally);
      onProgress((done += 1), tally);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return tally.findings();
}

type Supply = NonNullable<Member['supply']>;
/** `begin` says whether one more supply is wanted, and counts it. */
type Parts = AuditParts & { begin: () => boolean };

async function auditMember(member: Member, parts: Parts, tally: Tally): Promise<void> {
  if (member.supply) {
    if (parts.begin()) await auditSupply(member, member.supply, parts, tally);
    return;
  }
  await parts.turn();
  const found = await attempt(() => parts.sources.supplies.read(member.customer));
  if (found instanceof Failure) {
    tally.refused({ at: member.at, supply: '' }, sourceProblem(found));
    return;
  }
  for (const supply of found) {
    if (supply.status === 'unavailable') tally.notShareable(supply.reason ?? 'other');
    else if (parts.begin()) await auditSupply(member, supply, parts, tally);
  }
}

async function auditSupply(
  { at, customer }: Member,
  { id, account_id, meter_point_id }: Supply,
  parts: AuditParts,
  tally: Tally,
): Promise<void> {
  const named: Named = { at, supply: shortened(id) };
  const request = { supply: { id, account_id, meter_point_id }, customer, keep: false };
  await parts.turn();
  const reading = await attempt(() => parts.sources.reader.read(request));
  if (reading instanceof Failure) {
    tally.refused(named, sourceProblem(reading));
    return;
  }
  const now = parts.now();
  const { served, problems, next } = verdictOn(reading, now);
  const [problem] = problems;
  if (problem) tally.refused(named, problem);
  else if (served) tally.served({ served, problems, next }, now);
  for (const rate of parts.invoiced?.get(id) ?? []) {
    const source = await sourceThen(reading, rate, () =>
      parts.sources.reader.read({ ...request, ...hourFrom(rate.moment ?? now) }),
    );
    tally.compared({ ...named, at: rate.at }, compareRate(source, rate, now));
  }
}

/** The tariff at the moment an invoice was for: asked for anew where what was read does not reach that far back. */
async function sourceThen(
  { source }: TariffReading,
  rate: InvoicedRate,
  ask: () => Promise<TariffReading>,
): Promise<TariffReading['source']> {
  if (rate.moment === null || compareRate(source, rate, rate.moment).kind !== 'not_comparable') return source;
  const then = await attempt(ask);
  return then instanceof Failure ? source : then.source;
}

const hourFrom = (from: Temporal.Instant) => ({ from, to: from.add({ hours: 1 }) });

async function attempt<T>(ask: () => Promise<T>): Promise<T | Failure> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
