import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { agreementPresets, presets } from '../../src/tariff/presets/registry.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/plug-in-your-tariff.md'), 'utf8');
const section = /^## Presets\n(.*?)^## /ms.exec(page)?.[1] ?? '';
const rows = section.split('\n').filter((line) => line.startsWith('| `'));
const listed = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]));

test('every preset stands in the documentation, and no other', () => {
  expect(listed.sort()).toEqual([...presets.keys(), ...agreementPresets.keys()].sort());
});
