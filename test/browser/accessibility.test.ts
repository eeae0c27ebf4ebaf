import { describe, expect, test } from '@jest/globals';
import { faultsOf, tabTo } from './eyes.ts';
import { access, arriveSignedIn, setStage, stayBefore } from './stage.ts';

const stage = setStage();

test('the whole way with the keyboard alone', async () => {
  const { tab } = await stage.phone();
  const { page } = tab;
  const { keyboard } = page;
  const pressEnterOn = async (selector: string) => {
    await tabTo(page, selector);
    await keyboard.press('Enter');
  };
  const { companion, flatpeak } = stage.adapter.world;
  await tab.open(companion.url);
  await pressEnterOn('[data-action="connect"]');
  await tab.shows('provider');
  const token = new URL(page.url()).searchParams.get('fp_cot') ?? '';
  await pressEnterOn('[data-action="provider"]');
  await tab.shows('login');
  await pressEnterOn('[data-action="continue"]');
  await tab.shows('sign-in');
  await tabTo(page, '#login');
  await keyboard.type('bob');
  await keyboard.press('Enter');
  await tab.shows('supply');
  await tabTo(page, 'input[name="supply"]');
  await keyboard.press('Space');
  await pressEnterOn('[data-action="choose"]');
  await tab.shows('consent');
  await pressEnterOn('[data-action="allow"]');
  await tab.shows('connected', flatpeak.connectWebUrl);
  await pressEnterOn('[data-action="continue"]');
  await tab.shows('connected', companion.url);
  expect(stage.accepted(token)).toEqual([access(token)]);
});

describe('axe finds nothing, in light and in dark, and nothing is wider than 320 pixels', () => {
  test('on the way of a customer with one supply', async () => {
    const phone = await stage.phone();
    const { tab } = phone;
    const { flatpeak, identity } = stage.adapter.world;
    const { token, url } = stage.link();
    const home = stage.home(token);
    await stayBefore(phone, home);
    await tab.open(url);
    await tab.shows('login');
    expect(await faultsOf(tab)).toEqual([]);

    await stayBefore(phone, `${identity.issuer}/auth?`);
    await Promise.all([tab.turnedBack(identity.issuer), tab.press('continue')]);
    await tab.shows('redirecting');
    expect(await faultsOf(tab)).toEqual([]);

    await phone.context.unrouteAll();
    await arriveSignedIn(tab, url, 'alice');
    await tab.shows('consent');
    expect(await faultsOf(tab)).toEqual([]);

    flatpeak.faults.set({ submission: { delayMs: 2000 } });
    const onward = tab.page.url().replace(/consent$/, 'finishing?wait=1');
    await stayBefore(phone, onward);
    await Promise.all([tab.turnedBack(onward), tab.press('allow')]);
    await tab.shows('finishing');
    expect(await faultsOf(tab)).toEqual([]);

    await phone.context.unrouteAll();
    await stayBefore(phone, home);
    await Promise.all([tab.turnedBack(home), tab.page.locator('main a').click()]);
    await tab.shows('done');
    expect(await faultsOf(tab)).toEqual([]);

    // Another browser with the same link, now that the decision is made.
    const other = await stage.phone();
    await other.tab.open(url);
    await other.tab.shows('done');
    expect(await faultsOf(other.tab)).toEqual([]);
  });

  test('on the list of a thousand supplies, searched, and with nothing chosen', async () => {
    const phone = await stage.phone();
    const { tab } = phone;
    const { token, url } = stage.link();
    await arriveSignedIn(tab, url, 'erin');
    await tab.shows('supply');
    expect(await faultsOf(tab)).toEqual([]);
    await tab.press('choose');
    await tab.page.locator('[role="alert"]').waitFor();
    expect(await faultsOf(tab)).toEqual([]);
    await tab.page.locator('#q').fill('no such street');
    await tab.page.locator('#q').press('Enter');
    await tab.page.waitForURL(/q=no/);
    expect(await faultsOf(tab)).toEqual([]);

    // Meanwhile another browser opens the same link.
    const other = await stage.phone();
    await other.tab.open(url);
    await other.tab.shows('login');
    expect(await faultsOf(other.tab)).toEqual([]);

    await stayBefore(phone, stage.home(token));
    await Promise.all([tab.turnedBack(stage.home(token)), tab.press('cancel')]);
    await tab.shows('done');
    expect(await faultsOf(tab)).toEqual([]);
  });

  test('on pages that say what went wrong', async () => {
    const phone = await stage.phone();
    const { tab } = phone;
    const { adapterUrl } = stage.adapter;
    await arriveSignedIn(tab, stage.link().url, 'dave');
    await tab.shows('error');
    expect(await faultsOf(tab)).toEqual([]);
    for (const path of ['/connect', '/connect/no-such-visit_______/login', '/nowhere']) {
      await tab.open(`${adapterUrl}${path}`);
      await tab.shows('error');
      expect(await faultsOf(tab)).toEqual([]);
    }
    // Each of them answers with a status that says so too.
    expect(phone.complaints.splice(0)).toHaveLength(3);
  });
});
