import type { Clock } from '../base/clock.ts';
import type { Database } from '../store/database.ts';
import type { LookupKey, Sealer } from '../store/sealing.ts';
import type { GrantsTable } from '../store/tables.ts';
import { readBinding } from './binding.ts';

/** Which grants are meant: everything that is given must hold. Nothing given means all of them. */
export interface GrantSelection {
  grant?: string | undefined;
  decision?: string | undefined;
  /** The subject; found through its look-up key. */
  customer?: string | undefined;
  /** The company whose app reads: its account id at Flatpeak. */
  recipient?: string | undefined;
  /** The customer's account at the provider, and the supply: sealed, so that every grant is opened to find them. */
  account?: string | undefined;
  supply?: string | undefined;
}

export type GrantRow = Pick<
  GrantsTable,
  | 'id'
  | 'decision_id'
  | 'account_id'
  | 'binding_sealed'
  | 'status'
  | 'created_at'
  | 'expires_at'
  | 'ended_at'
  | 'last_read_at'
>;

export interface SelectedBatch {
  rows: GrantRow[];
  /** Grants that would have to be opened to know whether they are meant, and cannot be: a key is missing. */
  unreadable: number;
}

export type OnProgress = (done: number, total: number) => void;

export interface GrantSelector {
  /** Batch by batch, in the order of their ids; what is selected may change meanwhile. */
  select(
    selection: GrantSelection,
    options?: { live?: boolean; onProgress?: OnProgress | undefined },
  ): AsyncGenerator<SelectedBatch>;
}

export interface SelectorParts {
  database: Database;
  sealer: Sealer;
  lookupKey: () => Promise<LookupKey>;
  clock: Clock;
  /** Grants looked at in one query: no statement runs long, however many there are. */
  batch?: number;
}

const COLUMNS = [
  'id',
  'decision_id',
  'account_id',
  'binding_sealed',
  'status',
  'created_at',
  'expires_at',
  'ended_at',
  'last_read_at',
] as const;

export function createGrantSelector({ database, sealer, lookupKey, clock, batch = 500 }: SelectorParts): GrantSelector {
  /** What the database can tell by its indexes. */
  const indexed = async ({ grant, decision, customer }: GrantSelection) => {
    let query = database.selectFrom('grants');
    if (grant !== undefined) query = query.where('id', '=', grant);
    if (decision !== undefined) query = query.where('decision_id', '=', decision);
    if (customer !== undefined) query = query.where('subject_key', '=', (await lookupKey())('subject', customer));
    return query;
  };

  /** Null when it cannot be told. */
  const isMeant = (row: GrantRow, { recipient, account, supply }: GrantSelection): boolean | null => {
    if (recipient !== undefined && row.account_id !== recipient) return false;
    if (account === undefined && supply === undefined) return true;
    const { binding, unreadable } = readBinding(sealer, row);
    if (unreadable) return null;
    const bound = binding?.supply;
    return (account ?? bound?.account_id) === bound?.account_id && (supply ?? bound?.id) === bound?.id;
  };

  const count = async (among: Awaited<ReturnType<typeof indexed>>): Promise<number> => {
    const { total } = await among.select(({ fn }) => fn.countAll().as('total')).executeTakeFirstOrThrow();
    return Number(total);
  };

  const isLive = (row: GrantRow): boolean => row.status === 'active' && row.expires_at > clock();

  return {
    async *select(selection, { live = false, onProgress } = {}) {
      const among = await indexed(selection);
      const total = onProgress ? await count(among) : 0;
      for (let done = 0, last = ''; ;) {
        const found = await among.select(COLUMNS).where('id', '>', last).orderBy('id').limit(batch).execute();
        const candidates = live ? found.filter(isLive) : found;
        const verdicts = candidates.map((row) => ({ row, meant: isMeant(row, selection) }));
        yield {
          rows: verdicts.filter(({ meant }) => meant === true).map(({ row }) => row),
          unreadable: verdicts.filter(({ meant }) => meant === null).length,
        };
        done += found.length;
        onProgress?.(done, Math.max(total, done));
        last = found.at(-1)?.id ?? last;
        if (found.length < batch) return;
      }
    },
  };
}
