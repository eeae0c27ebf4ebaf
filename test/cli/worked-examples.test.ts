import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

/** What docs/plug-in-your-tariff.md shows is what happens: its payloads, mappings and commands, run as they stand. */

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/plug-in-your-tariff.md'), 'utf8');

/** The first fenced block after a text of the page. */
function block(after: string): string {
  const at = page.indexOf(after);
  const found = at < 0 ? null : /^```\w*\n([^]*?)^```$/m.exec(page.slice(at));
  if (!found) throw new Error(`The page has no block after: ${after}`);
  return found[1] ?? '';
}

const FILES = {
  'tariff.json': '`GET /supplies/S-1/tariff` answers:',
  'contract.json': '/contract` answers',
  'day-ahead.json': '`GET /day-ahead?zone=NL&from=…&to=…` answers',
  'mappings/agreement.jsonata': '`mappings/agreement.jsonata` says:',
  'mappings/day-ahead.jsonata': '`mappings/day-ahead.jsonata` says:',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'examples-'));
  mkdirSync(path.join(folder, 'mappings'));
  for (const [name, after] of Object.entries(FILES)) writeFileSync(path.join(folder, name), block(after));
  const inPence = block(FILES['tariff.json']).replace('0.0903', '9.03').replace('0.2835', '28.35');
  writeFileSync(path.join(folder, 'pence.json'), inPence.replace('"value": 0.4625', '"value": 46.25'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command of the page in the folder with its files; nothing in it is quoted. */
const run = (command: string) =>
  new Promise<{ code: unknown; out: string }>((resolve) => {
    const words = command.replaceAll('\\\n', ' ').trim().split(/\s+/);
    expect(words.slice(0, 4)).toEqual(['npm', 'run', 'adapter', '--']);
    const argv = [path.join(root, 'src/cli/main.ts'), ...words.slice(4)];
    execFile(process.execPath, argv, { cwd: folder, env: { PATH: process.env.PATH } }, (error, out) =>
      resolve({ code: error === null ? 0 : error.code, out }),
    );
  });

describe.each([
  ['first', 'With that answer as `tariff.json`,'],
  ['second', 'With the contract as `contract.json`,'],
])('the %s example', (_, after) => {
  test('passes its check, with the output the page shows', async () => {
    const section = page.slice(page.indexOf(after));
    const [command = '', shown = ''] = [...section.matchAll(/^```\n([^]*?)^```$/gm)].map(([, text]) => text);
    expect(await run(command)).toEqual({ code: 0, out: shown });
  });
});

describe('the first example in pence', () => {
  const command = block('With that answer as `tariff.json`,').replace('tariff.json', 'pence.json');

  test('does not, for the reason the page shows', async () => {
    const { code, out } = await run(command.replace('\n', ' --declare standing_charge_divisor=100\n'));
    expect([code, out]).toEqual([1, expect.stringContaining(block('Had it been in pence'))]);
  });

  test('does once that is declared', async () => {
    const facts = ' --declare price_divisor=100 --declare standing_charge_divisor=100\n';
    expect((await run(command.replace('\n', facts))).code).toBe(0);
  });
});
