/**
 * Shows every page in every state with made-up data.
 *   node scripts/preview-pages.ts FOLDER          writes the pages as files
 *   node scripts/preview-pages.ts --port 8099     serves them, rendered anew at each request
 * Pages that move on by themselves stay, so that they can be looked at.
 */
import { createServer } from 'node:http';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createRenderer } from '../src/journey/pages/render.ts';
import { themeStylesheet } from '../src/web/accent.ts';
import { createLanguages } from '../src/web/languages.ts';
import { STATES } from '../test/pages/states.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string' }, accent: { type: 'string', default: '#0b6e66' }, logo: { type: 'string' } },
});

const languages = await createLanguages({ folder: path.join(ROOT, 'locales'), country: 'GB' });
const theme = themeStylesheet(options.accent, null);

const rendererWith = (prefix: string) =>
  createRenderer({
    languages,
    brand: {
      name: 'Example Energy',
      supportUrl: 'https://energy.example/help',
      termsUrl: 'https://energy.example/terms',
      privacyUrl: 'https://energy.example/privacy',
    },
    publicAssets: {
      style: `${prefix}assets/style.css`,
      theme: `${prefix}assets/theme.css`,
      logo: options.logo === undefined ? null : `${prefix}assets/logo.svg`,
    },
  });

const staying = (html: string): string => html.replace(/<meta http-equiv="refresh"[^>]*>/, '');

const indexOf = (address: (state: string, language: string) => string): string =>
  `<!doctype html><meta charset="utf-8"><title>Pages</title><ul>${Object.keys(STATES)
    .map((state) => {
      const links = languages.supported.map((language) => `<a href="${address(state, language)}">${language}</a>`);
      return `<li>${state}: ${links.join(' ')}</li>`;
    })
    .join('')}</ul>`;

async function write(folder: string): Promise<void> {
  const renderer = rendererWith('');
  await mkdir(path.join(folder, 'assets'), { recursive: true });
  await cp(path.join(ROOT, 'public/style.css'), path.join(folder, 'assets/style.css'));
  await writeFile(path.join(folder, 'assets/theme.css'), theme);
  if (options.logo !== undefined) await cp(options.logo, path.join(folder, 'assets/logo.svg'));
  await writeFile(
    path.join(folder, 'index.html'),
    indexOf((state, language) => `${state}.${language}.html`),
  );
  for (const [state, model] of Object.entries(STATES)) {
    for (const language of languages.supported) {
      const { html } = await renderer.render(model, { chosen: language });
      await writeFile(path.join(folder, `${state}.${language}.html`), staying(html));
    }
  }
}

function serve(port: number): void {
  const renderer = rendererWith('/');
  const answer = async (url: URL): Promise<{ type: string; body: string }> => {
    if (url.pathname === '/assets/theme.css') return { type: 'text/css', body: theme };
    if (url.pathname === '/assets/style.css') {
      return { type: 'text/css', body: await readFile(path.join(ROOT, 'public/style.css'), 'utf8') };
    }
    if (url.pathname === '/assets/logo.svg' && options.logo !== undefined) {
      return { type: 'image/svg+xml', body: await readFile(options.logo, 'utf8') };
    }
    const [, language, state = ''] = url.pathname.split('/');
    const model = STATES[state];
    if (model === undefined) return { type: 'text/html', body: indexOf((name, code) => `/${code}/${name}`) };
    const { html } = await renderer.render(model, { chosen: language });
    return { type: 'text/html', body: staying(html) };
  };
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', 'http://localhost')).then(
      ({ type, body }) => response.setHeader('content-type', `${type}; charset=utf-8`).end(body),
      (error: unknown) => {
        console.error(error);
        response.writeHead(500).end();
      },
    );
  });
  server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`));
}

const [folder] = positionals;
if (options.port !== undefined) serve(Number(options.port));
else if (folder !== undefined) await write(folder);
else throw new Error('give a folder to write to, or --port');
