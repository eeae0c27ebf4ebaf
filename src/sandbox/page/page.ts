import { readFileSync } from 'node:fs';
import type { Response } from 'express';
import { html, type Html } from './html.ts';

export interface Page {
  title: string;
  /** Whose page it is; chooses the colours. */
  brand: 'ev' | 'flatpeak' | 'energy';
  /** For tests and style: which page this is. */
  step: string;
  body: Html;
  /** Load `url` (or the page itself) again after `seconds`, without JavaScript. */
  refresh?: { seconds: number; url?: string };
  /** A page wide enough for pictures. */
  wide?: boolean;
}

const NAMES = { ev: 'Example EV', flatpeak: 'Flatpeak Connect', energy: 'Example Energy' };

const stylesheet = readFileSync(new URL('sandbox.css', import.meta.url), 'utf8');

/**
 * No `form-action`: Chromium follows it along the redirects of a sign-in form, and where the identity provider sends
 * the customer on is not this page's to limit.
 */
const POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/** The whole document with the headers it needs. */
export function pageOf(page: Page): { headers: Record<string, string>; markup: string } {
  const { refresh } = page;
  const again = refresh && `${refresh.seconds}${refresh.url === undefined ? '' : `;url=${refresh.url}`}`;
  const document = html`<!doctype html>
    <html lang="en" data-brand="${page.brand}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${again !== undefined && html`<meta http-equiv="refresh" content="${again}" />`}
        <title>${page.title} – ${NAMES[page.brand]}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/sandbox.css" />
      </head>
      <body>
        <header>
          <span class="mark" aria-hidden="true"></span>${NAMES[page.brand]}<span class="demo">Sandbox</span>
        </header>
        <main class="${page.wide ? 'wide' : 'narrow'}" data-step="${page.step}">${page.body}</main>
      </body>
    </html> `;
  const headers = {
    'Content-Security-Policy': POLICY,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  };
  return { headers, markup: document.markup };
}

export function sendPage(response: Response, page: Page, status = 200): void {
  const { headers, markup } = pageOf(page);
  response.status(status).set(headers).type('html').send(markup);
}

export function sendStylesheet(response: Response): void {
  response.type('css').set('Cache-Control', 'no-cache').send(stylesheet);
}
