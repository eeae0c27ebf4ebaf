import { readFileSync } from 'node:fs';
import { codeOf } from '../base/failure.ts';
import { UsageProblem } from './surroundings.ts';

export interface CsvRow {
  /** Where in the file it begins; the header is line 1. */
  line: number;
  /** By column name; empty fields are left out. */
  fields: Record<string, string>;
}

export interface Csv {
  columns: string[];
  /** What separates fields: spreadsheets of countries that write decimals with a comma use a semicolon. */
  separator: ',' | ';';
  rows: CsvRow[];
}

/** A CSV file (RFC 4180, header line required). Throws UsageProblem when it cannot be read or is none. */
export function readCsv(file: string): Csv {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageProblem(`${file} cannot be read (${codeOf(error)})`);
  }
  try {
    return parseCsv(text);
  } catch (error) {
    if (error instanceof UsageProblem) throw new UsageProblem(`${file}: ${error.message}`);
    throw error;
  }
}

export function parseCsv(written: string): Csv {
  const text = written.replace(/^\uFEFF/, '');
  const [first = ''] = text.split(/\r?\n/, 1);
  const separator = first.includes(';') && !first.includes(',') ? ';' : ',';
  const [header, ...records] = recordsOf(text, separator);
  if (!header) throw new UsageProblem('there is nothing in it; the first line names the columns');
  const columns = header.cells.map((cell) => cell.trim());
  if (new Set(columns).size !== columns.length) throw new UsageProblem('a column is named twice');
  const rows = records.map(({ line, cells }) => {
    if (cells.length !== columns.length) {
      throw new UsageProblem(`line ${line} has ${cells.length} fields, the header has ${columns.length}`);
    }
    const pairs = cells.map((cell, index) => [columns[index] ?? '', cell.trim()] as const);
    return { line, fields: Object.fromEntries(pairs.filter(([, value]) => value !== '')) };
  });
  return { columns, separator, rows };
}

/** A field in quotes (holding separators, line ends and doubled quotes) or without, and what ends it. */
const FIELD = {
  ',': /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y,
  ';': /(?:"((?:[^"]|"")*)"|([^";\r\n]*))(;|\r?\n|$)/y,
};

function recordsOf(text: string, separator: Csv['separator']): { line: number; cells: string[] }[] {
  const field = FIELD[separator];
  const records: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let line = 1;
  let startedAt = 1;
  field.lastIndex = 0;
  while (field.lastIndex < text.length || cells.length > 0) {
    const match = field.exec(text);
    if (!match) throw new UsageProblem(`line ${line} has a quotation mark out of place`);
    const [whole, quoted, plain = '', end] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === separator) continue;
    if (cells.length > 1 || cells[0]?.trim() !== '') records.push({ line: startedAt, cells });
    cells = [];
    startedAt = line;
  }
  return records;
}
