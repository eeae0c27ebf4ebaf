import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { PageModel } from '../../src/pages/models.ts';
import { themeStylesheet } from '../../src/web/accent.ts';
import { launchChromium } from '../support/chromium.ts';
import { rendererWith, ROOT, strictLanguages } from './rendering.ts';
import { FRAME, STATES } from '../../src/sandbox/preview/states.ts';

/** The policy every page is served with; a breach of it shows up as a console error. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 32"><rect width="120" height="32" rx="6" fill="#0b6e66"/></svg>';

/** A name, a label and an address as long and unbroken as anyone's. */
const LONG = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
const LONG_STATES: Record<string, PageModel> = Object.fromEntries(
  ['login', 'supply', 'consent', 'done-allowed-accepted'].map((name) => {
    const model = STATES[name]!;
    const frame = { ...FRAME, recipient: { ...FRAME.recipient, name: LONG } };
    const supply = { ...('supply' in model ? model.supply : {}), label: LONG, addressLines: [LONG, LONG] };
    return [
      `${name} with long words`,
      { ...model, frame, ...('supply' in model ? { supply, tariffName: LONG } : {}) } as PageModel,
    ];
  }),
);
const PAGES = { ...STATES, ...LONG_STATES };

let server: Server;
let browser: Browser;
let page: Page;
let origin: string;
let accent = '#0b6e66';
const breaches: string[] = [];

beforeAll(async () => {
  const renderer = rendererWith(await strictLanguages());
  const answer = async (url: URL): Promise<{ type: string; body: string }> => {
    if (url.pathname === '/assets/style.css') {
      return { type: 'text/css', body: readFileSync(path.join(ROOT, 'public/style.css'), 'utf8') };
    }
    if (url.pathname === '/assets/theme.css') return { type: 'text/css', body: themeStylesheet(accent, null) };
    if (url.pathname === '/assets/logo') return { type: 'image/svg+xml', body: LOGO };
    const model = PAGES[url.searchParams.get('state') ?? ''];
    if (model === undefined) return { type: 'text/html', body: '' };
    const { html } = await renderer.render(model, { chosen: url.searchParams.get('language') ?? 'en' });
    // The page is to stay and be looked at.
    return { type: 'text/html', body: html.replace(/<meta http-equiv="refresh"[^>]*>/, '') };
  };
  server = createServer((request, response) => {
    void answer(new URL(request.url ?? '/', 'http://localhost')).then(({ type, body }) =>
      response
        .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': POLICY })
        .end(body),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchChromium();
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') breaches.push(message.text());
  });
}, 60_000);

afterAll(async () => {
  await browser.close();
  server.close();
});

const open = (state: string, language = 'en') =>
  page.goto(`${origin}/?state=${encodeURIComponent(state)}&language=${language}`);

/** Without frames in our pages axe's older, much quicker way of running sees the same. */
const findings = async (rules?: string[]): Promise<string[]> => {
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (rules === undefined ? axe : axe.withRules(rules)).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
};

/** In the page, as text: the sources know no browser types. */
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
const SMALL = `[...document.querySelectorAll('button, a, summary, label.supply, input[type=search]')]
  .map((element) => [element.textContent.trim(), element.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([text, box]) => text + ' ' + Math.round(box.width) + '×' + Math.round(box.height))`;

describe('axe finds nothing', () => {
  // Pages that differ in words alone are judged once. Width changes no colour and the scheme changes no structure,
  // so that two looks at a page see what four would.
  const shapes = new Map<string, string>();

  beforeAll(async () => {
    for (const state of Object.keys(PAGES)) {
      const html = await (await fetch(`${origin}/?state=${encodeURIComponent(state)}`)).text();
      const shape = html.replace(/>[^<]+</g, '><').replace(/(?<!class|role|type)="[^"]*"/g, '');
      if (!shapes.has(shape)) shapes.set(shape, state);
    }
  });

  test.each([
    [390, 'light'],
    [320, 'dark'],
  ] as const)(
    'at %d pixels, %s',
    async (width, colorScheme) => {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme });
      expect(shapes.size).toBeGreaterThan(20);
      for (const state of shapes.values()) {
        await open(state);
        expect({ state, findings: await findings() }).toEqual({ state, findings: [] });
      }
    },
    180_000,
  );
});

describe('on a phone', () => {
  test.each(Object.keys(PAGES))('%s fits, and has nothing too small to touch', async (state) => {
    await open(state);
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 844 });
      expect({ width, overflow: await page.evaluate(OVERFLOW) }).toEqual({ width, overflow: 0 });
      expect({ width, small: await page.evaluate(SMALL) }).toEqual({ width, small: [] });
    }
  });

  test.each(['de', 'fr'])('every page fits in %s', async (language) => {
    await page.setViewportSize({ width: 320, height: 844 });
    for (const state of Object.keys(PAGES)) {
      await open(state, language);
      expect([state, await page.evaluate(OVERFLOW)]).toEqual([state, 0]);
    }
  });

  test('no page breaks its content policy or misses a part', () => expect(breaches).toEqual([]));
});

test.each(['#ffff00', '#777777'])('the accent %s stays readable where it is used', async (colour) => {
  accent = colour;
  for (const state of ['consent', 'supply-earlier']) {
    await open(state);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await findings(['color-contrast', 'link-in-text-block'])).toEqual([]);
    }
  }
  accent = '#0b6e66';
});

test('allow and decline are of one size and one look', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open('consent');
  const looks = `[...document.querySelectorAll('[data-action=allow], [data-action=deny]')].map((button) => {
    const { width, height } = button.getBoundingClientRect();
    const { color, backgroundColor, borderColor, fontWeight, fontSize } = getComputedStyle(button);
    return JSON.stringify({ width, height, color, backgroundColor, borderColor, fontWeight, fontSize });
  })`;
  const [deny, allow] = await page.evaluate<string[]>(looks);
  expect(allow).toBe(deny);
});

test('everything is reached with the keyboard, in order, and seen when it is', async () => {
  await open('consent-flat');
  const seen: string[] = [];
  const focused = `(() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return [element.getAttribute('aria-label') ?? element.textContent.trim(), outlineStyle, outlineWidth];
  })()`;
  for (;;) {
    await page.keyboard.press('Tab');
    const [name, style, width] = (await page.evaluate<[string, string, string] | null>(focused)) ?? [];
    if (name === undefined || seen.includes(name)) break;
    expect([name, style, width]).toEqual([name, 'solid', '3px']);
    seen.push(name);
  }
  expect(seen).toEqual([
    'Not you? Sign in as someone else',
    'Change: choose another contract',
    'Open that page',
    'Terms of Nordlicht Charge',
    'Privacy at Nordlicht Charge',
    'Help from Nordlicht Charge',
    'Don’t allow',
    'Allow',
    'Help from Example Energy',
    'Terms of Example Energy',
    'Privacy at Example Energy',
  ]);
});

test('a choice that could not be made has the focus', async () => {
  await open('supply-none-chosen');
  // Browsers give the focus with the first frame they draw, a little after the page has loaded.
  await page.waitForFunction('document.activeElement.id === "problem"');
  expect(await page.evaluate('document.activeElement.id')).toBe('problem');
});

test('a picture keeps its lines where colours are forced', async () => {
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'light' });
  await open('consent');
  const line = await page.evaluate("getComputedStyle(document.querySelector('.chart .line')).stroke");
  expect(line).toBe(await page.evaluate('getComputedStyle(document.body).color'));
  await page.emulateMedia({ forcedColors: 'none' });
});

test('nothing moves for those who asked for that', async () => {
  await open('finishing');
  expect(await page.evaluate("getComputedStyle(document.querySelector('.busy'), '::after').animationName")).toBe(
    'none',
  );
});

test('the words may be twice as large', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const state of Object.keys(PAGES)) {
    await open(state);
    await page.evaluate("document.documentElement.style.setProperty('font-size', '200%')");
    expect([state, await page.evaluate(OVERFLOW)]).toEqual([state, 0]);
  }
});
