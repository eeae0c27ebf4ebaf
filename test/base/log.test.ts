import { describe, expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { createLog, LOGGED_FIELDS, type Log, type LogFields, type LogLevel } from '../../src/base/log.ts';

/** The lines as they are written. */
function written(level: LogLevel, write: (log: Log) => void): string[] {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  write(createLog(level, destination));
  return lines;
}

const logged = (...args: Parameters<typeof written>) =>
  written(...args).map((line) => JSON.parse(line) as Record<string, unknown>);

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

describe('a value of another type than text, number and boolean is dropped', () => {
  const error = Object.assign(new Error('canary-7d1f'), { code: 'E_CANARY', body: 'canary-7d1f' });
  test.each<[string, unknown]>([
    ['an error', error],
    ['an object', { secret: 'canary-7d1f' }],
    ['a list', ['canary-7d1f']],
    ['an address', new URL('https://example.com/canary-7d1f')],
    ['a buffer', Buffer.from('canary-7d1f')],
    ['a symbol', Symbol('canary-7d1f')],
    ['no number', NaN],
    ['nothing', null],
  ])('%s', (_, value) => {
    expect(Object.keys(line({ event: 'x', detail: value as string }))).toEqual(['level', 'time', 'event']);
  });
});

describe('a text cannot forge a line', () => {
  test.each([
    ['a line break', 'a\r\nb', 'ab'],
    ['a terminal escape', 'a\u001b[2Kb', 'a[2Kb'],
    ['a C1 control', 'a\u009bb', 'ab'],
    ['a separator of lines or paragraphs', 'a\u2028b\u2029c', 'abc'],
    ['a change of direction', 'a\u202eb', 'ab'],
    ['a null', 'a\0b', 'ab'],
    ['half a character', 'a\ud800b\udc00', 'ab'],
    ['a whole character', 'a😀b', 'a😀b'],
    ['more than 500 characters', 'x'.repeat(600), 'x'.repeat(500)],
    ['half a character where it is cut', `${'x'.repeat(499)}😀`, 'x'.repeat(499)],
  ])('%s', (_, text, kept) => {
    expect(line({ event: 'x', detail: text })).toMatchObject({ detail: kept });
  });

  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    fc.string({
      unit: fc.constantFrom(
        ...Array.from('ab"\\\r\n\t\0\u001b\u0085\u009b\u2028\u2029\u200e\u202e\ufeff'),
        '\ud83d',
        '\ude00',
      ),
    }),
  );

  test.each(LOGGED_FIELDS)('whatever comes in %s is one line of valid JSON that says nothing unseen', (name) => {
    fc.assert(
      fc.property(anyText, (text) => {
        const [raw = '', ...more] = written('debug', (log) => log.info({ event: 'x', [name]: text }));
        expect(more).toEqual([]);
        expect(raw).toMatch(/^\{[^\p{Cc}\p{Zl}\p{Zp}\p{Cf}]+\}\n$/u);
        expect(raw.isWellFormed()).toBe(true);
        const value = String((JSON.parse(raw) as Record<string, unknown>)[name]);
        expect(value).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]/u);
        expect(value.length).toBeLessThanOrEqual(500);
      }),
    );
  });
});

describe('a field of stable words takes no other text', () => {
  test.each(['event', 'step', 'code', 'cause', 'reason', 'outcome', 'method'])('%s', (name) => {
    const logged = (text: string) => line({ event: 'x', [name]: text })[name];
    for (const word of ['source_unavailable', 'http_503', 'D3137', '42P01', 'ERR_SSL_TLSV1_ALERT', 'SIGTERM', '']) {
      expect(logged(word)).toBe(word);
    }
    for (const text of ['Ada Lovelace lives here', 'ada@example.com', '12000100100001', 'a'.repeat(65)]) {
      expect(logged(text)).toBe('other');
    }
    expect(logged('gX3zQ81vB0y4n2Kp7RtW5c')).toBe('other');
  });
});

describe('a path says where in a payload, in no name that only the payload has', () => {
  test.each([
    ['$.tariff.prices[3].price.value', '$.tariff.prices[3].price.value'],
    ['$.tariff["Ada Lovelace"].rate', '$.tariff["…"].rate'],
    ['$["ada\\"@example.com"]', '$["…"]'],
    ['$.tariff.S12000100.rate', '$.tariff["…"].rate'],
    [`$.${'a'.repeat(41)}`, '$["…"]'],
    ['provider.yaml tariff.prices.url', 'provider.yaml tariff.prices.url'],
  ])('%s', (path, logged) => {
    expect(line({ event: 'x', path })).toMatchObject({ path: logged });
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
