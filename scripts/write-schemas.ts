import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { jsonSchemas } from './json-schemas.ts';

/** Writes docs/schemas from the schemas the adapter itself uses: node scripts/write-schemas.ts */
const folder = path.resolve(import.meta.dirname, '../docs/schemas');
mkdirSync(folder, { recursive: true });
const options = (await resolveConfig(import.meta.filename)) ?? {};
for (const [name, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(path.join(folder, name), await format(JSON.stringify(schema), { ...options, parser: 'json' }));
}
