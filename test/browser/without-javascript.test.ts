import { expect, test } from '@jest/globals';
import { access, arriveSignedIn, setStage, signIn } from './stage.ts';

/** With JavaScript switched off, however it ends. */

const stage = setStage();

test('allowed: the whole way, from the app and back into it', async () => {
  const { tab } = await stage.phone({ javaScript: false });
  const { companion, flatpeak } = stage.adapter.world;
  await tab.open(companion.url);
  await tab.press('connect');
  await tab.shows('provider', flatpeak.connectWebUrl);
  const token = new URL(tab.page.url()).searchParams.get('fp_cot') ?? '';
  await tab.press('provider');
  await tab.shows('login');
  await tab.press('continue');
  await signIn(tab, 'bob');
  await tab.shows('supply');
  await tab.page.locator('input[name="supply"]').first().check();
  await tab.press('choose');
  await tab.shows('consent');
  await tab.press('allow');
  await tab.shows('connected', flatpeak.connectWebUrl);
  await tab.press('continue');
  await tab.shows('connected', companion.url);
  expect(stage.accepted(token)).toEqual([access(token)]);
});

test('declined', async () => {
  const { tab } = await stage.phone({ javaScript: false });
  const { token, url } = stage.link();
  await arriveSignedIn(tab, url, 'alice');
  await tab.shows('consent');
  await tab.press('deny');
  await tab.shows('home', stage.home(token));
  expect(stage.accepted(token)).toEqual([{ connect_token: token, action: 'DISMISS_CONSENT' }]);
});

test('cancelled', async () => {
  const { tab } = await stage.phone({ javaScript: false });
  const { token, url } = stage.link();
  await tab.open(url);
  await tab.press('cancel');
  await tab.shows('home', stage.home(token));
  expect(stage.accepted(token)).toEqual([{ connect_token: token, action: 'DISMISS_LOGIN' }]);
});
