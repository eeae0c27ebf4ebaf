import { describe, expect, test } from '@jest/globals';
import type { Tab } from '../support/chromium.ts';
import { access, arriveSignedIn, setStage, signIn } from './stage.ts';

/** Two journeys in one browser, and one journey in two browsers. */

const stage = setStage();

test('two tabs with two tokens, step by step in turn, never touch each other', async () => {
  const phone = await stage.phone();
  const one = { tab: phone.tab, ...stage.link() };
  const other = { tab: await phone.newTab(), ...stage.link() };
  for (const { tab, url } of [one, other]) await tab.open(url);
  for (const { tab } of [one, other]) await tab.shows('login');
  for (const { tab } of [one, other]) await tab.press('continue');
  for (const { tab } of [one, other]) await tab.shows('sign-in');
  for (const { tab } of [one, other]) await signIn(tab, 'bob');
  for (const { tab } of [one, other]) await tab.shows('supply');
  await one.tab.page.locator('input[name="supply"]').nth(0).check();
  await other.tab.page.locator('input[name="supply"]').nth(1).check();
  for (const { tab } of [one, other]) await tab.press('choose');
  for (const { tab } of [one, other]) await tab.shows('consent');
  await one.tab.press('allow');
  await other.tab.press('deny');
  for (const { tab, token } of [one, other]) await tab.shows('home', stage.home(token));
  expect(stage.accepted(one.token)).toEqual([access(one.token)]);
  expect(stage.accepted(other.token)).toEqual([{ connect_token: other.token, action: 'DISMISS_CONSENT' }]);
});

describe('a restarted WebView, with the same link and no cookies', () => {
  test('before sign-in it simply goes on', async () => {
    const { token, url } = stage.link();
    const before = await stage.phone();
    await before.tab.open(url);
    await before.tab.press('continue');
    await before.tab.shows('sign-in');
    await before.close();
    const { tab } = await stage.phone();
    await arriveSignedIn(tab, url, 'alice');
    await tab.press('allow');
    await tab.shows('home', stage.home(token));
    expect(stage.accepted(token)).toEqual([access(token)]);
  });

  test('after sign-in the same customer gets back in by signing in once more', async () => {
    const { token, url } = stage.link();
    const before = await stage.phone();
    await arriveSignedIn(before.tab, url, 'alice');
    await before.tab.shows('consent');
    await before.close();
    const { tab } = await stage.phone();
    await tab.open(url);
    await tab.shows('login');
    expect(await tab.page.locator('[data-action="cancel"]').count()).toBe(0);
    await tab.press('continue');
    await signIn(tab, 'alice');
    await tab.press('allow');
    await tab.shows('home', stage.home(token));
    expect(stage.accepted(token)).toEqual([access(token)]);
  });
});

describe('a second browser with the same link', () => {
  test('before sign-in the newest to press "continue" has the journey, and the sign-in of the other is void', async () => {
    const { token, url } = stage.link();
    const [first, second] = [await stage.phone(), await stage.phone()];
    await first.tab.open(url);
    await first.tab.press('continue');
    await arriveSignedIn(second.tab, url, 'alice');
    await second.tab.shows('consent');
    await signIn(first.tab, 'alice');
    // Its sign-in counts for nothing; the page says that somebody has signed in elsewhere.
    await first.tab.shows('login', stage.adapter.adapterUrl);
    expect(await first.tab.page.locator('main').innerText()).toContain('Someone has already signed in');
    await second.tab.press('allow');
    await second.tab.shows('home', stage.home(token));
    expect(stage.accepted(token)).toEqual([access(token)]);
  });

  test('after sign-in somebody else is turned away, and the first goes on', async () => {
    const { token, url } = stage.link();
    const [first, second] = [await stage.phone(), await stage.phone()];
    await arriveSignedIn(first.tab, url, 'alice');
    await first.tab.shows('consent');
    await arriveSignedIn(second.tab, url, 'bob');
    await second.tab.shows('error', stage.adapter.adapterUrl);
    expect(await reasonOn(second.tab)).toBe('different_customer');
    expect(second.complaints.splice(0)).toEqual([expect.stringContaining('status of 403')]);
    await first.tab.press('allow');
    await first.tab.shows('home', stage.home(token));
    expect(stage.accepted(token)).toEqual([access(token)]);

    // Once decided, whoever follows the link is told so, and shown the way back; nothing is sent again.
    await second.tab.open(url);
    await second.tab.shows('done');
    await second.tab.page.locator('main a.button').click();
    await second.tab.shows('home', stage.home(token));
    expect(stage.attempts(token)).toBe(1);
  });

  test('after sign-in the same customer takes it over; the first browser is out', async () => {
    const { token, url } = stage.link();
    const [first, second] = [await stage.phone(), await stage.phone()];
    await arriveSignedIn(first.tab, url, 'alice');
    await first.tab.shows('consent');
    await arriveSignedIn(second.tab, url, 'alice');
    await second.tab.shows('consent');
    await first.tab.press('allow');
    await first.tab.shows('login');
    expect(stage.attempts(token)).toBe(0);
    await second.tab.press('deny');
    await second.tab.shows('home', stage.home(token));
    expect(stage.accepted(token)).toEqual([{ connect_token: token, action: 'DISMISS_CONSENT' }]);
  });
});

const reasonOn = ({ page }: Tab): Promise<string | null> => page.locator('main').getAttribute('data-reason');
