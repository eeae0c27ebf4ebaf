import { expect, test } from '@jest/globals';
import { createRefreshing } from '../../../src/tariff/refreshing.ts';

function world() {
  const time = { now: 0 };
  const refreshing = createRefreshing<string>({ clock: () => time.now, freshMs: 1000, failedMs: 100, max: 2 });
  const asked: string[] = [];
  const get = (key: string, answer: () => Promise<string> = () => Promise.resolve(`${key}${asked.length}`)) =>
    refreshing.get(key, () => {
      asked.push(key);
      return answer();
    });
  return { time, asked, get };
}

test('many who ask at once are told by one question', async () => {
  const { asked, get } = world();
  expect(await Promise.all([get('a'), get('a'), get('a'), get('b')])).toEqual(['a1', 'a1', 'a1', 'b2']);
  expect(asked).toEqual(['a', 'b']);
});

test('a fresh answer is not asked for again, an old one is', async () => {
  const { time, asked, get } = world();
  await get('a');
  time.now = 999;
  await get('a');
  expect(asked).toEqual(['a']);
  time.now = 1000;
  expect(await get('a')).toBe('a2');
});

test('when the clock has been put back, neither an answer nor a failure is kept until it has caught up', async () => {
  const { time, asked, get } = world();
  time.now = 3_600_000;
  await get('a');
  await expect(get('b', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  time.now = 0;
  expect(await get('a')).toBe('a3');
  expect(await get('b')).toBe('b4');
  await get('a');
  expect(asked).toEqual(['a', 'b', 'a', 'b']);
});

test('a failure is told to all who asked, and for a while to those who ask next', async () => {
  const { time, asked, get } = world();
  const fail = () => Promise.reject(new Error('down'));
  const told = await Promise.allSettled([get('a', fail), get('a', fail), get('a', fail)]);
  expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  time.now = 99;
  await expect(get('a')).rejects.toThrow('down');
  expect(asked).toEqual(['a']);
  time.now = 100;
  expect(await get('a')).toBe('a2');
});

test('the least used answers are forgotten, so that memory has a bound', async () => {
  const { asked, get } = world();
  for (const key of ['a', 'b', 'c', 'a']) await get(key);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});

test('an answer that says when it ends is asked for again then, fresh or not', async () => {
  const time = { now: 0 };
  const ends = [500, 400];
  const refreshing = createRefreshing<number>({
    clock: () => time.now,
    freshMs: 1000,
    failedMs: 100,
    max: 2,
    endOf: (answer) => ends[answer] ?? null,
  });
  let asked = -1;
  const get = () => refreshing.get('a', () => Promise.resolve((asked += 1)));
  await get();
  time.now = 499;
  expect(await get()).toBe(0);
  time.now = 500;
  expect(await get()).toBe(1);
  // The second was over when it came; it is kept as long as any other.
  time.now = 1499;
  expect(await get()).toBe(1);
});
