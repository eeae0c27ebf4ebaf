import type { Tables } from './tables.ts';

type SealedColumn<Table extends keyof Tables> = Extract<keyof Tables[Table], `${string}_sealed`>;

/**
 * Every place that holds an envelope, and what names its row. Whoever seals takes the place from here, so that whoever
 * seals anew under another key knows them all: a column left out does not compile.
 */
export const SEALED_PLACES = {
  journeys: { row: 'id', sealed: { visit_sealed: true, identity_sealed: true, supply_sealed: true } },
  sign_ins: { row: 'state_hash', sealed: { request_sealed: true } },
  decisions: { row: 'id', sealed: {} },
  consent_records: { row: 'id', sealed: { evidence_sealed: true } },
  grants: { row: 'id', sealed: { binding_sealed: true } },
  outbox: { row: 'id', sealed: { message_sealed: true } },
  last_good_answers: { row: 'key', sealed: { answer_sealed: true } },
  customer_tokens: { row: 'grant_id', sealed: { access_sealed: true, refresh_sealed: true } },
  connection_sessions: { row: 'id', sealed: { request_sealed: true, customer_sealed: true } },
  settings: { row: 'name', sealed: { value_sealed: true } },
} as const satisfies {
  [Table in keyof Tables]: { row: keyof Tables[Table]; sealed: Record<SealedColumn<Table>, true> };
};

/** What an envelope is bound to: it opens in this row's column and nowhere else. */
export const placeOf = <Table extends keyof Tables>(table: Table, column: SealedColumn<Table>, row: string): string =>
  nameOf(table, column, row);

export interface SealedPlace {
  table: string;
  column: string;
  /** The column that names a row. */
  row: string;
  placeOf: (row: string) => string;
}

export const sealedPlaces = (): SealedPlace[] =>
  Object.entries(SEALED_PLACES).flatMap(([table, { row, sealed }]) =>
    Object.keys(sealed).map((column) => ({ table, column, row, placeOf: (name) => nameOf(table, column, name) })),
  );

const nameOf = (table: string, column: string, row: string): string =>
  `${table}.${column.replace(/_sealed$/, '')}:${row}`;
