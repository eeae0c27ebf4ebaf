import { Router } from 'express';
import { html } from '../page/html.ts';
import { sendPage, sendStylesheet } from '../page/page.ts';

const TEXTS: Record<string, [title: string, text: string]> = {
  '/terms': [
    'Terms of service',
    'Example Energy sells no electricity. These terms are here so that links lead somewhere.',
  ],
  '/privacy': ['Privacy policy', 'Example Energy knows five invented customers and nobody else.'],
  '/support': ['Help', 'Nobody is on the line, but in a real company somebody would be.'],
};

/** The few pages of the provider's website that the adapter's pages link to. */
export function website(): Router {
  const router = Router();
  router.get('/sandbox.css', (_request, response) => sendStylesheet(response));
  for (const [path, [title, text]] of Object.entries(TEXTS)) {
    const body = html`<h1>${title}</h1>
      <p>${text}</p>`;
    router.get(path, (_request, response) => sendPage(response, { brand: 'energy', step: 'text', title, body }));
  }
  return router;
}
