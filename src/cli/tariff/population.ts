import type { Pack } from '../../config/pack/pack.ts';
import { bookSchema } from '../../tariff/sources/book.ts';
import type { Csv } from '../csv.ts';
import { UsageProblem } from '../surroundings.ts';

/** One supply, or one customer whose supplies are to be found first. */
export interface Member {
  /** Where it stands, for people who have the list: `line 37`. */
  at: string;
  supply: { id: string; account_id: string | null; meter_point_id: string | null } | null;
  customer: { sub: string; claims: Record<string, string> };
}

const OWN_COLUMNS = ['supply_id', 'account_id', 'meter_point_id', 'sub'];
/** What a file of invoiced rates has besides. */
const INVOICED_COLUMNS = ['unit_rate', 'at'];

/**
 * The members of a list: `supply_id` (perhaps with `account_id`, `meter_point_id`) where it is given, `sub` and any
 * other column being a claim of the customer. A supply named on several lines counts once.
 */
export function populationOf({ columns, rows }: Csv): Member[] {
  const claims = columns.filter((name) => ![...OWN_COLUMNS, ...INVOICED_COLUMNS].includes(name));
  if (!columns.includes('supply_id') && !columns.includes('sub') && claims.length === 0) {
    throw new UsageProblem('the list needs a column supply_id, or sub and claims of the customers');
  }
  const seen = new Set<string>();
  return rows.flatMap(({ line, fields }): Member[] => {
    const { supply_id: id, account_id = null, meter_point_id = null, sub = '' } = fields;
    if (id !== undefined && seen.has(id)) return [];
    if (id !== undefined) seen.add(id);
    const held = Object.fromEntries(
      claims.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]] as const])),
    );
    return [
      {
        at: `line ${line}`,
        supply: id === undefined ? null : { id, account_id, meter_point_id },
        customer: { sub, claims: { ...held, ...(sub === '' ? {} : { sub }) } },
      },
    ];
  });
}

/** Every customer of a book of supplies, which needs no list. Null for other sources. */
export function populationOfBook({ supplies }: Pick<Pack, 'supplies'>): Member[] | null {
  if (supplies.source !== 'book') return null;
  const key = /^\{(?<name>sub|claims\.[^{}]+)\}$/.exec(supplies.key ?? '{sub}')?.groups?.name;
  if (key === undefined) return null;
  const entries = Object.keys(bookSchema.parse(supplies.content).supplies ?? {});
  return entries.map((name, index) => ({
    at: `${supplies.file} customer ${index + 1}`,
    supply: null,
    customer:
      key === 'sub'
        ? { sub: name, claims: { sub: name } }
        : { sub: '', claims: { [key.slice('claims.'.length)]: name } },
  }));
}

/** `size` members spread evenly over the list: the same ones every time. */
export const sampled = (members: readonly Member[], size: number): Member[] =>
  members.length <= size
    ? [...members]
    : Array.from({ length: size }, (_, index) => members[Math.floor((index * members.length) / size)]).filter(
        (member) => member !== undefined,
      );

/** Enough of an identifier to recognise it, too little to learn it from a build's log. */
export const shortened = (id: string): string =>
  id.length > 8 ? `${id.slice(0, 4)}…${id.slice(-2)}` : `${id.slice(0, 2)}…`;
