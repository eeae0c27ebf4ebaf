import type { Clock } from '../base/clock.ts';
import type { Outbound } from '../base/outbound.ts';
import type { Environment } from '../config/secrets.ts';

/** Where a command writes: a terminal, a file or a pipe. */
export interface Output {
  write(text: string): void;
  isTTY: boolean;
  /** Characters in a line; 80 where nobody knows. */
  columns: number;
}

/** Everything a command touches besides its arguments. */
export interface Surroundings {
  out: Output;
  err: Output;
  env: Environment;
  clock: Clock;
  send: Outbound;
  readStdin: () => Promise<string>;
  sleep: (ms: number) => Promise<void>;
}

/** What a command ends with. */
export const EXIT = { ok: 0, no: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line itself is wrong; the message says how to mend it. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
}

/** As things stand it cannot be done; the message says what to do first. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
