import { Router } from 'express';

/** What readiness knows: blocking reasons take the instance out of rotation, the others are only named. */
export interface Readiness {
  /** `database`, `migrations`, `draining`; empty when the instance can serve. */
  blocking(): Promise<string[]>;
  /** Other systems that failed when last asked; taking instances out would not help. */
  degraded(): string[];
}

export function healthRoutes(readiness: Readiness): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const missing = await readiness.blocking();
    const degraded = readiness.degraded();
    if (missing.length > 0) return res.status(503).json({ status: 'unavailable', missing, degraded });
    return res.json({ status: degraded.length > 0 ? 'degraded' : 'ok', degraded });
  });
  return router;
}
