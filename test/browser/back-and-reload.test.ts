import { describe, expect, test } from '@jest/globals';
import { access, arriveSignedIn, setStage, signIn, stayBefore } from './stage.ts';

/** Back, reload and double clicks are ordinary events: each leads to where the customer is, and decides nothing. */

const stage = setStage();

describe('back', () => {
  test('from the identity provider: to the sign-in page, and on from there', async () => {
    const { tab } = await stage.phone();
    const { token, url } = stage.link();
    await tab.open(url);
    await tab.press('continue');
    await tab.shows('sign-in');
    await tab.back();
    await tab.shows('login');
    await tab.press('continue');
    await signIn(tab, 'alice');
    await tab.shows('consent');
    expect(stage.attempts(token)).toBe(0);
  });

  test('from the consent page: the earlier pages lead to it again', async () => {
    const phone = await stage.phone();
    const { tab } = phone;
    const { token, url } = stage.link();
    await arriveSignedIn(tab, url, 'alice');
    await tab.shows('consent');
    await tab.back();
    // The identity provider's page is used up; it says so, with a status of its own.
    await tab.shows('error', stage.adapter.world.identity.issuer);
    expect(phone.complaints.splice(0)).toEqual([expect.stringContaining('status of 400')]);
    await tab.back();
    await tab.shows('consent');
    await tab.press('allow');
    await tab.shows('home', stage.home(token));
    expect(stage.accepted(token)).toEqual([access(token)]);
  });

  test('from one consent page to the list, to choose another supply', async () => {
    const { tab } = await stage.phone();
    const { token, url } = stage.link();
    await arriveSignedIn(tab, url, 'bob');
    await tab.page.locator('input[name="supply"]').nth(0).check();
    await tab.press('choose');
    await tab.shows('consent');
    // The list is behind the customer; the page's own button leads to it.
    await tab.back();
    await tab.shows('consent');
    await tab.press('choose');
    await tab.shows('supply');
    await tab.page.locator('input[name="supply"]').nth(1).check();
    await tab.press('choose');
    await tab.shows('consent');
    await tab.press('deny');
    await tab.shows('home', stage.home(token));
    expect(stage.accepted(token)).toEqual([{ connect_token: token, action: 'DISMISS_CONSENT' }]);
  });

  test('from the app after the end: back in the app, and nothing is sent again', async () => {
    const { tab } = await stage.phone();
    const { token, url } = stage.link();
    await arriveSignedIn(tab, url, 'alice');
    await tab.press('allow');
    await tab.shows('home', stage.home(token));
    await tab.back();
    await tab.shows('home', stage.home(token));
    expect(stage.attempts(token)).toBe(1);
  });
});

test('reload, on every page of the way', async () => {
  const phone = await stage.phone();
  const { tab } = phone;
  const { flatpeak, identity } = stage.adapter.world;
  const { token, url } = stage.link();
  await tab.open(url);
  await tab.shows('login');
  await tab.reload();
  await tab.shows('login');

  await stayBefore(phone, `${identity.issuer}/auth?`);
  await Promise.all([tab.turnedBack(identity.issuer), tab.press('continue')]);
  await tab.shows('redirecting');
  await tab.reload();
  await tab.shows('login');
  await phone.context.unrouteAll();
  await tab.press('continue');
  await tab.shows('sign-in');
  await tab.reload();
  await signIn(tab, 'bob');

  await tab.shows('supply');
  await tab.reload();
  await tab.shows('supply');
  await tab.page.locator('input[name="supply"]').first().check();
  await tab.press('choose');
  await tab.shows('consent');
  await tab.reload();
  await tab.shows('consent');

  flatpeak.faults.set({ submission: { delayMs: 2000 } });
  const onward = tab.page.url().replace(/consent$/, 'finishing?wait=1');
  await stayBefore(phone, onward);
  await Promise.all([tab.turnedBack(onward), tab.press('allow')]);
  await tab.shows('finishing');
  await Promise.all([tab.turnedBack(onward), tab.reload()]);
  await tab.shows('finishing');

  await phone.context.unrouteAll();
  await stayBefore(phone, stage.home(token));
  await Promise.all([tab.turnedBack(stage.home(token)), tab.page.locator('main a').click()]);
  await tab.shows('done');
  await tab.reload();
  await tab.shows('done');
  expect(stage.accepted(token)).toEqual([access(token)]);
});

test('reload, on the page of a failure', async () => {
  const { tab } = await stage.phone();
  const { token, url } = stage.link();
  await arriveSignedIn(tab, url, 'carol');
  await tab.shows('error');
  await tab.reload();
  await tab.shows('error');
  expect(stage.attempts(token)).toBe(0);
  await tab.press('return');
  await tab.shows('home', stage.home(token));
  expect(stage.accepted(token)).toEqual([{ connect_token: token, action: 'ERROR' }]);
});

test('a double click on "continue" and on "allow": one sign-in, one decision', async () => {
  const { tab } = await stage.phone();
  const { token, url } = stage.link();
  await tab.open(url);
  await tab.page.locator('[data-action="continue"]').dblclick();
  await signIn(tab, 'alice');
  await tab.shows('consent');
  await tab.page.locator('[data-action="allow"]').dblclick();
  await tab.shows('home', stage.home(token));
  expect(stage.attempts(token)).toBe(1);
  expect(stage.accepted(token)).toEqual([access(token)]);
});
