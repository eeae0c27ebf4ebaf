import express, { Router } from 'express';
import { z } from 'zod';
import { shorten } from '../trace/shorten.ts';
import type { ApiParts } from './parts.ts';
import type { Connection } from './connections.ts';

/** What the sandbox shows of a connection to whoever holds its token; every secret in it is shortened. */
function view(connection: Connection) {
  const submission = connection.submission;
  return {
    created_at: connection.createdAt,
    submission: submission && { at: submission.at, body: shorten(submission.body) },
    allowed: submission ? 'auth_data' in submission.body : null,
    action: submission && 'action' in submission.body ? (submission.body.action ?? null) : null,
    polls: connection.polls.map(({ at, status, failure, body }) => ({
      at,
      status,
      failure,
      problem: status !== null && status >= 400 ? shorten(body) : null,
    })),
    tariff: connection.tariff && { at: connection.tariff.at, body: connection.tariff.body },
  };
}

/** Windows on the emulator that Flatpeak does not have: for the companion app, for tests and for curious people. */
export function sandboxRoutes({ connections, faults, poller, trace }: ApiParts): Router {
  const router = Router();

  router.get('/connections/:token', (request, response) => {
    const connection = connections.find(request.params.token);
    if (!connection) return void response.status(404).json({ message: 'Not Found' });
    const exchanges = trace.list({ connectToken: connection.token, since: connection.createdAt });
    response.json({ ...view(connection), trace: exchanges });
  });

  router.post('/connections/:token/poll', async (request, response) => {
    const connection = connections.find(request.params.token);
    if (!connection) return void response.status(404).json({ message: 'Not Found' });
    const poll = await poller.poll(connection);
    response.json({ status: poll.status, failure: poll.failure });
  });

  router.get('/trace', (_request, response) => response.json(trace.list()));
  router.get('/faults', (_request, response) => response.json(faults.list()));
  // JSON only: a foreign page open in the same browser cannot send that without asking first.
  router.post('/faults', express.json({ strict: false }), (request, response) => {
    const parsed = faults.schema().safeParse(request.body);
    if (!parsed.success) return void response.status(422).json({ message: z.prettifyError(parsed.error) });
    faults.set(parsed.data);
    response.json(faults.list());
  });
  return router;
}
