import type { Clock } from '../base/clock.ts';
import type { Output } from './surroundings.ts';

const WIDTH = 24;
const EVERY_MS = 100;

export interface Progress {
  show(done: number, total: number, remark: string): void;
  /** Leaves the line as if nothing had been there. */
  clear(): void;
}

/** A bar on one line that is written over; nothing at all unless somebody is watching. */
export function createProgress(output: Output, clock: Clock): Progress {
  if (!output.isTTY) return { show: () => undefined, clear: () => undefined };
  const startedAt = clock();
  let shownAt = -Infinity;
  return {
    show(done, total, remark) {
      const now = clock();
      if (now - shownAt < EVERY_MS && done < total) return;
      shownAt = now;
      const full = Math.round((WIDTH * done) / Math.max(total, 1));
      const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
      const left = done === 0 ? '' : `, ${timeText(((now - startedAt) / done) * (total - done))} left`;
      output.write(`\r\u001b[2K${`${bar} ${done} of ${total}, ${remark}${left}`.slice(0, output.columns - 1)}`);
    },
    clear: () => output.write('\r\u001b[2K'),
  };
}

function timeText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
