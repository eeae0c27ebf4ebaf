import type { Server, ServerResponse } from 'node:http';

/**
 * Call what this returns before `server.close`: from then on every answer, also to requests under way, ends its
 * connection. A browser would keep it open and go on asking, and `close` waits for the last connection.
 */
export function endingConnections(server: Server): () => void {
  const underWay = new Set<ServerResponse>();
  let leaving = false;
  const end = (res: ServerResponse): void => {
    if (!res.headersSent) res.setHeader('connection', 'close');
  };
  // In front of the application, which may answer at once.
  server.prependListener('request', (_req, res) => {
    if (leaving) end(res);
    underWay.add(res);
    res.once('close', () => underWay.delete(res));
  });
  return () => {
    leaving = true;
    for (const res of underWay) end(res);
  };
}
