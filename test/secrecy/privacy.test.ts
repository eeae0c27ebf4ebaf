import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrate, openDatabase, type Database } from '../../src/store/database.ts';

/** docs/privacy.md names every table and column there is, and says of each in which form it is kept. */

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/privacy.md'), 'utf8');
const sections = page
  .split('\n## ')
  .find((part) => part.startsWith('The database\n'))!
  .split('\n### ')
  .slice(1);
const documented = sections.flatMap((section) => {
  const [, table = ''] = /^`(\w+)`/.exec(section) ?? [];
  return [...section.matchAll(/^\| (`[^|]+)\|[^|]*\|([^|]*)\|$/gm)].flatMap(([, names = '', form = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, column = '']) => ({ column: `${table}.${column}`, form: form.trim() })),
  );
});

let database: Database;
let columns: string[];
beforeAll(async () => {
  database = openDatabase({ kind: 'sqlite', path: ':memory:' }, () => undefined);
  await migrate(database);
  const tables = await database.introspection.getTables();
  columns = tables.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`));
});
afterAll(() => database.destroy());

test('every column of every table is on the page, once, and no other', () => {
  expect(columns.length).toBeGreaterThan(60);
  expect(documented.map(({ column }) => column).sort()).toEqual([...columns].sort());
});

test.each([
  [/_sealed$/, /^sealed$/],
  [/\.(token|state|browser)_hash$/, /^digest$/],
  [/\.(subject|share)_key$/, /^look-up keys?$/],
])('columns called %s are said to be so', (called, form) => {
  const those = documented.filter(({ column }) => called.test(column));
  expect(those.length).toBeGreaterThan(0);
  expect(those.filter((one) => !form.test(one.form))).toEqual([]);
});

test.each(sections.map((section) => [/^`(\w+)`/.exec(section)?.[1], section]))(
  'of %s it is said why, how long, and how it is erased',
  (_, section) => {
    for (const said of ['**Why**', '**How long**', '**Erased**']) expect(section).toContain(said);
  },
);
