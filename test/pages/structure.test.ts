import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { startPreview, type Preview } from '../../src/sandbox/preview/preview.ts';
import { STATES } from '../../src/sandbox/preview/states.ts';
import { launchChromium } from '../support/chromium.ts';
import { ROOT } from './rendering.ts';

/**
 * Every page in every state is looked at on a phone and on a desk, in light and in dark, in three languages. The
 * pictures are put into `screenshots/` for people; what must not change unexplained is the structure: which elements
 * there are, which of them stand side by side, and in which colours.
 */

/** A language of long words, and one whose plural forms and letters are its own. */
const LANGUAGES = ['en', 'de', 'cy'];
const WIDTHS = [390, 1280];
const SCHEMES = ['light', 'dark'] as const;
const FOLDER = path.join(ROOT, 'screenshots');

let preview: Preview;
let browser: Browser;
let page: Page;
let devtools: CDPSession;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  preview = await startPreview({ port: 0 });
  browser = await launchChromium();
  page = await browser.newPage({ reducedMotion: 'reduce', viewport: { width: 390, height: 844 } });
  devtools = await page.context().newCDPSession(page);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await preview.close();
});

/** The tree of elements with what styles, tests and assistive technology know them by; no words, no pictures. */
const TREE = `(() => {
  const named = ['role', 'data-step', 'data-reason', 'data-action', 'type', 'aria-current', 'scope', 'open'];
  const line = (element) => element.localName
    + [...element.classList].map((name) => '.' + name).join('')
    + named.filter((name) => element.hasAttribute(name))
        .map((name) => '[' + name + (element.getAttribute(name) ? '=' + element.getAttribute(name) : '') + ']').join('');
  const walk = (element, depth) => element.localName === 'svg' || element.localName === 'tbody' || element.localName === 'details'
    ? ['  '.repeat(depth) + line(element)]
    : ['  '.repeat(depth) + line(element), ...[...element.children].flatMap((child) => walk(child, depth + 1))];
  return walk(document.body, 0).join('\\n');
})()`;

/** What stands in one row with what, from top to bottom; and nothing that is alone. */
const SIDE_BY_SIDE = `(() => {
  const kind = (element) => element.localName + (element.dataset.action ? '[' + element.dataset.action + ']' : '');
  const shown = [...document.querySelectorAll('header p, header details, header li, h1, h2, p, button, a.button, dt, dd, figure, label')]
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ element, box }) => box.width > 1 && box.height > 1 && !element.closest('details ul'));
  return shown.flatMap((one, index) => shown.slice(index + 1)
    .filter((other) => !one.element.contains(other.element) && !other.element.contains(one.element))
    .filter((other) => other.box.top < one.box.bottom - 4 && one.box.top < other.box.bottom - 4)
    .map((other) => kind(one.element) + ' beside ' + kind(other.element)));
})()`;

const COLOURS = `(() => {
  const visible = [...document.querySelectorAll('body, body *')].filter((element) => element.getClientRects().length > 0);
  return visible.flatMap((element) => {
    const { color, backgroundColor } = getComputedStyle(element);
    return [color, backgroundColor];
  });
})()`;

/** Playwright's own way waits for two frames and resizes the window; with a thousand pictures that is minutes. */
const look = async (name: string): Promise<void> => {
  const { data } = await devtools.send('Page.captureScreenshot', {
    format: 'jpeg',
    quality: 60,
    optimizeForSpeed: true,
    captureBeyondViewport: true,
  });
  writeFileSync(path.join(FOLDER, name), Buffer.from(data, 'base64'));
};

const see = async <T>(what: string): Promise<T> => await page.evaluate(what);

describe('the structure of', () => {
  test.each(Object.keys(STATES))('%s', async (state) => {
    const seen: { tree: Record<string, string>; beside: Record<string, string[]> } = { tree: {}, beside: {} };
    for (const language of LANGUAGES) {
      await page.goto(preview.addressOf(state, language));
      seen.tree[language] = await see(TREE);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 844 });
        if (language === 'en') seen.beside[width] = await see(SIDE_BY_SIDE);
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          await look(`${state}.${language}.${width}.${colorScheme}.jpg`);
        }
      }
    }
    // Words differ from language to language; nothing else does.
    for (const language of LANGUAGES) expect(seen.tree[language]).toBe(seen.tree.en);
    expect(seen.tree.en).toMatchSnapshot('elements');
    expect(seen.beside).toMatchSnapshot('side by side');
  });
});

test.each(SCHEMES)('the colours of all pages together, in %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  const colours = new Set<string>();
  for (const state of Object.keys(STATES)) {
    await page.goto(preview.addressOf(state, 'en'));
    for (const colour of await see<string[]>(COLOURS)) colours.add(colour);
  }
  expect([...colours].sort()).toMatchSnapshot();
});
