import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import type { Tab } from '../support/chromium.ts';

/** Presses Tab until this has the focus, and the browser shows that it has. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor();
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.locator(`${selector}:focus-visible`).count()) > 0) return;
  }
  throw new Error(`The Tab key does not lead to ${selector} on ${new URL(page.url()).pathname}`);
}

/**
 * What axe finds in light and in dark, and whether a narrow screen must be scrolled sideways. Axe looks at what is
 * shown: everything that can be opened is, and the language menu, which lies over the page, by itself.
 */
export async function faultsOf({ page }: Tab): Promise<string[]> {
  const found: string[] = [];
  const open = (selector: string, is: boolean) =>
    page.evaluate(`for (const details of document.querySelectorAll('${selector}')) details.open = ${is}`);
  // The legacy mode looks through no frames and opens no page of its own; the pages have no frames.
  const lookAt = async (colorScheme: 'light' | 'dark', axe: AxeBuilder) => {
    // What is dark differs in its colours alone.
    if (colorScheme === 'dark') axe.withRules(['color-contrast', 'link-in-text-block']);
    const { violations } = await axe.setLegacyMode().analyze();
    const nodes = violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(' ')}`));
    found.push(...nodes.map((node) => `${colorScheme}: ${node}`));
  };
  const hasMenu = (await page.locator(MENU).count()) > 0;
  await open(`details:not(${MENU})`, true);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await lookAt(colorScheme, new AxeBuilder({ page }));
    if (!hasMenu) continue;
    await open(MENU, true);
    await lookAt(colorScheme, new AxeBuilder({ page }).include(MENU));
    await open(MENU, false);
  }
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  await open(MENU, true);
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  if (width > 320) found.push(`${width} pixels wide on a screen of 320`);
  await open(MENU, false);
  if (size) await page.setViewportSize(size);
  return found;
}

const MENU = '.languages';
