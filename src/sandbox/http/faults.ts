import { z } from 'zod';

/**
 * How an answer goes wrong, for tests and for people who want to see what the adapter does then. Parts combine:
 * a delay comes first, then whatever else is asked for.
 */
const faultSchema = z.strictObject({
  delayMs: z.int().min(0).max(600_000).optional(),
  /** Answer with this instead of doing what was asked. `body` alone means status 200. */
  status: z.int().min(200).max(599).optional(),
  body: z.json().optional(),
  /** Added to the answer, whichever it is. */
  headers: z.record(z.string(), z.string()).optional(),
  /** Take the request and never answer. */
  hang: z.boolean().optional(),
  /** Drop the connection without doing what was asked. */
  reset: z.boolean().optional(),
  /** Do what was asked, and answer with a body that is cut off. */
  malformed: z.boolean().optional(),
  /** Do what was asked, and drop the connection instead of answering. */
  loseAnswer: z.boolean().optional(),
  /** How many requests it strikes; without it, all until it is cleared. */
  times: z.int().min(1).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** The faults of one part of the sandbox, by the name of what they strike. */
export class Faults<Name extends string> {
  readonly names: readonly Name[];
  readonly #left = new Map<Name, { fault: Fault; times: number }>();

  constructor(names: readonly Name[]) {
    this.names = names;
  }

  /** Null ends a fault; names left out keep theirs. */
  set(faults: Partial<Record<Name, Fault | null | undefined>>): void {
    for (const name of this.names) {
      const fault: Fault | null | undefined = faults[name];
      if (fault === null) this.#left.delete(name);
      else if (fault !== undefined) this.#left.set(name, { fault, times: fault.times ?? Infinity });
    }
  }

  clear(): void {
    this.#left.clear();
  }

  /** The fault that strikes this request, counted down. */
  take(name: Name): Fault | undefined {
    const entry = this.#left.get(name);
    if (!entry) return undefined;
    entry.times -= 1;
    if (entry.times <= 0) this.#left.delete(name);
    return entry.fault;
  }

  list(): Partial<Record<Name, Fault>> {
    return Object.fromEntries([...this.#left].map(([name, { fault }]) => [name, fault])) as Partial<
      Record<Name, Fault>
    >;
  }

  /** What `set` takes, as it arrives over HTTP. */
  schema(): z.ZodType<Partial<Record<Name, Fault | null>>> {
    const shape = Object.fromEntries(this.names.map((name) => [name, faultSchema.nullable().optional()]));
    return z.strictObject(shape) as unknown as z.ZodType<Partial<Record<Name, Fault | null>>>;
  }
}
