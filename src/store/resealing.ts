import { codeOf, Failure } from '../base/failure.ts';
import type { Database } from './database.ts';
import { sealedColumn, type EnvelopeChange, type SealedColumn } from './sealed-column.ts';
import { sealedPlaces } from './sealed-places.ts';
import { createSealer, kidOf, type SealingKey } from './sealing.ts';

export interface Resealing {
  tables: ResealedTable[];
  /** False when values under older keys kept coming in: an instance still seals under one. */
  quiet: boolean;
}

export interface ResealedTable {
  table: string;
  /** Values sealed anew under the first key. */
  resealed: number;
  /** Values that are still under another key. */
  left: number;
  /** Those of them that cannot be opened: their key is not on the list, or they are damaged. */
  unreadable: Unreadable[];
}

export interface Unreadable {
  kid: string;
  code: string;
  count: number;
}

export interface ResealingParts {
  database: Database;
  postgres: boolean;
  /** As in ENCRYPTION_KEYS: the first is the one to seal under. */
  keys: readonly SealingKey[];
  onProgress?: (done: number, total: number, table: string) => void;
  /** Rows looked at in one query. */
  batch?: number;
}

/** Values read, sealed and replaced together. */
const AT_ONCE = 20;
const MOST_PASSES = 5;

/**
 * Seals everything anew that is not under the first key, while the service runs: a value is replaced only if it is
 * still the one that was read. Passes are made until one finds nothing more to do; cut short, it can be run again.
 */
export async function resealAll(parts: ResealingParts): Promise<Resealing> {
  const { database, postgres, keys, onProgress, batch = 500 } = parts;
  const [current] = keys;
  if (!current) throw new Failure('seal_key_unknown');
  const sealer = createSealer(keys);
  const columns = sealedPlaces().map((place) => ({ ...place, ...sealedColumn(database, place) }));

  type Column = (typeof columns)[number];

  /** Null where there is nothing to do any more, or nothing can be done. */
  const changeOf = async (column: Column, name: string, tally: Tally): Promise<EnvelopeChange | null> => {
    const from = await column.read(name);
    if (from === null || kidOf(from) === current.kid) return null;
    const place = column.placeOf(name);
    try {
      return { name, from, to: sealer.seal(sealer.open(from, place), place) };
    } catch (error) {
      tally.unreadable(kidOf(from), codeOf(error));
      return null;
    }
  };

  /** PostgreSQL: one row a transaction, so that the service never waits in a circle with us. SQLite: one writer anyway. */
  const replaceAll = (column: Column, changes: EnvelopeChange[]): Promise<boolean[]> =>
    postgres
      ? Promise.all(changes.map((change) => column.replace(database, change)))
      : database.transaction().execute(async (queries) => {
          const replaced: boolean[] = [];
          for (const change of changes) replaced.push(await column.replace(queries, change));
          return replaced;
        });

  const reseal = async (column: Column, names: string[], tally: Tally): Promise<void> => {
    const found = await Promise.all(names.map((name) => changeOf(column, name, tally)));
    const changes = found.filter((change) => change !== null);
    if (changes.length === 0) return;
    for (const replaced of await replaceAll(column, changes)) {
      if (replaced) tally.resealed += 1;
      else tally.overtaken += 1;
    }
  };

  const pass = async (): Promise<Map<string, Tally>> => {
    const tallies = new Map(columns.map(({ table }) => [table, new Tally()]));
    const total = await rowsOf(columns);
    let done = 0;
    for (const column of columns) {
      const tally = tallies.get(column.table) ?? new Tally();
      for (let after: string | undefined = ''; after !== undefined;) {
        const rows = await column.next(after, batch, current.kid);
        const stale = rows.filter(({ isStale }) => isStale);
        for (let at = 0; at < stale.length; at += AT_ONCE) {
          const names = stale.slice(at, at + AT_ONCE).map(({ name }) => name);
          await reseal(column, names, tally);
        }
        done += rows.length;
        onProgress?.(done, Math.max(done, total), column.table);
        after = rows.length < batch ? undefined : rows.at(-1)?.name;
      }
    }
    return tallies;
  };

  const resealed = new Map<string, number>();
  for (let passes = 1; ; passes += 1) {
    const tallies = await pass();
    for (const [table, tally] of tallies) resealed.set(table, (resealed.get(table) ?? 0) + tally.resealed);
    const quiet = [...tallies.values()].every((tally) => tally.resealed + tally.overtaken === 0);
    if (!quiet && passes < MOST_PASSES) continue;
    const tables = [...tallies].map(([table, tally]) => ({
      table,
      resealed: resealed.get(table) ?? 0,
      left: tally.left(),
      unreadable: tally.listed(),
    }));
    return { tables, quiet };
  }
}

async function rowsOf(columns: readonly SealedColumn[]): Promise<number> {
  const counts = await Promise.all(columns.map((column) => column.count()));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** What one pass found in a table. */
class Tally {
  resealed = 0;
  /** Somebody else changed the value first. */
  overtaken = 0;
  readonly #unreadable = new Map<string, Unreadable>();

  unreadable(kid: string, code: string): void {
    const known = this.#unreadable.get(`${kid} ${code}`);
    this.#unreadable.set(`${kid} ${code}`, { kid, code, count: (known?.count ?? 0) + 1 });
  }

  listed(): Unreadable[] {
    return [...this.#unreadable.values()];
  }

  left(): number {
    return this.overtaken + this.listed().reduce((sum, { count }) => sum + count, 0);
  }
}
