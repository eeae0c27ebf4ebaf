import type { Server, ServerResponse } from 'node:http';

/**
 * Ends connections whose other side does not take its answer. Node has no clock for that: the rest of the answer
 * would stay in memory for as long as somebody likes.
 */
export function cutSlowReaders(server: Server, patienceMs: number, lookEveryMs: number): void {
  /** Since when each answer under way is being taken; null while it has not begun. */
  const since = new Map<ServerResponse, number | null>();
  server.prependListener('request', (_req, res) => {
    since.set(res, null);
    res.once('close', () => since.delete(res));
  });
  const look = (): void => {
    const now = performance.now();
    for (const [res, begun] of since) {
      if (begun === null) {
        if (res.headersSent) since.set(res, now);
      } else if (now - begun >= patienceMs) res.req.socket.destroy();
    }
  };
  const timer = setInterval(look, lookEveryMs).unref();
  server.once('close', () => clearInterval(timer));
}
