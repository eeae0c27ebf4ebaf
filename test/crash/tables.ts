import { hashToken } from '../../src/base/random.ts';
import type { Books } from './books.ts';

type Row<Table extends keyof Books> = Books[Table] extends readonly (infer One)[] ? One : never;

/** Whether a poll was served; 304 is the tariff of before. */
const answers = new Map([
  [200, true],
  [304, true],
  [401, false],
]);

/** Where decision, outbox entry, consent record, grant and tariff endpoint do not agree. */
export function disagreements(books: Books): string[] {
  const sendings = Map.groupBy(books.outbox, ({ decision_id }) => decision_id);
  const grants = Map.groupBy(books.grants, ({ decision_id }) => decision_id);
  const consents = Map.groupBy(books.consents, ({ decision_id }) => decision_id);
  const submissions = new Map(books.submissions.map((submission) => [submission.idempotencyKey, submission]));
  const replaced = replacedIn(books);

  /** What became of a consent, and what Flatpeak can do with it. */
  const ofAllowed = (id: string, state: string, grant: Row<'grants'> | undefined): Record<string, boolean> => {
    const submission = submissions.get(id);
    const given = submission && 'auth_data' in submission.body ? submission.body.auth_data : null;
    const status = state === 'refused' ? 'not_delivered' : replaced.has(id) ? 'replaced' : 'active';
    return {
      'not one grant': grants.get(id)?.length !== 1,
      [`grant ${grant?.status}, not ${status}`]: grant?.status !== status,
      'not the token that was sent':
        given !== null && (grant?.token_hash !== hashToken(given.access_token) || grant.id !== given.grant_id),
      'poll not as the grant says':
        given !== null && answers.get(books.polls.get(submission?.connectToken ?? '') ?? 0) !== (status === 'active'),
    };
  };

  return books.decisions.flatMap(({ id, outcome }) => {
    const sending = sendings.get(id) ?? [];
    const [grant] = grants.get(id) ?? [];
    const [state = ''] = sending.map((row) => row.state);
    const events = (consents.get(id) ?? [])
      .map(({ event }) => event)
      .sort()
      .join();
    const granted = state === 'refused' ? 'granted,not_delivered' : 'granted';
    const faults = {
      'not one outbox entry': sending.length !== 1,
      [`left ${state}`]: state !== (submissions.has(id) ? 'delivered' : 'refused'),
      'message kept': sending.some(({ message_sealed }) => message_sealed !== null),
      ...(outcome === 'allowed'
        ? { [`consent ${events}`]: events !== granted, ...ofAllowed(id, state, grant) }
        : { 'a grant': grant !== undefined, [`consent ${events}`]: events !== '' && events !== 'declined' }),
      'consent of another grant': (consents.get(id) ?? []).some(({ grant_id }) => grant_id !== (grant?.id ?? null)),
    };
    return Object.entries(faults).flatMap(([fault, is]) => (is ? [`${id}: ${fault}`] : []));
  });
}

/**
 * Decisions whose grants a later one for the same customer, supply and recipient has ended: those that Flatpeak had taken
 * before it took the later one.
 */
function replacedIn({ grants, outbox }: Books): Set<string> {
  const takenAt = new Map(
    outbox.filter(({ state }) => state === 'delivered').map(({ decision_id, settled_at }) => [decision_id, settled_at]),
  );
  const taken = grants.flatMap((grant) => {
    const at = takenAt.get(grant.decision_id);
    return at == null ? [] : [{ ...grant, at }];
  });
  const shared = Map.groupBy(taken, ({ share_key }) => share_key);
  const ended = taken.filter((one) =>
    shared.get(one.share_key)?.some((other) => other.created_at > one.created_at && other.at >= one.at),
  );
  return new Set(ended.map(({ decision_id }) => decision_id));
}
