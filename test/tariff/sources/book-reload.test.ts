import { renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../../src/base/log.ts';
import { bookContents } from '../../../src/tariff/book-reload.ts';
import { createBookSource, type BookSource } from '../../../src/tariff/sources/book.ts';
import { movableClock, SECOND, type MovableClock } from '../../support/clock.ts';
import { HEAD, loaded, NO_TARIFF, packFolder, removePackFolders } from '../support.ts';

afterAll(removePackFolders);

const bookWith = (label: string) =>
  `supplies:\n  C-1: [{ id: S-1, label: ${label}, direction: IMPORT, status: available }]\n`;

let folder: string;
let clock: MovableClock;
let lines: string[];
let labelNow: () => Promise<unknown>;

beforeEach(() => {
  folder = packFolder({
    'provider.yaml': `${HEAD}supplies: { source: book, file: book.yaml }\n${NO_TARIFF}`,
    'empty.yaml': 'tariffs: {}',
    'book.yaml': bookWith('Home'),
  });
  clock = movableClock();
  lines = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const pack = loaded(folder, {});
  const spec = pack.supplies as BookSource;
  const contents = bookContents({ pack, clock: clock.now, log: createLog('info', destination) })(spec, 'supplies');
  const source = createBookSource(spec, 'supplies', contents);
  labelNow = async () => {
    clock.advance(5 * SECOND);
    const { document } = await source.read({ sub: 'C-1', claims: {} });
    return (document as { supplies: { label: string }[] }).supplies[0]?.label;
  };
});

const write = (text: string) => writeFileSync(path.join(folder, 'book.yaml'), text);
const events = () => lines.map((line) => (JSON.parse(line) as { event: string }).event);

describe('a book that changes', () => {
  test('is read anew', async () => {
    expect(await labelNow()).toBe('Home');
    write(bookWith('Cottage'));
    expect(await labelNow()).toBe('Cottage');
    expect(events()).toEqual(['book_reloaded']);
  });

  test('is read once for each change', async () => {
    write(bookWith('Cottage'));
    await labelNow();
    await labelNow();
    expect(events()).toEqual(['book_reloaded']);
  });

  test('by being exchanged for another is read anew', async () => {
    const other = path.join(folder, 'next.yaml');
    writeFileSync(other, bookWith('Hotel'));
    renameSync(other, path.join(folder, 'book.yaml'));
    expect(await labelNow()).toBe('Hotel');
  });

  test('behind a link is read anew', async () => {
    writeFileSync(path.join(folder, 'next.yaml'), bookWith('Hotel'));
    unlinkSync(path.join(folder, 'book.yaml'));
    symlinkSync('next.yaml', path.join(folder, 'book.yaml'));
    expect(await labelNow()).toBe('Hotel');
  });
});

describe('a new version that is broken leaves the old one in force, and is said once', () => {
  test.each<[name: string, brk: () => void]>([
    ['no YAML', () => write('supplies: [')],
    ['another shape', () => write('supplies: 5')],
    ['a supply without its status', () => write('supplies: { C-1: [{ id: S-1, label: Home, direction: IMPORT }] }')],
    ['an unknown section', () => write(`${bookWith('Home')}prices: {}\n`)],
    ['nothing of what it is for', () => write('tariffs: {}')],
    ['gone', () => rmSync(path.join(folder, 'book.yaml'))],
  ])('%s', async (_, brk) => {
    await labelNow();
    brk();
    expect([await labelNow(), await labelNow()]).toEqual(['Home', 'Home']);
    expect(events()).toEqual(['book_refused']);
    // Whose entry it is stays out of the log.
    expect(lines.join('')).not.toContain('C-1');
    write(bookWith('Mended'));
    expect(await labelNow()).toBe('Mended');
  });
});
