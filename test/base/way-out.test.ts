import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ESLint, type Linter } from 'eslint';
import tseslint from 'typescript-eslint';

/** There is one way out to other systems over HTTP, with a limit on everything: src/base/outbound.ts. */

const PARTS = ['http', 'https', 'http2', 'net', 'tls', 'dgram'];
const CONNECT = ['undici', ...PARTS, ...PARTS.map((name) => `node:${name}`)];
const GLOBALS = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];
/** To serve is not to ask, and to look at an address is not to go there. */
const HARMLESS = {
  'node:http': ['createServer', 'IncomingMessage', 'ServerResponse', 'STATUS_CODES'],
  'node:net': ['BlockList', 'isIP'],
};
/** Connections with certificates, proxies or rules of their own; the requests over them are outbound's. */
const DISPATCHERS = { undici: ['Agent', 'EnvHttpProxyAgent'] };

/** What single files may take besides. */
const EXCEPTIONS: Record<string, Record<string, string[]>> = {
  'src/base/outbound.ts': { undici: ['fetch'] },
  'src/tariff/sources/dispatcher.ts': DISPATCHERS,
  'src/journey/logos/logos.ts': DISPATCHERS,
  // A socket that is never connected, for an answer that is never sent.
  'src/web/security-headers.ts': { 'node:net': ['Socket'] },
};

/** Nothing may be taken from what opens connections but its types and the names given here. */
const onlyTaking = (allowed: Record<string, string[]>): Linter.RulesRecord => ({
  '@typescript-eslint/no-restricted-imports': [
    'error',
    ...CONNECT.map((name) => ({
      name,
      allowTypeImports: true,
      ...(allowed[name] ? { allowImportNames: allowed[name] } : {}),
    })),
  ],
  'no-restricted-globals': ['error', ...GLOBALS],
  'no-restricted-properties': ['error', ...GLOBALS.map((property) => ({ object: 'globalThis', property }))],
  'no-restricted-syntax': [
    'error',
    ...CONNECT.map((name) => `ImportExpression[source.value='${name}']`),
    "CallExpression[callee.name='require']",
  ],
});

const ROOT = path.resolve(import.meta.dirname, '../..');
const eslint = new ESLint({
  cwd: ROOT,
  warnIgnored: false,
  overrideConfigFile: true,
  allowInlineConfig: false,
  overrideConfig: [
    // The sandbox plays the other systems, and is not in the product.
    { ignores: ['src/sandbox/**'] },
    {
      files: ['src/**/*.ts'],
      languageOptions: { parser: tseslint.parser },
      plugins: { '@typescript-eslint': tseslint.plugin },
      rules: onlyTaking(HARMLESS),
    },
    ...Object.entries(EXCEPTIONS).map(([file, allowed]) => ({
      files: [file],
      rules: onlyTaking({ ...HARMLESS, ...allowed }),
    })),
  ],
});

const complaints = (results: ESLint.LintResult[]): string[] =>
  results.flatMap(({ filePath, messages }) =>
    messages.map(({ line, message }) => `${path.basename(filePath)}:${line} ${message}`),
  );

/** Only what mentions any of them is worth the parser's time. */
const SUSPECTS = globSync('src/**/*.ts', { cwd: ROOT }).filter((file) =>
  new RegExp(`'(${CONNECT.join('|')})'|\\b(${[...GLOBALS, 'require'].join('|')})\\b`).test(
    readFileSync(path.join(ROOT, file), 'utf8'),
  ),
);

test('no file of the product opens another', async () => {
  expect(SUSPECTS).toContain('src/base/outbound.ts');
  expect(complaints(await eslint.lintFiles(SUSPECTS))).toEqual([]);
});

describe('this test would notice', () => {
  test.each([
    "await fetch('https://a.example');",
    "await globalThis.fetch('https://a.example');",
    "new WebSocket('wss://a.example');",
    "import { request } from 'undici';",
    "import { Agent } from 'undici';",
    "import undici from 'undici';",
    "import { request } from 'node:https';",
    "import { get } from 'http';",
    "import * as http from 'node:http';",
    "import { connect } from 'node:net';",
    "const { get } = await import('node:https');",
    "const http = require('http');",
  ])('%s', async (text) => {
    expect(complaints(await eslint.lintText(text, { filePath: 'src/journey/anything.ts' }))).toHaveLength(1);
  });

  test.each([
    "import type { Dispatcher } from 'undici';",
    "import { createServer, type Server } from 'node:http';",
    'const answer = await outbound({ url, timeoutMs });',
  ])('and is content with %s', async (text) => {
    expect(complaints(await eslint.lintText(text, { filePath: 'src/journey/anything.ts' }))).toEqual([]);
  });
});
