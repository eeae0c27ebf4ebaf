import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';

/** The linter's rule that keeps words of errors out of the log: that it knows them, and that it holds for the sources. */

// The configuration itself is plain JavaScript; by a name that the compiler does not follow.
const file = new URL('../../eslint.config.js', import.meta.url).href;
const { default: config } = (await import(file)) as { default: Linter.Config[] };
const rules = config.find((part) => part.rules?.['no-restricted-syntax'] !== undefined)?.rules ?? {};
const linter = new Linter();
const only = {
  languageOptions: { parser: tseslint.parser },
  linterOptions: { reportUnusedDisableDirectives: 'off' },
  // Rules with types need the whole project; this one needs the text.
  rules: { 'no-console': rules['no-console'], 'no-restricted-syntax': rules['no-restricted-syntax'] },
} as Linter.Config;
const findings = (source: string): string[] =>
  linter
    .verify(source, only)
    .flatMap(({ ruleId }) => (ruleId === null || ruleId in (only.rules ?? {}) ? [String(ruleId)] : []));

describe('refused is', () => {
  test.each([
    'log.error({ event: "x", detail: error.message });',
    'log.warn({ event: "x", detail: (error as Error).message });',
    'parts.log.warn({ event: "x", code: String(error) });',
    'services.log.info({ event: "x", detail: `failed: ${error}` });',
    'log.debug({ event: "x", detail: error.stack });',
    'log.info({ event: "x", detail: failure.cause.toString() });',
    'log.info({ event: "x", detail: JSON.stringify(answer) });',
    'log.info({ event: "x", ...error });',
    'requestLog.error({ event: "x", detail: error.message.slice(0, 20) });',
    'throw new Failure("x", { detail: error.message }, error);',
    'console.error(error);',
    'console.log("here");',
    'const { first } = error.stack.split("\\n");',
  ])('%s', (source) => {
    expect(findings(source)).not.toEqual([]);
  });
});

describe('accepted is', () => {
  test.each([
    'log.error({ event: "x", code: codeOf(error) });',
    'log.error({ event: "x", code: codeOf(error), cause: causeOf(error) });',
    'log.warn({ event: "x", ...(error instanceof Failure ? error.facts : {}) });',
    'throw new Failure("x", { cause: codeOf(error) }, error);',
    'throw new Failure("x", { expected: issue?.message ?? "" });',
    'findings.push({ path, fix: problem.message });',
  ])('%s', (source) => {
    expect(findings(source)).toEqual([]);
  });
});

test('the sources keep to it', () => {
  const root = path.resolve(import.meta.dirname, '../../src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('sandbox'),
  );
  expect(files.length).toBeGreaterThan(100);
  const refused = files.filter((name) => {
    const source = readFileSync(path.join(root, name), 'utf8');
    // Reading them all takes longer than finding those that could be meant.
    return /log\.|console|\bstack\b/i.test(source) && findings(source).length > 0;
  });
  expect(refused).toEqual([]);
});
