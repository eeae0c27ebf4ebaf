import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Database } from '../store/database.ts';
import { placeOf } from '../store/sealed-places.ts';
import type { Sealer } from '../store/sealing.ts';
import type { Tidied } from '../store/tidying.ts';
import type { DatedAnswer, LastGood } from './last-good.ts';
import { sha256 } from './sources/document.ts';

export interface DurableLastGoodParts {
  database: Database;
  sealer: Sealer;
  /** By which prices are read. */
  clock: Clock;
  /** Of one answer, as JSON; a longer one is not kept (`last_good_too_large`). */
  mostCharacters?: number;
}

const DAY_MS = 86_400_000;
/** A tariff without an end would be kept for ever; an answer nobody renews is forgotten after this time. */
const LONGEST_MS = 14 * DAY_MS;
/** An unchanged answer is written again only when less than this is left of its time. */
const RENEW_MS = LONGEST_MS / 2;
/** While a source is down its last answer is read from the database this often, and not at every poll. */
const READ_FRESH_MS = 60_000;
const MOST_PURGED = 5000;

/**
 * The last good answers in the database: they outlive a restart, and every instance knows them. All are sealed, for
 * some are about one customer, and a price must not be changed by whoever can write to a table.
 */
export function createDurableLastGood(parts: DurableLastGoodParts): LastGood & Tidied {
  const { database, sealer, clock, mostCharacters = 1_000_000 } = parts;
  const answerPlace = (key: string) => placeOf('last_good_answers', 'answer_sealed', key);
  const read = new LRUCache<string, { answer: DatedAnswer | undefined; until: number }>({ max: 1000 });

  const rowOf = (key: string) => database.selectFrom('last_good_answers').where('key', '=', key);

  return {
    async get(key) {
      const recent = read.get(key);
      if (recent && recent.until > clock()) return recent.answer;
      const row = await rowOf(key).select('answer_sealed').where('expires_at', '>', clock()).executeTakeFirst();
      // What we sealed ourselves has the shape we gave it.
      const answer = row && (sealer.open(row.answer_sealed, answerPlace(key)) as DatedAnswer);
      read.set(key, { answer, until: clock() + READ_FRESH_MS });
      return answer;
    },

    async put(key, answer, goodUntil) {
      const expiresAt = Math.min(goodUntil, clock() + LONGEST_MS);
      if (expiresAt <= clock()) return;
      const text = JSON.stringify([answer.document, answer.mapping]);
      if (text.length > mostCharacters) throw new Failure('last_good_too_large', { max_bytes: mostCharacters });
      const digest = sha256(text);
      const known = await rowOf(key).select(['digest', 'expires_at']).executeTakeFirst();
      const longEnough = known && (known.expires_at >= expiresAt || known.expires_at > clock() + RENEW_MS);
      if (known?.digest === digest && longEnough) return;
      const row = { digest, answer_sealed: sealer.seal(answer, answerPlace(key)), expires_at: expiresAt };
      await database
        .insertInto('last_good_answers')
        .values({ key, ...row })
        .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
        .execute();
      read.delete(key);
    },

    async purge() {
      const result = await database
        .deleteFrom('last_good_answers')
        .where('key', 'in', (query) =>
          query.selectFrom('last_good_answers').select('key').where('expires_at', '<=', clock()).limit(MOST_PURGED),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}
