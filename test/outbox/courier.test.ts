import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createLog } from '../../src/base/log.ts';
import { backoffMs } from '../../src/outbox/backoff.ts';
import { startCourier } from '../../src/outbox/courier.ts';
import type { Outbox } from '../../src/outbox/outbox.ts';

describe('the pause before the next attempt', () => {
  const draws = (attempts: number) => Array.from({ length: 300 }, () => backoffMs(attempts));
  const average = (all: number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;

  test.each([1, 2, 5, 8, 12, 50, 10_000])(
    'after %i attempts is a whole number of milliseconds, and never longer than 45 seconds',
    (attempts) => {
      const all = draws(attempts);
      expect(all.filter((ms) => !(Number.isInteger(ms) && ms >= 0 && ms <= 45_000))).toEqual([]);
    },
  );

  test('is short at first, and grows', () => {
    expect(average(draws(1))).toBeLessThan(1000);
    expect(average(draws(4))).toBeGreaterThan(average(draws(1)));
    expect(average(draws(8))).toBeGreaterThan(average(draws(4)));
  });

  test('is not the same for everybody', () => {
    expect(new Set(draws(3)).size).toBeGreaterThan(100);
  });
});

describe('a courier', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** An outbox with a script: how much each round finds; the last one for all that follow. */
  function scripted(...rounds: (() => Promise<number>)[]): { outbox: Outbox; calls: () => number } {
    let calls = 0;
    const outbox: Outbox = {
      enqueue: () => Promise.resolve(),
      stateOf: () => Promise.resolve(null),
      deliverDue: () => {
        const round = rounds[Math.min(calls, rounds.length - 1)]!;
        calls += 1;
        return round();
      },
    };
    return { outbox, calls: () => calls };
  }
  const found = (count: number) => () => Promise.resolve(count);
  const log = createLog('silent');

  test('looks twice a second', async () => {
    const { outbox, calls } = scripted(found(0));
    const courier = startCourier(outbox, log);
    await jest.advanceTimersByTimeAsync(2000);
    expect(calls()).toBe(4);
    await courier.stop();
  });

  test('goes at once when woken, and on until nothing is due', async () => {
    const { outbox, calls } = scripted(found(10), found(10), found(3), found(0));
    const courier = startCourier(outbox, log);
    courier.wake();
    await jest.advanceTimersByTimeAsync(1);
    expect(calls()).toBe(4);
    await courier.stop();
  });

  test('carries a fresh decision while an earlier one waits on a slow Flatpeak', async () => {
    const { outbox, calls } = scripted(() => new Promise<number>(() => undefined), found(0));
    const courier = startCourier(outbox, log);
    courier.wake();
    courier.wake();
    await jest.advanceTimersByTimeAsync(1);
    expect(calls()).toBe(2);
  });

  test('survives a database that is away', async () => {
    const { outbox, calls } = scripted(() => Promise.reject(new Error('away')), found(0));
    const courier = startCourier(outbox, log);
    await jest.advanceTimersByTimeAsync(1500);
    expect(calls()).toBe(3);
    await courier.stop();
  });

  test('stops when what is under way has ended, and starts nothing new', async () => {
    const slow = Promise.withResolvers<number>();
    const { outbox, calls } = scripted(() => slow.promise, found(1));
    const courier = startCourier(outbox, log);
    courier.wake();
    await jest.advanceTimersByTimeAsync(1);
    let stopped = false;
    const stopping = courier.stop().then(() => {
      stopped = true;
    });
    await jest.advanceTimersByTimeAsync(5000);
    expect(stopped).toBe(false);
    slow.resolve(1);
    await stopping;
    courier.wake();
    await jest.advanceTimersByTimeAsync(5000);
    expect(calls()).toBe(1);
  });
});
