import { describe, expect, test } from '@jest/globals';
import type { Tab } from '../support/chromium.ts';
import { faultsOf, tabTo } from './eyes.ts';
import { arriveSignedIn, setStage, signIn } from './stage.ts';

/** "Who can read your tariff", in a real browser. */

const stage = setStage();
const overview = () => `${stage.adapter.adapterUrl}/connections`;

/** An app that can read a customer's tariff. */
async function connect(login: string): Promise<void> {
  const phone = await stage.phone();
  const { token, url } = stage.link();
  await arriveSignedIn(phone.tab, url, login);
  await phone.tab.shows('consent');
  await phone.tab.press('allow');
  await phone.tab.shows('home', stage.home(token));
}

/** What the customer sees who comes by themselves, some other day. */
async function openOverview(tab: Tab, login: string): Promise<void> {
  await tab.open(overview());
  await tab.shows('login');
  await tab.press('continue');
  await signIn(tab, login);
  await tab.shows('connections');
}

const stopButtons = ({ page }: Tab) => page.locator('[data-action="stop"]').count();

test('the whole way with the keyboard alone: sign in, read, stop, keep the receipt, sign out', async () => {
  await connect('alice');
  const { tab } = await stage.phone();
  const { page } = tab;
  const pressEnterOn = async (selector: string) => {
    await tabTo(page, selector);
    await page.keyboard.press('Enter');
  };
  await tab.open(overview());
  await tab.shows('login');
  await pressEnterOn('[data-action="continue"]');
  await tab.shows('sign-in');
  await tabTo(page, '#login');
  await page.keyboard.type('alice');
  await page.keyboard.press('Enter');
  await tab.shows('connections');
  const before = await stopButtons(tab);
  expect(before).toBeGreaterThan(0);
  expect(await page.locator('main').innerText()).toContain('Example EV');

  await pressEnterOn('summary');
  await pressEnterOn('a[hreflang="de"]');
  await page.locator('html[lang="de"]').waitFor();
  await pressEnterOn('summary');
  await pressEnterOn('a[hreflang="en"]');
  await page.locator('html[lang="en"]').waitFor();

  await pressEnterOn('[data-action="stop"]');
  await tab.shows('stop');
  await pressEnterOn('main a[href="/connections"]');
  await tab.shows('connections');
  expect(await stopButtons(tab)).toBe(before - 1);

  await pressEnterOn('a[href$="/receipt"]');
  await tab.shows('receipt');
  expect(await page.locator('main').innerText()).toContain('Not shared since');
  await pressEnterOn('main a[href="/connections"]');
  await tab.shows('connections');

  await pressEnterOn('[data-action="signout"]');
  // From here on the identity provider asks whether it shall forget its customer too.
  await page.waitForURL((url) => url.href.startsWith(stage.adapter.world.identity.issuer));
  await tab.open(overview());
  await tab.shows('login');
});

test('without JavaScript: choose a language, sign in, stop, keep the receipt, sign out', async () => {
  await connect('alice');
  const { tab } = await stage.phone({ javaScript: false });
  const { page } = tab;
  await tab.open(overview());
  await page.locator('summary').click();
  await page.locator('a[hreflang="fr"]').click();
  await page.locator('html[lang="fr"]').waitFor();
  await tab.press('continue');
  await signIn(tab, 'alice');
  await tab.shows('connections');
  await page.locator('[data-action="stop"]').first().click();
  await tab.shows('stop');
  await page.locator('main a[href="/connections"]').click();
  await tab.shows('connections');
  await page.locator('a[href$="/receipt"]').first().click();
  await tab.shows('receipt');
  expect(await page.locator('html').getAttribute('lang')).toBe('fr');
  await page.locator('main a[href="/connections"]').click();
  await tab.press('signout');
  await page.waitForURL((url) => url.href.startsWith(stage.adapter.world.identity.issuer));
  await tab.open(overview());
  await tab.shows('login');
});

test('going back after signing out shows nothing of what was shared', async () => {
  await connect('alice');
  const { tab } = await stage.phone();
  await openOverview(tab, 'alice');
  await tab.press('signout');
  await tab.page.waitForURL((url) => url.href.startsWith(stage.adapter.world.identity.issuer));
  await tab.open(overview());
  await tab.shows('login');
  // Over the identity provider's page, once it is really there, to where the overview stood.
  await tab.back();
  await tab.page.waitForURL((url) => url.href.startsWith(stage.adapter.world.identity.issuer));
  await tab.page.waitForLoadState();
  await tab.back();
  await tab.shows('login', overview());
});

test('stopping, reloaded or gone back to, is not stopping again', async () => {
  await connect('alice');
  const { tab } = await stage.phone();
  await openOverview(tab, 'alice');
  await tab.page.locator('[data-action="stop"]').first().click();
  await tab.shows('stop');
  await tab.reload();
  await tab.shows('stop');
  await tab.back();
  await tab.shows('connections');
  expect(await tab.page.locator('main').innerText()).toContain('You stopped it.');
});

test('a receipt on paper says everything and has nothing to press', async () => {
  await connect('alice');
  const { tab } = await stage.phone();
  const { page } = tab;
  await openOverview(tab, 'alice');
  await page.locator('a[href$="/receipt"]').first().click();
  await tab.shows('receipt');
  const pressable = page.locator('a:visible, button:visible, summary:visible, input:visible');
  expect(await pressable.count()).toBeGreaterThan(0);
  await page.emulateMedia({ media: 'print' });
  expect(await pressable.allInnerTexts()).toEqual([]);
  const paper = await page.locator('body').innerText();
  for (const said of ['What you allowed', 'Example EV', 'Home', 'Wording en-', overview()])
    expect(paper).toContain(said);
});

describe('axe finds nothing, in light and in dark, at 320 pixels, with the language menu open', () => {
  test('on the way in, the overview, after stopping, and on the receipt', async () => {
    await connect('alice');
    const { tab } = await stage.phone();
    await tab.page.setViewportSize({ width: 320, height: 640 });
    const found: string[] = [];
    const look = async (at: string) => found.push(...(await faultsOf(tab)).map((fault) => `${at}: ${fault}`));
    await tab.open(overview());
    await tab.shows('login');
    await look('the way in');
    await tab.press('continue');
    await signIn(tab, 'alice');
    await tab.shows('connections');
    await look('the overview');
    await tab.page.locator('a[href$="/receipt"]').first().click();
    await tab.shows('receipt');
    await look('the receipt');
    await tab.open(overview());
    await tab.page.locator('[data-action="stop"]').first().click();
    await tab.shows('stop');
    await look('after stopping');
    await tab.open(overview());
    await tab.shows('connections');
    await look('the overview of what has ended');
    expect(found).toEqual([]);
  });

  test('on the overview of whoever shares nothing', async () => {
    const { tab } = await stage.phone();
    await tab.page.setViewportSize({ width: 320, height: 640 });
    await openOverview(tab, 'carol');
    expect(await faultsOf(tab)).toEqual([]);
  });
});

test('the language menu covers nothing when closed and stays within a narrow screen when open', async () => {
  const { tab } = await stage.phone();
  const { page } = tab;
  await page.setViewportSize({ width: 320, height: 640 });
  await tab.open(overview());
  await tab.shows('login');
  expect(await page.locator('details.languages a:visible').count()).toBe(0);
  await page.locator('summary').click();
  const box = await page.locator('details.languages ul').boundingBox();
  expect(box!.x).toBeGreaterThanOrEqual(0);
  expect(box!.x + box!.width).toBeLessThanOrEqual(320);
});
