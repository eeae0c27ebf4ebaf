import type { FlatpeakEmulator } from '../../src/sandbox/flatpeak/emulator.ts';
import type { DatabaseAddress } from '../../src/store/database.ts';
import { audit, type Findings } from './audit.ts';
import { letGo, readBooks } from './books.ts';
import { chanceOf } from './chance.ts';
import { decisionIn } from './decision.ts';
import { gather } from './crowd.ts';
import { whenToKill } from './kill.ts';
import { livesOf } from './lives.ts';
import { Moments } from './moments.ts';
import { setScene } from './scene.ts';
import type { Visit } from './visit.ts';
import { isDoomed } from './wire.ts';

export const DATABASES = ['sqlite', 'postgres'] as const satisfies DatabaseAddress['kind'][];

export interface CrashRun {
  kills: number;
  seed: string;
  database: DatabaseAddress['kind'];
  /** Customers at any time. */
  customers: number;
  /** False: what the dead had claimed is let go in the end, so that nobody waits for it (test/process/taken-over.test.ts does). */
  waitForLeases: boolean;
  onKill?: (kills: number) => void;
}

export interface Report extends Findings {
  database: DatabaseAddress['kind'];
  seed: string;
  kills: number;
  /** Kills that met a press without its answer; a submission on the line. */
  killsOverPress: number;
  killsOverSubmission: number;
  seconds: number;
  /** From starting the process to being ready, in milliseconds. */
  readyMs: { median: number; most: number };
  errorsLogged: Record<string, number>;
  /** Of the last life, which was asked to end. */
  exitCode: number | null;
}

const HOME_WITHIN_MS = 60_000;

/** Kills the adapter over and over amid customers who decide; then lets it finish, and checks the books. */
export async function crash({ kills, seed, database: kind, customers, ...run }: CrashRun): Promise<Report> {
  const begun = performance.now();
  const chance = chanceOf(seed);
  const moments = new Moments();
  const luckOf = (visit: Visit | undefined) => chance.of(`luck ${visit?.name ?? ''}`);
  const scene = await setScene({ database: kind, moments, luckOf: (token) => luckOf(crowd.visitOf(token)) });
  const { world, wire } = scene;
  const lives = livesOf(scene.environment);
  const pressing = new Set<Visit>();
  let strandedAt = Infinity;
  const crowd = gather({
    flatpeak: world.flatpeak,
    size: customers,
    chance: chance.of('customers'),
    around: {
      adapterUrl: world.adapterUrl,
      moments,
      whenUp: () => lives.up(),
      strandedAt: () => strandedAt,
      pressing,
      accepted: (token) => acceptedBy(world.flatpeak, token),
    },
  });

  try {
    let overPress = 0;
    let overSubmission = 0;
    for (let number = 1; number <= kills; number += 1) {
      await lives.begin();
      await whenToKill(chance.of(`kill ${number}`), moments);
      if (pressing.size > 0) overPress += 1;
      if (wire.underWay() > 0) overSubmission += 1;
      await lives.kill();
      run.onKill?.(number);
    }
    wire.mend();
    if (!run.waitForLeases) await letGo(scene.address);
    await lives.begin();
    strandedAt = performance.now() + HOME_WITHIN_MS;
    await crowd.closing();
    const books = await readBooks(scene.address, world.flatpeak);
    const exitCode = await lives.end();
    return {
      database: kind,
      seed,
      kills,
      killsOverPress: overPress,
      killsOverSubmission: overSubmission,
      ...audit({
        visits: crowd.visits,
        attempts: wire.attempts,
        isDoomed: (visit) => isDoomed(luckOf(visit)),
        ...books,
      }),
      seconds: Math.round((performance.now() - begun) / 1000),
      readyMs: lives.readyMs(),
      errorsLogged: lives.errors(),
      exitCode,
    };
  } finally {
    await lives.kill();
    await scene.close();
  }
}

function acceptedBy(flatpeak: FlatpeakEmulator, token: string) {
  const submission = flatpeak.connection(token)?.submission;
  return submission ? decisionIn(JSON.stringify(submission.body)) : null;
}
