import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';

/** Something whose rows have an end. */
export interface Tidied {
  purge(): Promise<number>;
}

const EVERY_MS = 60_000;

/** Removes, once a minute, what has outlived its purpose. */
export function createTidying(places: readonly Tidied[], log: Log) {
  let timer: NodeJS.Timeout | undefined;
  const tidyOne = async (place: Tidied): Promise<void> => {
    try {
      const count = await place.purge();
      if (count > 0) log.debug({ event: 'purged', count });
    } catch (error) {
      log.warn({ event: 'purge_failed', code: codeOf(error) });
    }
  };
  /** One place after the other, so that tidying never crowds the database. */
  const tidy = async (): Promise<void> => {
    for (const place of places) await tidyOne(place);
  };
  return {
    start: () => {
      timer ??= setInterval(() => void tidy(), EVERY_MS).unref();
    },
    stop: () => clearInterval(timer),
  };
}
