import { describe, expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { createLog, LOGGED_FIELDS, type LogFields, type LogLevel } from '../../src/base/log.ts';

function logged(level: LogLevel, write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  write(createLog(level, destination));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const line = (fields: LogFields) => logged('debug', (log) => log.info(fields))[0]!;

test('a line is an event with its time, its level and the fields that may be logged', () => {
  expect(line({ event: 'request', method: 'GET', status: 200, duration_ms: 3 })).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    event: 'request',
    method: 'GET',
    status: 200,
    duration_ms: 3,
  });
});

describe('a field that is not on the list is dropped', () => {
  test.each([
    'connect_token',
    'authorization',
    'access_token',
    'cookie',
    'email',
    'body',
    'error',
    'err',
    'stack',
    'sub',
  ])('%s', (name) => {
    const fields = { event: 'x', [name]: 'canary-7d1f' } as LogFields;
    expect(JSON.stringify(line(fields))).not.toContain('canary-7d1f');
  });

  test('and no name on the list speaks of a secret', () => {
    expect(LOGGED_FIELDS.filter((name) => /token|secret|key|cookie|auth|claim|mail|address|body/.test(name))).toEqual(
      [],
    );
  });
});

describe('a text cannot forge a line', () => {
  test.each([
    ['a line break', 'a\r\nb', 'ab'],
    ['a terminal escape', 'a\u001b[2Kb', 'a[2Kb'],
    ['a C1 control', 'a\u009bb', 'ab'],
    ['more than 500 characters', 'x'.repeat(600), 'x'.repeat(500)],
  ])('%s', (_, text, kept) => {
    expect(line({ event: 'x', reason: text })).toMatchObject({ reason: kept });
  });
});

test.each<[LogLevel, string[]]>([
  ['debug', ['d', 'i', 'w', 'e']],
  ['info', ['i', 'w', 'e']],
  ['warn', ['w', 'e']],
  ['error', ['e']],
  ['silent', []],
])('at the level %s', (level, events) => {
  const lines = logged(level, (log) => {
    log.debug({ event: 'd' });
    log.info({ event: 'i' });
    log.warn({ event: 'w' });
    log.error({ event: 'e' });
  });
  expect(lines.map(({ event }) => event)).toEqual(events);
});
