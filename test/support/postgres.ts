import pg from 'pg';
import { randomId } from '../../src/base/random.ts';
import { findPostgres } from './programs.ts';
import { startShellServer } from './shell-server.ts';

/** A PostgreSQL server for the length of a test file: nobody else's, and gone afterwards. */
export interface PostgresServer {
  /** A new, empty database; its address. */
  createDatabase(): Promise<string>;
  /** The address of somebody who may create databases. */
  admin: string;
  stop(): Promise<void>;
}

/** One that can be taken away in the meantime and brought back with what it holds. */
export interface FragilePostgres extends PostgresServer {
  /** `INT` ends every session with a word; `QUIT` as a crash would. */
  goAway(signal: 'INT' | 'QUIT'): Promise<void>;
  comeBack(): Promise<void>;
  /** It keeps its connections, takes new ones, and answers nobody. */
  hang(): Promise<void>;
  goOn(): Promise<void>;
}

/**
 * `initdb` and `postgres` refuse to run as root, so under root they run as the user Debian's package made for them.
 * The server listens on a socket in its own folder only, and leaves out what makes data survive a power cut.
 */
const SCRIPT = `
set -eu
folder=$(mktemp -d "\${TMPDIR:-/tmp}/adapter-postgres-XXXXXX")
server=
everyone() { kill -$1 $server; for one in $(pgrep -P $server); do kill -$1 $one; done; }
end() {
  if [ -n "$server" ] && kill -0 $server; then everyone CONT; kill -INT $server; wait $server; fi
  rm -rf "$folder"
}
trap 'set +e; end 2>/dev/null' EXIT
trap 'exit 1' INT TERM HUP
"$1/initdb" -D "$folder/data" -U test -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
start() {
  "$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \\
    -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off \\
    -c shared_buffers=16MB -c max_connections=200 </dev/null >"$folder/log" 2>&1 &
  server=$!
  until "$1/pg_isready" -q -h "$folder"; do
    kill -0 $server 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.02
  done
}
start "$1"
echo "$folder"
while read -r command signal; do
  case $command in
    stop) kill -$signal $server; wait $server || true ;;
    start) start "$1" ;;
    signal) everyone $signal || true ;;
  esac
  echo done
done
`;

export async function startPostgres(): Promise<PostgresServer> {
  const { TEST_DATABASE_URL: given } = process.env;
  return given ? onRunningServer(given) : startFragilePostgres();
}

/** False where the tests are lent a server that runs anyway. */
export const mayTakePostgresAway = (): boolean => findPostgres(process.env) !== null;

export async function startFragilePostgres(): Promise<FragilePostgres> {
  const programs = findPostgres(process.env);
  if (programs === null) throw new Error('There is no PostgreSQL server here; "npm test" installs it or says how.');
  const asPostgres = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  const server = await startShellServer(SCRIPT, [programs], asPostgres);
  const admin = `postgres://test@localhost/postgres?host=${encodeURIComponent(server.said)}`;
  const told = async (command: string): Promise<void> => {
    await server.tell(command);
  };
  return {
    admin,
    createDatabase: () => createDatabase(admin),
    goAway: (signal) => told(`stop ${signal}`),
    comeBack: () => told('start'),
    hang: () => told('signal STOP'),
    goOn: () => told('signal CONT'),
    stop: () => server.end(),
  };
}

/** TEST_DATABASE_URL: a server that runs anyway, and a user who may create databases there. */
function onRunningServer(admin: string): PostgresServer {
  const urls: string[] = [];
  return {
    admin,
    async createDatabase() {
      const url = await createDatabase(admin);
      urls.push(url);
      return url;
    },
    async stop() {
      for (const url of urls) await say(admin, `DROP DATABASE "${new URL(url).pathname.slice(1)}" WITH (FORCE)`);
    },
  };
}

async function createDatabase(admin: string): Promise<string> {
  const name = `adapter_test_${randomId().toLowerCase().replaceAll('-', '_')}`;
  await say(admin, `CREATE DATABASE "${name}"`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return url.href;
}

async function say(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
