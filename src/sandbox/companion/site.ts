import { Router } from 'express';
import { html } from '../page/html.ts';
import { sendPage } from '../page/page.ts';

const TEXTS: Record<string, [title: string, text: string]> = {
  '/terms': ['Terms of service', 'Example EV makes no cars. These terms are here so that links lead somewhere.'],
  '/privacy': ['Privacy policy', 'Example EV learns the price of your electricity and where it applies, nothing else.'],
  '/support': ['Help', 'In a real company somebody would answer here.'],
};

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" role="img" aria-label="Example EV">
<rect width="40" height="40" rx="11" fill="#1f4fd8"/><path d="M13 20.500 18 25.500 28 14.500" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

/** The few pages of the app maker's website that the adapter's consent page links to, and its logo. */
export function site(): Router {
  const router = Router();
  router.get('/logo.svg', (_request, response) => {
    response.type('svg').send(LOGO);
  });
  for (const [path, [title, text]] of Object.entries(TEXTS)) {
    const body = html`<h1>${title}</h1>
      <p>${text}</p>`;
    router.get(path, (_request, response) => sendPage(response, { brand: 'ev', step: 'text', title, body }));
  }
  return router;
}
