import { asRecord } from '../../base/json.ts';
import { printable, table, type Paint } from '../text.ts';

/** What can be seen of a document that is not a tariff yet: what was read, so that what is missing stands out. */
export function outlineOf(document: unknown, paint: Paint): string[] {
  const { contract, tariff } = asRecord(document);
  const { start_date, end_date } = asRecord(contract);
  const held = asRecord(tariff);
  const words = ['direction', 'type', 'structure', 'currency', 'timezone'] as const;
  const counted = (name: string) => (Array.isArray(held[name]) ? `${held[name].length}` : 'none');
  return [
    `${paint('bold', 'As it was read')}, before the declared facts and the rules`,
    ...table(
      [
        ['name', textOf(held.display_name)],
        ['kind', words.map((word) => textOf(held[word])).join(' ')],
        ['contract', contract === undefined ? 'missing' : `${textOf(start_date)} to ${textOf(end_date)}`],
        ['schedules', counted('schedules')],
        ['prices', counted('prices')],
      ],
      paint,
    ),
  ];
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? printable(String(value)).slice(0, 200) : '–';
