import path from 'node:path';
import { freePort } from '../../src/sandbox/http/ports.ts';
import { findRedis } from './programs.ts';
import { startShellServer } from './shell-server.ts';

/** A Redis of the tests' own, which can be taken away and brought back, empty. */
export interface RedisServer {
  url: string;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** It keeps its connections, takes new ones, and answers nobody. */
  hang(): Promise<void>;
  goOn(): Promise<void>;
  /** Counts and scripts are gone, as after a restart. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

const SCRIPT = `
set -eu
exec 2>/dev/null
server=
trap 'kill -KILL $server' EXIT
trap 'exit 1' INT TERM HUP
start() {
  "$1/redis-server" --port $2 --bind 127.0.0.1 --save '' --appendonly no </dev/null >/dev/null &
  server=$!
  until "$1/redis-cli" -p $2 ping >/dev/null; do kill -0 $server; sleep 0.01; done
}
start "$@"
echo ready
while read -r command signal; do
  case $command in
    start) start "$@" ;;
    stop) kill -KILL $server; wait $server || true ;;
    signal) kill -$signal $server ;;
    forget) "$1/redis-cli" -p $2 flushall >/dev/null; "$1/redis-cli" -p $2 script flush >/dev/null ;;
  esac
  echo done
done
`;

export async function startRedis(): Promise<RedisServer> {
  const program = findRedis(process.env);
  if (program === null) throw new Error('There is no Redis here; "npm test" installs it or says how.');
  const port = await freePort();
  const server = await startShellServer(SCRIPT, [path.dirname(program), String(port)]);
  const told = async (command: string): Promise<void> => {
    await server.tell(command);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    goAway: () => told('stop'),
    comeBack: () => told('start'),
    hang: () => told('signal STOP'),
    goOn: () => told('signal CONT'),
    forget: () => told('forget'),
    stop: () => server.end(),
  };
}
