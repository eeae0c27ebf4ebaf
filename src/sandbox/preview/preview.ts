import path from 'node:path';
import express from 'express';
import { createRenderer } from '../../pages/render.ts';
import { themeStylesheet } from '../../web/accent.ts';
import { assetRoutes, shownSize } from '../../web/assets.ts';
import { createLanguages } from '../../web/languages.ts';
import { queryOf } from '../../web/query.ts';
import { readerOf } from '../../web/reader.ts';
import { securityHeaders } from '../../web/security-headers.ts';
import { serve, type Served } from '../http/serve.ts';
import { html } from '../page/html.ts';
import { sendPage, sendStylesheet } from '../page/page.ts';
import { STATES } from './states.ts';

/** Every page of the adapter in every state, with made-up data. Pages that move on by themselves stay to be looked at. */
export interface Preview extends Served {
  states: string[];
  languages: string[];
  addressOf(state: string, language: string): string;
}

const ROOT = path.resolve(import.meta.dirname, '../../..');
const LOGO = path.join(import.meta.dirname, '../pack/logo.svg');
const ASKING_LOGO = path.join(import.meta.dirname, 'nordlicht.svg');

export interface PreviewOptions {
  port: number;
  accent?: string;
}

export async function startPreview({ port, accent = '#0b6e4f' }: PreviewOptions): Promise<Preview> {
  const languages = await createLanguages({ folder: path.join(ROOT, 'locales'), country: 'GB' });
  const served = await serve(port, (origin) => createPreviewApp(origin));

  function createPreviewApp(origin: string) {
    const renderer = createRenderer({
      languages,
      brand: {
        name: 'Example Energy',
        supportUrl: 'https://energy.example/help',
        termsUrl: 'https://energy.example/terms',
        privacyUrl: 'https://energy.example/privacy',
      },
      publicAssets: {
        style: '/assets/style.css',
        theme: '/assets/theme.css',
        logo: { url: '/assets/logo', size: shownSize(LOGO) },
        connections: `${origin}/connections`,
      },
    });
    const app = express();
    app.use(securityHeaders(new URL(origin)));
    app.use(
      '/assets',
      assetRoutes({ folder: path.join(ROOT, 'public'), theme: themeStylesheet(accent, null), logo: LOGO }),
    );
    app.get('/sandbox.css', (_req, res) => sendStylesheet(res));
    // The logo of the app that asks.
    app.get('/connect/:journey/logo', (_req, res) => res.sendFile(ASKING_LOGO));
    app.get('/connect/:state', async (req, res, next) => {
      const model = STATES[req.params.state];
      if (!model) {
        next();
        return;
      }
      // Nothing is remembered: all hosts of this name, the adapter among them, would see the cookie.
      const reader = { ...readerOf(req), chosen: queryOf(req).get('lang') ?? undefined };
      const page = await renderer.render(model, reader);
      res.type('html').send(page.html.replace(/<meta http-equiv="refresh"[^>]*>/, ''));
    });
    app.get('/', (_req, res) => sendPage(res, index(languages.supported)));
    return app;
  }

  return {
    ...served,
    states: Object.keys(STATES),
    languages: languages.supported,
    addressOf: (state, language) => `${served.origin}/connect/${state}?lang=${language}`,
  };
}

const index = (languages: readonly string[]) => ({
  title: 'Every page',
  brand: 'energy' as const,
  step: 'preview',
  wide: true,
  body: html`<h1>Every page, in every state</h1>
    <p>With made-up data. Pages that move on by themselves stay here, so that they can be looked at.</p>
    <ul>
      ${Object.keys(STATES).map(
        (state) =>
          html`<li>
            ${state}:
            ${languages.map((language) => html`<a href="/connect/${state}?lang=${language}">${language}</a> `)}
          </li>`,
      )}
    </ul>`,
});
