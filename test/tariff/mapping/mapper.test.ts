import { afterAll, describe, expect, test } from '@jest/globals';
import type { Failure } from '../../../src/base/failure.ts';
import { createMapper } from '../../../src/tariff/mapping/mapper.ts';

const mapper = createMapper({ processes: 1, timeoutMs: 1500, memoryMb: 32, maxResultBytes: 10_000 });
afterAll(() => mapper.close());

const mapping = (expression: string) => ({ name: 'mappings/test.jsonata', version: '1', expression });
const failureOf = (expression: string, input: unknown = {}) =>
  mapper.map(mapping(expression), input).then(
    (value) => expect(value).toBe('a failure'),
    (error: unknown) => error as Failure,
  ) as Promise<Failure>;

const doubling = (times: number) =>
  `($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("aaaaaaaaaaaaaaaa", ${times}))`;

describe('a mapping', () => {
  test('turns an answer into another shape', async () => {
    const input = { results: [{ p: 21.54 }, { p: 6.56 }] };
    expect(await mapper.map(mapping('{ "prices": [results.{ "value": p }] }'), input)).toEqual({
      prices: [{ value: 21.54 }, { value: 6.56 }],
    });
  });

  test('sees what is bound to it', async () => {
    expect(
      await mapper.map(
        mapping('rows[zone = $select.zone].v'),
        {
          rows: [
            { zone: 'SE3', v: 1 },
            { zone: 'SE4', v: 2 },
          ],
        },
        { select: { zone: 'SE4' } },
      ),
    ).toBe(2);
  });

  test('that selects nothing gives nothing', async () => {
    expect(await mapper.map(mapping('absent'), { present: 1 })).toBeUndefined();
  });

  test('cannot change what the next one reads', async () => {
    const input = { a: 1 };
    await mapper.map(mapping('$ ~> |$|{"a": 2}|'), input);
    expect(await mapper.map(mapping('a'), input)).toBe(1);
  });

  test('sees no environment', async () => {
    expect(await mapper.map(mapping('$process.env'), {})).toBeUndefined();
  });
});

describe('a mapping that fails says which expression and where', () => {
  test.each([
    ['an unknown function', '$nonsense(1)', 'T1006'],
    ['a text that is no number', '$number(price)', 'D3030'],
    ['the sum of texts', '$sum(["1"])', 'T0412'],
  ])('%s', async (_, expression, reason) => {
    const failure = await failureOf(expression, { price: 'secret-in-the-payload' });
    expect(failure.code).toBe('mapping_error');
    expect(failure.facts).toMatchObject({ expression: 'mappings/test.jsonata', reason, position: expect.any(Number) });
    expect(JSON.stringify(failure.facts)).not.toContain('secret-in-the-payload');
  });
});

describe('a mapping that would hang the process is ended', () => {
  test.each([
    ['endless recursion with a constant stack', '($f := function($n) { $f($n + 1) }; $f(0))', /timeout|memory/],
    ['recursion that only grows', '($f := function($n) { 1 + $f($n + 1) }; $f(0))', /timeout|memory/],
    ['a catastrophic regular expression', '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)', /timeout/],
    ['an array that fills the memory', '$map([1..9999999], function($v) { [1..9999999] })', /timeout|memory/],
    ['a text that doubles until it fills the memory', doubling(24), /timeout|memory/],
    ['a text that is too long at once', '$pad("x", 500000000)', /timeout|memory/],
  ])('%s', async (_, expression, code) => {
    expect((await failureOf(expression)).code).toMatch(code);
    expect(await mapper.map(mapping('1 + 1'), {})).toBe(2);
  });

  test('a result larger than allowed is refused', async () => {
    expect((await failureOf('[1..5000]')).code).toBe('mapping_result_too_large');
  });
});

test('many at once are served one after another', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => mapper.map(mapping('n * 2'), { n })));
  expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => n * 2));
});

test('beyond a bound of waiting ones, the next is refused', async () => {
  const small = createMapper({ processes: 1, maxWaiting: 1 });
  const first = small.map(mapping('1'), {});
  const second = small.map(mapping('2'), {});
  await expect(small.map(mapping('3'), {})).rejects.toMatchObject({ code: 'mapping_busy' });
  expect(await Promise.all([first, second])).toEqual([1, 2]);
  await small.close();
});

test('after closing, nothing runs', async () => {
  const short = createMapper();
  const waiting = short.map(mapping('($f := function($n) { $f($n + 1) }; $f(0))'), {});
  const ended = expect(waiting).rejects.toMatchObject({ code: 'mapping_closed' });
  await short.close();
  await ended;
  await expect(short.map(mapping('1'), {})).rejects.toMatchObject({ code: 'mapping_closed' });
});
