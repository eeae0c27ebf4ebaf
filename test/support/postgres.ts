import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { randomId } from '../../src/base/random.ts';
import { findPostgres } from './programs.ts';

/** A PostgreSQL server for the length of a test file: nobody else's, and gone afterwards. */
export interface PostgresServer {
  /** A new, empty database; its address. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * `initdb` and `postgres` refuse to run as root, so under root they run as the user Debian's package made for them.
 * The shell waits for the end of its standard input, which comes also when the test process is killed: the server
 * never outlives it. It listens on a socket in its own folder only, and leaves out what makes data survive a crash.
 */
const SCRIPT = `
set -eu
folder=$(mktemp -d "\${TMPDIR:-/tmp}/adapter-postgres-XXXXXX")
trap 'rm -rf "$folder"' EXIT
"$1/initdb" -D "$folder/data" -U test -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c synchronous_commit=off \\
  -c full_page_writes=off -c shared_buffers=16MB -c max_connections=200 </dev/null >"$folder/log" 2>&1 &
server=$!
until "$1/pg_isready" -q -h "$folder"; do
  kill -0 $server 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.02
done
echo "$folder"
cat >/dev/null
kill -INT $server
wait $server || true
`;

export async function startPostgres(): Promise<PostgresServer> {
  const { TEST_DATABASE_URL: given } = process.env;
  return given ? onRunningServer(given) : onServerOfOurOwn();
}

async function onServerOfOurOwn(): Promise<PostgresServer> {
  const programs = findPostgres(process.env);
  if (programs === null) throw new Error('There is no PostgreSQL server here; "npm test" installs it or says how.');
  const shell = ['sh', '-c', SCRIPT, 'sh', programs];
  const [command = '', ...args] = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--', ...shell] : shell;
  const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
  const ended = once(server, 'exit');
  const lines = createInterface(server.stdout);
  const [folder] = (await Promise.race([once(lines, 'line'), ended.then(() => [null])])) as [string | null];
  if (folder === null) throw new Error('The PostgreSQL server of the tests did not start.');
  const databases = await createDatabases(`postgres://test@localhost/postgres?host=${encodeURIComponent(folder)}`);
  return {
    createDatabase: () => databases.create(),
    async stop() {
      await databases.close();
      server.stdin.end();
      await ended;
    },
  };
}

/** TEST_DATABASE_URL: a server that runs anyway, and a user who may create databases there. */
async function onRunningServer(url: string): Promise<PostgresServer> {
  const databases = await createDatabases(url);
  return {
    createDatabase: () => databases.create(),
    async stop() {
      await databases.dropAll();
      await databases.close();
    },
  };
}

async function createDatabases(adminUrl: string) {
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  const names: string[] = [];
  return {
    async create(): Promise<string> {
      const name = `adapter_test_${randomId().toLowerCase().replaceAll('-', '_')}`;
      await admin.query(`CREATE DATABASE "${name}"`);
      names.push(name);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    async dropAll(): Promise<void> {
      for (const name of names) await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`);
    },
    close: () => admin.end(),
  };
}
