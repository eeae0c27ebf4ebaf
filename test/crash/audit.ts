import { decisionIn, OUTCOMES, type Decision } from './decision.ts';
import type { Books } from './books.ts';
import { disagreements } from './tables.ts';
import type { Visit } from './visit.ts';
import type { Attempt } from './wire.ts';

export interface Findings {
  customers: number;
  presses: number;
  /** As many as customers were told that theirs is kept, when no press is left without an answer. */
  decisions: number;
  acknowledged: number;
  /** Of these, how many heard of it only when they came back: their press was recorded, its answer lost. */
  acknowledgedLater: number;
  accepted: number;
  refused: number;
  /** Submissions that arrived once more, with the same key and body. */
  again: number;
  /** Acknowledged decisions that never arrived. */
  lost: string[];
  /** Submissions of what nobody pressed. */
  invented: string[];
  /** Everything else that does not hold. */
  wrong: string[];
}

export interface Evidence extends Books {
  visits: readonly Visit[];
  attempts: readonly Attempt[];
  /** Flatpeak refuses this customer's submission for good. */
  isDoomed: (visit: Visit) => boolean;
}

/** Holds what customers pressed and were told, what arrived at Flatpeak, and the adapter's tables against each other. */
export function audit(evidence: Evidence): Findings {
  const { visits, attempts, decisions, submissions } = evidence;
  const lost: string[] = [];
  const invented: string[] = [];
  const attemptsOf = Map.groupBy(attempts, ({ token }) => token);
  const acceptedOf = Map.groupBy(submissions, ({ connectToken }) => connectToken);
  const outcomes = new Map(decisions.map(({ id, outcome }) => [id, outcome]));
  const tokens = new Set(visits.map(({ token }) => token));

  const wrong = visits.flatMap((visit) => {
    const tries = attemptsOf.get(visit.token) ?? [];
    const doomed = evidence.isDoomed(visit);
    const accepted = acceptedOf.get(visit.token)?.length ?? 0;
    const arrived = tries.length > 0 && (doomed || accepted > 0);
    if (visit.acknowledgedBy !== null && !arrived) lost.push(visit.name);
    const [first] = tries;
    const sent = first && decisionIn(first.body);
    if (sent && !visit.possible.has(sent)) invented.push(`${visit.name}: ${sent}, not ${[...visit.possible].join()}`);
    const faults = {
      stranded: visit.end === null,
      'several keys': new Set(tries.map(({ key }) => key)).size > 1,
      'several bodies': new Set(tries.map(({ body }) => body)).size > 1,
      'twice at the same time': overlap(tries),
      'not accepted just once': sent !== undefined && accepted !== (doomed ? 0 : 1),
      'not as decided': first !== undefined && sent !== undefined && outcomes.get(first.key) !== OUTCOMES[sent],
      'told the wrong thing': sent !== undefined && !isTrue(visit, sent, doomed),
    };
    const found = Object.entries(faults).flatMap(([fault, is]) => (is ? [fault] : []));
    return [...found, ...visit.complaints].map((what) => `${visit.name}: ${what}`);
  });

  const keys = new Set(attempts.map(({ key }) => key));
  lost.push(...decisions.filter(({ id }) => !keys.has(id)).map(({ id }) => `decision ${id}`));
  invented.push(...attempts.filter(({ token, key }) => !tokens.has(token) || !outcomes.has(key)).map(({ key }) => key));

  return {
    customers: visits.length,
    presses: visits.reduce((sum, { presses }) => sum + presses, 0),
    decisions: decisions.length,
    acknowledged: visits.filter(({ acknowledgedBy }) => acknowledgedBy !== null).length,
    acknowledgedLater: visits.filter(({ acknowledgedBy }) => acknowledgedBy === 'return').length,
    accepted: submissions.length,
    refused: evidence.outbox.filter(({ state }) => state === 'refused').length,
    again: attempts.length - keys.size,
    lost,
    invented,
    wrong: [...wrong, ...disagreements(evidence)],
  };
}

/** Whoever allowed what Flatpeak refuses hears so, or is sent back before anybody knows. */
const isTrue = ({ told }: Visit, sent: Decision, doomed: boolean): boolean =>
  told === null || told === OUTCOMES[sent] || (doomed && sent === 'allowed' && told === 'not_delivered');

function overlap(tries: readonly Attempt[]): boolean {
  const inOrder = tries.toSorted((one, other) => one.from - other.from);
  return inOrder.some(({ from }, index) => index > 0 && (inOrder[index - 1]?.until ?? Infinity) > from);
}
