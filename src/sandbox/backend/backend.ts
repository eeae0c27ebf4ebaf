import express, { type Request, type RequestHandler } from 'express';
import { systemClock, type Clock } from '../../base/clock.ts';
import { answer, struckBy, type Answer } from '../http/answer.ts';
import { bearerToken } from '../http/authorization.ts';
import { Faults } from '../http/faults.ts';
import { serve } from '../http/serve.ts';
import { signingKey } from '../oauth/keys.ts';
import { traceProvider } from '../oauth/trace.ts';
import type { Trace } from '../trace/trace.ts';
import { createBilling } from './billing.ts';
import { serviceTokens } from './tokens.ts';
import { website } from './website.ts';

const FAULT_NAMES = ['token', 'supplies', 'tariff'] as const;
export type BackendFault = (typeof FAULT_NAMES)[number];

export interface BackendOptions {
  /** 0, the default, takes any. */
  port?: number;
  /** What the adapter authenticates with at `tokenUrl`. */
  clientId?: string;
  clientSecret: string;
  clock?: Clock;
  trace?: Trace;
}

export interface ProviderBackend {
  url: string;
  tokenUrl: string;
  clientId: string;
  /** `token` strikes before anything is done; the others strike wherever their parts say. */
  faults: Faults<BackendFault>;
  close(): Promise<void>;
}

const unauthorised = (given: boolean): Answer => ({
  status: 401,
  body: { title: 'Not authorised' },
  // RFC 6750 §3: no error code where no token was given.
  headers: { 'www-authenticate': given ? 'Bearer error="invalid_token"' : 'Bearer' },
});

/** The provider's billing system: which supplies a customer has, and what each of them costs. */
export async function startProviderBackend(options: BackendOptions): Promise<ProviderBackend> {
  const clientId = options.clientId ?? 'tariff-adapter';
  const faults = new Faults<BackendFault>(FAULT_NAMES);
  const closing = new AbortController();
  const key = await signingKey('ES256');

  const served = await serve(options.port ?? 0, (origin) => {
    const billing = createBilling(options.clock ?? systemClock, origin);
    const tokens = serviceTokens(`${origin}/oauth`, { clientId, clientSecret: options.clientSecret }, key);
    if (options.trace) traceProvider(tokens, 'backend', options.trace);

    const guarded =
      (name: BackendFault, handle: (request: Request) => Answer): RequestHandler =>
      async (request, response) => {
        const outcome = await answer(request, response, faults.take(name), closing.signal, async () => {
          const token = bearerToken(request.get('authorization'));
          const known = token === null ? undefined : await tokens.ClientCredentials.find(token);
          return known?.isValid ? handle(request) : unauthorised(token !== null);
        });
        options.trace?.add({
          from: 'adapter',
          to: 'backend',
          method: request.method,
          url: request.originalUrl,
          status: outcome?.status ?? null,
          answer: outcome?.body,
        });
      };

    const app = express();
    app.disable('x-powered-by');
    app.get('/customers/:customer/supplies', guarded('supplies', billing.supplies));
    app.get('/supplies/:supply/tariff', guarded('tariff', billing.tariff));
    app.use(
      '/oauth',
      struckBy(faults, () => 'token', closing.signal),
      tokens.callback(),
    );
    app.use(website());
    return app;
  });

  return {
    url: served.origin,
    tokenUrl: `${served.origin}/oauth/token`,
    clientId,
    faults,
    close: async () => {
      closing.abort();
      await served.close();
    },
  };
}
