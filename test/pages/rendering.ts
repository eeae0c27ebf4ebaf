import path from 'node:path';
import { createRenderer, type Brand, type Renderer } from '../../src/pages/render.ts';
import { createLanguages, type Languages } from '../../src/web/languages.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const LOCALES = path.join(ROOT, 'locales');

export const BRAND: Brand = {
  name: 'Example Energy',
  supportUrl: 'https://energy.example/help',
  termsUrl: 'https://energy.example/terms',
  privacyUrl: 'https://energy.example/privacy',
};

export const ASSETS = {
  style: '/assets/style.css',
  theme: '/assets/theme.css',
  logo: { url: '/assets/logo', size: { width: 96, height: 32 } },
  connections: 'https://connect.energy.example/connections',
};

/** Strict: a text or value that is missing anywhere throws, and the test fails. */
export const strictLanguages = (): Promise<Languages> =>
  createLanguages({ folder: LOCALES, country: 'GB', strict: true });

export const rendererWith = (languages: Languages, brand: Brand = BRAND): Renderer =>
  createRenderer({ languages, brand, publicAssets: ASSETS });

export const titleOf = (html: string): string => /<title>([^<]*)<\/title>/.exec(html)?.[1] ?? '';

/** What is read: tags out, entities back, white space joined. */
export const textOf = (html: string): string =>
  html
    .replace(/<head>.*<\/head>/s, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&#34;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
