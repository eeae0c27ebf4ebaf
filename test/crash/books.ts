import { setTimeout as sleep } from 'node:timers/promises';
import type { FlatpeakEmulator } from '../../src/sandbox/flatpeak/emulator.ts';
import { openDatabase, type Database, type DatabaseAddress } from '../../src/store/database.ts';

/** What both sides have written down in the end. */
export type Books = Awaited<ReturnType<typeof readBooks>>;

const SETTLED_WITHIN_MS = 60_000;
const AT_ONCE = 10;

/** With the adapter running and nobody deciding any more: waits until all is delivered, then reads. */
export async function readBooks(address: DatabaseAddress, flatpeak: FlatpeakEmulator) {
  const database = openDatabase(address, () => undefined);
  try {
    await settled(database);
    const polls = await pollAll(flatpeak);
    return {
      decisions: await database.selectFrom('decisions').select(['id', 'outcome']).execute(),
      outbox: await database
        .selectFrom('outbox')
        .select(['decision_id', 'state', 'message_sealed', 'settled_at'])
        .execute(),
      grants: await database
        .selectFrom('grants')
        .select(['id', 'decision_id', 'token_hash', 'status', 'share_key', 'created_at'])
        .execute(),
      consents: await database.selectFrom('consent_records').select(['decision_id', 'event', 'grant_id']).execute(),
      submissions: flatpeak.submissions,
      polls,
    };
  } finally {
    await database.destroy();
  }
}

/** With no adapter alive: as when every claim had run out. */
export async function letGo(address: DatabaseAddress): Promise<void> {
  const database = openDatabase(address, () => undefined);
  await database.updateTable('outbox').set({ claimed_until: 0 }).execute();
  await database.destroy();
}

async function settled(database: Database): Promise<void> {
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  while (performance.now() < deadline) {
    const waiting = await database.selectFrom('outbox').select('id').where('state', '=', 'waiting').executeTakeFirst();
    if (!waiting) return;
    await sleep(100);
  }
}

/** Status of a poll with what Flatpeak was given, by connect token. */
async function pollAll(flatpeak: FlatpeakEmulator): Promise<Map<string, number | null>> {
  const tokens = flatpeak.submissions.filter(({ body }) => 'auth_data' in body).map(({ connectToken }) => connectToken);
  const polls = new Map<string, number | null>();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let token = tokens.pop(); token !== undefined; token = tokens.pop()) {
        polls.set(token, (await flatpeak.poll(token)).status);
      }
    }),
  );
  return polls;
}
