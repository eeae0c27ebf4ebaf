import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The programs the tests run beside Node, and where Debian puts them. */

export type Variables = Readonly<Record<string, string | undefined>>;

const POSTGRES_VERSIONS = '/usr/lib/postgresql';

function executable(file: string | undefined): string | null {
  try {
    accessSync(file ?? '', constants.X_OK);
    return file ?? null;
  } catch {
    return null;
  }
}

function onPath(name: string, env: Variables): string | null {
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    const found = folder === '' ? null : executable(path.join(folder, name));
    if (found) return found;
  }
  return null;
}

/** Chromium: CHROMIUM_PATH when set, else Debian's own. */
export const findChromium = (env: Variables): string | null =>
  env.CHROMIUM_PATH ? executable(env.CHROMIUM_PATH) : executable('/usr/bin/chromium');

export const findRedis = (env: Variables): string | null =>
  executable('/usr/bin/redis-server') ?? onPath('redis-server', env);

/** The folder with `initdb` and `postgres`; Debian keeps it off the PATH, one per version, and the newest is taken. */
export function findPostgres(env: Variables): string | null {
  const versions = existsSync(POSTGRES_VERSIONS) ? readdirSync(POSTGRES_VERSIONS) : [];
  const folders = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => path.join(POSTGRES_VERSIONS, version, 'bin'));
  const initdb = onPath('initdb', env);
  if (initdb) folders.push(path.dirname(initdb));
  return folders.find((folder) => executable(`${folder}/initdb`) && executable(`${folder}/postgres`)) ?? null;
}
