import type { Router } from 'express';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../store/database.ts';
import type { Sealer } from '../store/sealing.ts';
import type { Tidied } from '../store/tidying.ts';
import { secretCookie } from '../web/secret-cookies.ts';
import { connectionsRouter, type ConnectionsParts } from './router.ts';
import { createSessions } from './sessions.ts';

export interface ConnectionsRoomParts extends Omit<ConnectionsParts, 'sessions' | 'cookie'> {
  database: Database;
  sealer: Sealer;
  clock: Clock;
  publicUrl: URL;
}

/** As long as a sign-in and what follows it can take. */
const COOKIE_MS = 45 * 60_000;

/** "Who can read your tariff": its pages, and its sessions to be tidied. */
export function createConnections(parts: ConnectionsRoomParts): { router: Router; sessions: Tidied } {
  const { database, sealer, clock, publicUrl } = parts;
  const sessions = createSessions(database, sealer, clock);
  return {
    router: connectionsRouter({ ...parts, sessions, cookie: secretCookie(publicUrl, 'connections', COOKIE_MS) }),
    sessions,
  };
}
