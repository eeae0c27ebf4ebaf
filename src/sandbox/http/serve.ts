import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../../base/failure.ts';

export interface Served {
  port: number;
  /** `http://localhost:PORT`: the name, because browsers keep cookies and permissions by name. */
  origin: string;
  /** Ends at once, also for connections that are kept open or left hanging by a fault. */
  close(): Promise<void>;
}

/**
 * Listens on the loopback interface only; `port` 0 takes any free one. The application is made once the address is
 * known, since most parts of the sandbox must say their own. Throws `port_taken`.
 */
export async function serve(port: number, createApp: (origin: string) => RequestListener): Promise<Served> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Failure('port_taken', { port }, error)));
    server.listen(port, '127.0.0.1', resolve);
  });
  const taken = (server.address() as AddressInfo).port;
  const origin = `http://localhost:${taken}`;
  server.on('request', createApp(origin));
  return {
    port: taken,
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
