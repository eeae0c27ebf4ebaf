import express, { type ErrorRequestHandler, type Express } from 'express';
import { instantOf, systemClock, type Clock } from '../../base/clock.ts';
import { codeOf } from '../../base/failure.ts';
import { serve } from '../http/serve.ts';
import { sendPage, sendStylesheet } from '../page/page.ts';
import { flatpeakClient, type FlatpeakClient } from './flatpeak-client.ts';
import { checkPage } from './check-page.ts';
import { connectionPage, homePage, leavingPage, problemPage, type KnownConnection } from './pages.ts';
import { site } from './site.ts';

export interface CompanionOptions {
  /** 0, the default, takes any. */
  port?: number;
  /** Flatpeak's API and this app's account there. */
  apiUrl: string;
  accountId: string;
  apiKey: string;
  /** Flatpeak's web page between app and provider. */
  connectWebUrl: string;
  clock?: Clock;
}

export interface Companion {
  url: string;
  close(): Promise<void>;
}

/** A device maker's app, as far as it concerns tariffs. It knows Flatpeak's addresses and nobody else's. */
export async function startCompanion(options: CompanionOptions): Promise<Companion> {
  const flatpeak = flatpeakClient(options);
  const served = await serve(options.port ?? 0, (url) =>
    createCompanion(url, options.connectWebUrl, flatpeak, options.clock ?? systemClock),
  );
  return { url: served.origin, close: () => served.close() };
}

function createCompanion(url: string, connectWebUrl: string, flatpeak: FlatpeakClient, clock: Clock): Express {
  const app = express();
  // The newest first.
  const connections: KnownConnection[] = [];
  const unknown = problemPage('Not known here', 'This connection was not started in this app, or long ago.');

  app.disable('x-powered-by');
  app.get('/sandbox.css', (_request, response) => sendStylesheet(response));
  app.use(site());

  app.get('/', (_request, response) => sendPage(response, homePage(connections)));

  app.post('/connect', async (_request, response) => {
    const token = await flatpeak.createConnectToken(connectWebUrl, `${url}/done`);
    connections.unshift({ token, startedAt: clock() });
    response.redirect(303, `/leaving/${token}`);
  });

  app.param('token', (_request, response, next, token: string) => {
    if (connections.some((connection) => connection.token === token)) next();
    else sendPage(response, unknown, 404);
  });

  app.get('/leaving/:token', (request, response) =>
    sendPage(response, leavingPage(`${connectWebUrl}?fp_cot=${request.params.token}`)),
  );

  app.get('/done', (request, response) => {
    const token = typeof request.query.fp_cot === 'string' ? request.query.fp_cot : '';
    response.redirect(303, `/connections/${encodeURIComponent(token)}`);
  });

  app.get('/connections/:token', async (request, response) => {
    const { token } = request.params;
    sendPage(response, connectionPage(token, await flatpeak.connection(token), instantOf(clock)));
  });

  app.get('/connections/:token/check', async (request, response) => {
    const { token } = request.params;
    sendPage(response, checkPage(token, await flatpeak.connection(token), instantOf(clock)));
  });

  app.post('/connections/:token/poll', async (request, response) => {
    const { token } = request.params;
    await flatpeak.poll(token);
    response.redirect(303, `/connections/${token}`);
  });

  app.use((_request, response) => sendPage(response, problemPage('Page not found', 'There is nothing here.'), 404));
  app.use(troubled);
  return app;
}

const troubled: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) next(error);
  else sendPage(response, problemPage('Flatpeak cannot be reached', `Please try again (${codeOf(error)}).`), 502);
};
