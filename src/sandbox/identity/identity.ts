import express, { type ErrorRequestHandler } from 'express';
import type { Trace } from '../trace/trace.ts';
import { Faults } from '../http/faults.ts';
import { struckBy } from '../http/answer.ts';
import { serve } from '../http/serve.ts';
import { sendPage, sendStylesheet } from '../page/page.ts';
import { configuration, type ClientOptions } from './configuration.ts';
import { expiredPage } from './pages.ts';
import { signInRoutes, type Behaviour } from './sign-in.ts';
import { errors, Provider } from '../oauth/library.ts';
import { traceProvider } from '../oauth/trace.ts';

/** Which requests a fault strikes: by the end point they go to. */
const ENDPOINTS = {
  discovery: '/.well-known/openid-configuration',
  jwks: '/jwks',
  par: '/request',
  authorization: '/auth',
  token: '/token',
  userinfo: '/me',
  revocation: '/token/revocation',
} as const;

export type Endpoint = keyof typeof ENDPOINTS;

const NAMES = new Map<string, Endpoint>(Object.entries(ENDPOINTS).map(([name, path]) => [path, name as Endpoint]));

export interface IdentityOptions extends ClientOptions {
  /** 0, the default, takes any. */
  port?: number;
  behaviour?: Behaviour;
  trace?: Trace;
}

export interface IdentityProvider {
  issuer: string;
  port: number;
  behaviour: Behaviour;
  /** Delays, other answers, hanging and dropped connections; what is done and then lost is not offered here. */
  faults: Faults<Endpoint>;
  close(): Promise<void>;
}

/** The provider's identity provider, played by oidc-provider: genuine discovery, keys, tokens and sessions. */
export async function startIdentityProvider(options: IdentityOptions): Promise<IdentityProvider> {
  const behaviour = options.behaviour ?? {};
  const faults = new Faults<Endpoint>(Object.keys(ENDPOINTS) as Endpoint[]);
  const closing = new AbortController();
  const settings = await configuration(options);

  const served = await serve(options.port ?? 0, (issuer) => {
    const provider = new Provider(issuer, settings);
    if (options.trace) traceProvider(provider, 'identity', options.trace);
    const app = express();
    app.disable('x-powered-by');
    app.get('/sandbox.css', (_request, response) => sendStylesheet(response));
    app.use(struckBy(faults, ({ path }) => NAMES.get(path), closing.signal));
    app.use(signInRoutes(provider, issuer, behaviour));
    app.use(provider.callback());
    app.use(interactionGone);
    return app;
  });

  return {
    issuer: served.origin,
    port: served.port,
    behaviour,
    faults,
    close: async () => {
      closing.abort();
      await served.close();
    },
  };
}

/** An interaction without its cookie, or one that has ended: the back button, mostly. */
const interactionGone: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!response.headersSent && error instanceof errors.SessionNotFound) sendPage(response, expiredPage(), 400);
  else next(error);
};
