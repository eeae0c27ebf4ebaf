import { sql } from 'kysely';
import type { Database, Queries } from './database.ts';
import type { SealedPlace } from './sealed-places.ts';

/** One sealed column of a table, row by row; statements stay short, however many rows there are. */
export interface SealedColumn {
  count(): Promise<number>;
  /** The rows that follow, and whether what they hold is sealed under another key. */
  next(after: string, most: number, kid: string): Promise<{ name: string; isStale: boolean }[]>;
  read(name: string): Promise<string | null>;
  /** False when somebody else has changed it since it was read. */
  replace(queries: Queries, change: EnvelopeChange): Promise<boolean>;
}

export interface EnvelopeChange {
  name: string;
  from: string;
  to: string;
}

export function sealedColumn(database: Database, { table: tableName, column, row }: SealedPlace): SealedColumn {
  const table = sql.table(tableName);
  const [value, name] = [sql.ref(column), sql.ref(row)];
  return {
    async count() {
      const { rows } = await sql<{ total: number | string }>`select count(*) as total from ${table}`.execute(database);
      return Number(rows[0]?.total ?? 0);
    },

    async next(after, most, kid) {
      const prefix = `${kid}:`;
      const stale = sql`${value} is not null and substr(${value}, 1, ${sql.lit(prefix.length)}) <> ${prefix}`;
      const { rows } = await sql<{ name: string; stale: number }>`
        select ${name} as name, case when ${stale} then 1 else 0 end as stale
        from ${table} where ${name} > ${after} order by ${name} limit ${sql.lit(most)}`.execute(database);
      return rows.map((found) => ({ name: found.name, isStale: found.stale === 1 }));
    },

    async read(of) {
      const { rows } = await sql<{ envelope: string | null }>`
        select ${value} as envelope from ${table} where ${name} = ${of}`.execute(database);
      return rows[0]?.envelope ?? null;
    },

    async replace(queries, { name: of, from, to }) {
      const { numAffectedRows } = await sql`
        update ${table} set ${value} = ${to} where ${name} = ${of} and ${value} = ${from}`.execute(queries);
      return numAffectedRows === 1n;
    },
  };
}
