import express, { type Express } from 'express';
import type { Clock } from '../../base/clock.ts';
import { html, type Html } from '../page/html.ts';
import { sendPage, sendStylesheet, type Page } from '../page/page.ts';
import { withToken, type Connection, type Connections } from './connections.ts';

interface ConnectWebParts {
  connections: Connections;
  adapterUrl: string;
  clock: Clock;
}

/** Why there is no connection, for each value of `action`. */
const REASONS: Record<string, string> = {
  DISMISS_LOGIN: 'You did not sign in at Example Energy.',
  DISMISS_CONSENT: 'You chose not to share your tariff.',
  ERROR: 'Example Energy could not share a tariff.',
};

/** The page between the app and the provider: choose a provider, go there, come back, go on to the app. */
export function createConnectWeb({ connections, adapterUrl, clock }: ConnectWebParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/sandbox.css', (_request, response) => sendStylesheet(response));
  app.get('/connect-web', (request, response) => {
    const query = new URLSearchParams(request.originalUrl.split('?')[1]);
    const connection = connections.find(query.get('fp_cot') ?? '');
    if (!connection) sendPage(response, unknown, 404);
    else if (connection.submission) sendPage(response, summary(connection));
    else if (connection.expiresAt <= clock()) sendPage(response, expired(connection), 410);
    // The adapter adds `connect_token` on the way back; Flatpeak's own link carries `fp_cot` alone.
    else if (query.has('connect_token')) sendPage(response, waiting(connection, adapterUrl));
    else sendPage(response, choice(connection, adapterUrl));
  });
  return app;
}

const frame = (step: string, title: string, body: Html): Page => ({ brand: 'flatpeak', step, title, body });

const unknown = frame(
  'unknown',
  'Link not known',
  html`<h1>This link is not known</h1>
    <p>Please go back to your app and start again.</p>`,
);

const back = (connection: Connection, words: string) =>
  html`<a class="button" data-action="continue" href="${withToken(connection.callbackUrl, connection.token)}"
    >${words}</a
  >`;

const expired = (connection: Connection) =>
  frame(
    'expired',
    'Link expired',
    html`<h1>This link has expired</h1>
      <p>A link works for 24 hours. Please start again in ${connection.account.displayName}.</p>
      ${back(connection, `Back to ${connection.account.displayName}`)}`,
  );

const providerLink = (connection: Connection, adapterUrl: string) =>
  html`<a class="choice" data-action="provider" href="${adapterUrl}/connect?connect_token=${connection.token}">
    <span class="tile" aria-hidden="true">E</span>
    <span><strong>Example Energy</strong><small>Great Britain · connects directly</small></span>
  </a>`;

const choice = (connection: Connection, adapterUrl: string) =>
  frame(
    'provider',
    'Choose your provider',
    html`<h1>Who is your electricity provider?</h1>
      <p>${connection.account.displayName} would like to know what your electricity costs, hour by hour.</p>
      ${providerLink(connection, adapterUrl)}
      <p class="quiet"><a href="${withToken(connection.callbackUrl, connection.token)}">Not now</a></p>`,
  );

const waiting = (connection: Connection, adapterUrl: string): Page => ({
  ...frame(
    'waiting',
    'One moment',
    html`<h1>One moment</h1>
      <p>We have not heard from Example Energy yet. This page looks again by itself; it may take some minutes.</p>
      ${back(connection, `Back to ${connection.account.displayName}`)}
      <p class="quiet">
        <a href="${adapterUrl}/connect?connect_token=${connection.token}">Go to Example Energy again</a>
      </p>`,
  ),
  refresh: { seconds: 3 },
});

function summary(connection: Connection): Page {
  const submission = connection.submission?.body;
  const name = connection.account.displayName;
  if (submission && 'auth_data' in submission) {
    return frame(
      'connected',
      'Connected',
      html`<h1 class="signed">
          <span class="sign good" aria-hidden="true">✓</span><span>Your tariff is connected</span>
        </h1>
        <p>Example Energy shares your electricity tariff with ${name}. You can stop this at any time.</p>
        ${back(connection, `Continue to ${name}`)}`,
    );
  }
  const action = submission && 'action' in submission ? submission.action : undefined;
  return frame(
    'not-connected',
    'Not connected',
    html`<h1 class="signed"><span class="sign" aria-hidden="true">–</span><span>Your tariff is not connected</span></h1>
      <p>${REASONS[action ?? ''] ?? 'Example Energy gave no reason.'} Nothing was shared.</p>
      ${back(connection, `Back to ${name}`)}`,
  );
}
