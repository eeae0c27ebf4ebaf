import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { codeOf } from '../../base/failure.ts';

/** `localhost` may mean either loopback address, and another program may hold a port on all of them. */
const ADDRESSES = ['127.0.0.1', '::1', '0.0.0.0'];

/** Opens and closes a listener: false when somebody else has the port. */
async function isFreeOn(host: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const code = codeOf(error);
      if (code === 'EADDRINUSE' || code === 'EACCES') resolve(false);
      else if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') resolve(true);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function isFree(port: number): Promise<boolean> {
  for (const host of ADDRESSES) {
    if (!(await isFreeOn(host, port))) return false;
  }
  return true;
}

/** Above those of well-known services, and below those systems give to outgoing connections, who would take them away. */
const FIRST = 20_000;
const BEHIND_LAST = 32_768;

/** One after the other from anywhere: a port is not given out again before it is in use, nor likely by another process. */
let last = randomInt(FIRST, BEHIND_LAST);

/** Any port that is free now and not among `avoid`. */
export async function freePort(avoid: ReadonlySet<number> = new Set()): Promise<number> {
  for (;;) {
    last = last + 1 < BEHIND_LAST ? last + 1 : FIRST;
    const port = last;
    if (!avoid.has(port) && (await isFree(port))) return port;
  }
}

/**
 * A port for every name: the preferred one where it is free, any other where it is taken. A preference of 0 means
 * any. Every port is given out once.
 */
export async function choosePorts<Name extends string>(preferred: Record<Name, number>): Promise<Record<Name, number>> {
  const given = new Set<number>();
  const chosen = { ...preferred };
  for (const name of Object.keys(preferred) as Name[]) {
    const wish = preferred[name];
    const port = wish !== 0 && !given.has(wish) && (await isFree(wish)) ? wish : await freePort(given);
    given.add(port);
    chosen[name] = port;
  }
  return chosen;
}
