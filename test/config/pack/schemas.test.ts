import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { jsonSchemas } from '../../../scripts/json-schemas.ts';

const published = path.resolve(import.meta.dirname, '../../../docs/schemas');

test.each(Object.entries(jsonSchemas()))('docs/schemas/%s is what the adapter checks', (name, schema) => {
  // When this fails: node scripts/write-schemas.ts
  expect(JSON.parse(readFileSync(path.join(published, name), 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
});
