import { expect, test } from '@jest/globals';
import { access, setStage, signIn } from './stage.ts';

/** The whole way with JavaScript switched off, from the app and back into it, however it ends. */

const stage = setStage();

const dismissed = (action: string) => (token: string) => ({ connect_token: token, action });

test.each([
  ['allowed', ['continue', 'sign in', 'allow'], 'connected', access],
  ['declined', ['continue', 'sign in', 'deny'], 'not-connected', dismissed('DISMISS_CONSENT')],
  ['cancelled', ['cancel'], 'not-connected', dismissed('DISMISS_LOGIN')],
])('%s', async (_name, choices, end, told) => {
  const { tab } = await stage.phone({ javaScript: false });
  const { companion, flatpeak } = stage.adapter.world;
  await tab.open(companion.url);
  await tab.press('connect');
  await tab.shows('provider', flatpeak.connectWebUrl);
  const token = new URL(tab.page.url()).searchParams.get('fp_cot') ?? '';
  await tab.press('provider');
  await tab.shows('login');
  for (const choice of choices) {
    if (choice === 'sign in') await signIn(tab, 'alice');
    else await tab.press(choice);
  }
  await tab.shows(end, flatpeak.connectWebUrl);
  await tab.press('continue');
  await tab.shows(end, companion.url);
  expect(stage.accepted(token)).toEqual([told(token)]);
});
