import { parseJson } from '../../base/json.ts';
import express, { type Express, type Request } from 'express';
import { answer } from '../http/answer.ts';
import type { Party } from '../trace/trace.ts';
import { createContext } from './context.ts';
import { notFound } from './errors.ts';
import type { ApiParts, Call, FaultName, Handler, ReceivedRequest } from './parts.ts';
import { sandboxRoutes } from './sandbox-routes.ts';
import { createSubmit } from './submit.ts';
import { createTokens } from './tokens.ts';

const SUBMIT_METHODS = { POST: 'post', PUT: 'put', PATCH: 'patch' } as const;
const CONTEXT_PATHS = { session: '/connect/session', 'account-info': '/connect/account-info' } as const;

/** Flatpeak's REST API as far as a provider and an app need it, and the sandbox's own windows on it. */
export function createApi(parts: ApiParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/sandbox', sandboxRoutes(parts));
  app.use(express.text({ type: () => true, limit: '1mb' }));

  const tokens = createTokens(parts);
  const context = createContext(parts);
  const submit = createSubmit(parts);
  const on = (from: Party, fault: FaultName, handler: Handler) => route(parts, from, fault, handler);

  app.get('/login', on('adapter', 'login', tokens.login));
  app.post(['/connect/token', '/connect/tariff/token'], on('app', 'token', tokens.create));
  app.get(['/connect/token', '/connect/tariff/token'], on('app', 'token', tokens.retrieve));
  for (const profile of ['session', 'account-info'] as const) {
    const path = `${CONTEXT_PATHS[profile]}/:token`;
    app.get(
      path,
      on('adapter', 'context', (call) => context(profile, call)),
    );
    app.post(path, on('adapter', 'submission', submit));
  }
  if (parts.rules.path !== undefined || parts.rules.method !== undefined) {
    const path = (parts.rules.path ?? `${CONTEXT_PATHS.session}/{connect_token}`).replace('{connect_token}', ':token');
    app[SUBMIT_METHODS[parts.rules.method ?? 'POST']](path, on('adapter', 'submission', submit));
  }
  app.use(on('adapter', 'context', () => notFound));
  return app;
}

/** Receives, records, lets the fault strike, answers and traces one request. */
function route(parts: ApiParts, from: Party, fault: FaultName, handler: Handler): express.RequestHandler {
  return async (request, response) => {
    const text = typeof request.body === 'string' && request.body !== '' ? request.body : undefined;
    const parsed = text === undefined ? undefined : parseJson(text);
    const call: Call = {
      authorization: request.get('authorization'),
      token: typeof request.params.token === 'string' ? request.params.token : '',
      query: new URLSearchParams(request.originalUrl.split('?')[1]),
      json: request.is('application/json') ? parsed : undefined,
      idempotencyKey: request.get('idempotency-key'),
    };
    const received: ReceivedRequest = {
      at: parts.clock(),
      method: request.method,
      path: request.originalUrl,
      headers: harmlessHeaders(request),
      body: parsed ?? text ?? null,
      status: null,
    };
    parts.requests.push(received);
    const outcome = await answer(request, response, parts.faults.take(fault), parts.closing, () => handler(call));
    received.status = outcome?.status ?? null;
    parts.trace.add({
      from,
      to: 'flatpeak',
      method: request.method,
      url: request.originalUrl,
      request: received.body,
      status: received.status,
      answer: outcome?.body,
      connectToken: tokenOf(call),
    });
  };
}

function tokenOf({ token, query }: Call): string | undefined {
  return token === '' ? (query.get('connect_token') ?? undefined) : token;
}

function harmlessHeaders(request: Request): Record<string, string> {
  const kept = Object.entries(request.headers).filter(([name]) => !['authorization', 'cookie'].includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
