import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LOGGED_FIELDS } from '../../src/base/log.ts';
import { actionOf, type Reason } from '../../src/journey/rules/outcomes.ts';
import { PROBLEM_NAMES } from '../../src/tariff/endpoint/problems.ts';
import { emittedEvents, unionMembers } from './emitted-events.ts';

/** The catalogues in docs/ say what the sources do: the same names, no less and no more. */

const root = path.resolve(import.meta.dirname, '../..');
const src = path.join(root, 'src');
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');

describe('docs/events.md', () => {
  const emitted = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('sandbox'))
    .flatMap((name) => emittedEvents(path.join(src, name)));

  const entries = new Map(
    [...read('docs/events.md').matchAll(/^- `([a-z_]+)` \(([^;)]+)(?:;([^)]*))?\):/gm)].map(
      ([, name = '', level = '', fields = '']) => [
        name,
        { level, fields: [...fields.matchAll(/`([a-z_]+)`/g)].map(([, field]) => field) },
      ],
    ),
  );

  test('has every event the sources can emit, and no other', () => {
    expect([...entries.keys()].sort()).toEqual([...new Set(emitted.flatMap(({ names }) => names))].sort());
  });

  const calls = emitted.flatMap(({ names, level, fields }) => names.map((name) => ({ name, level, fields })));

  test.each([...entries])('says of %s no level it does not have', (name, { level }) => {
    const levels = calls.filter((call) => call.name === name).map((call) => call.level);
    expect(levels).toEqual(expect.arrayContaining(level.match(/\b(debug|info|warn|error)\b/g) ?? ['none']));
  });

  // Where one call has several names, the level may follow from the name.
  test.each(emitted.filter(({ names }) => names.length === 1))(
    'says that $names.0 can be $level',
    ({ names, level }) => {
      expect(entries.get(names[0] ?? '')?.level).toMatch(new RegExp(`\\b${level}\\b`));
    },
  );

  test.each(calls.filter(({ fields }) => fields.length > 0))('names the fields of $name', ({ name, fields }) => {
    expect(entries.get(name)?.fields).toEqual(expect.arrayContaining(fields));
  });

  test('names no field that is never logged', () => {
    const named = [...entries.values()].flatMap(({ fields }) => fields);
    expect(named.filter((field) => !LOGGED_FIELDS.some((logged) => logged === field))).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const [pages = '', problems = '', endings = ''] = [
    '## The error page',
    '## `GET /tariff`',
    '## How a visit ends',
  ].map((heading) => read('docs/errors.md').split(`\n${heading}\n`)[1]?.split('\n## ')[0]);
  const headings = [...pages.matchAll(/^### `([a-z_]+)` · ([^·]+) · “(.+)”$/gm)].map(
    ([, reason = '', status = '', title = '']) => ({ reason, status, title }),
  );
  const rows = (table: string) =>
    [...table.matchAll(/^\| `([a-z_]+)` *\| ([^|]*)\|/gm)].map(([, name = '', next = '']) => ({
      name,
      next: next.trim(),
    }));

  test('has every reason of the error page, and no other', () => {
    const reasons = unionMembers(path.join(src, 'pages/models.ts'), 'ErrorReason');
    expect(reasons.length).toBeGreaterThan(20);
    expect(headings.map(({ reason }) => reason).sort()).toEqual(reasons.sort());
  });

  const { error: texts } = JSON.parse(read('locales/en.json')) as { error: Record<string, { title?: string }> };

  test.each(headings)('quotes the title customers read for $reason', ({ reason, title }) => {
    expect(title).toBe(texts[reason]?.title);
  });

  const statuses = [...read('src/pages/failure-page.ts').matchAll(/reason: '([a-z_]+)', status: (\d{3})/g)].map(
    ([, reason = '', status = '']) => ({ reason, status }),
  );

  test.each(statuses)('says that $reason can come with $status', ({ reason, status }) => {
    expect(headings.find((heading) => heading.reason === reason)?.status).toContain(status);
  });

  test('has every problem of GET /tariff, and no other', () => {
    expect(
      rows(problems)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...PROBLEM_NAMES].sort());
  });

  test('has every reason a visit can end with, and no other', () => {
    const reasons = unionMembers(path.join(src, 'journey/rules/outcomes.ts'), 'Reason');
    expect(
      rows(endings)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(reasons.sort());
  });

  test.each(rows(endings))('says what Flatpeak is told of $name', ({ name, next }) => {
    expect(next).toBe(
      actionOf(name as Reason) === null ? 'none: `auth_data`' : `\`${actionOf(name as Reason) ?? ''}\``,
    );
  });
});

describe('docs/architecture.md', () => {
  test('says of every table what it holds, and of no other', () => {
    const tables = /export interface Tables \{([^}]+)\}/.exec(read('src/store/tables.ts'))?.[1] ?? '';
    const names = [...tables.matchAll(/^ {2}([a-z_]+):/gm)].map(([, name]) => name);
    const section = read('docs/architecture.md').split('\n## Where state lives\n')[1] ?? '';
    expect(names.length).toBeGreaterThan(5);
    expect([...section.matchAll(/^\| `([a-z_]+)`/gm)].map(([, name]) => name).sort()).toEqual(names.sort());
  });
});
