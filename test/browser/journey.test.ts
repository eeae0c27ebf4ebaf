import { describe, expect, test } from '@jest/globals';
import { access, arriveSignedIn, setStage, signIn } from './stage.ts';

/**
 * The journey in a real browser, pressed as a person would press it. That no page breaks its own content security
 * policy, logs an error or misses a file is asserted after each of these.
 */

const stage = setStage();

test('from the app and back into it: a customer connects, and the app shows what electricity costs', async () => {
  const { tab } = await stage.phone();
  const { companion, flatpeak, identity, adapterUrl } = stage.adapter.world;
  await tab.open(companion.url);
  await tab.press('connect');
  await tab.shows('provider', flatpeak.connectWebUrl);
  const token = new URL(tab.page.url()).searchParams.get('fp_cot') ?? '';
  await tab.press('provider');
  await tab.shows('login', adapterUrl);
  await tab.press('continue');
  await tab.shows('sign-in', identity.issuer);
  await signIn(tab, 'alice');
  await tab.shows('consent', adapterUrl);
  await tab.press('allow');
  await tab.shows('connected', `${flatpeak.connectWebUrl}?connect_token=${token}&fp_cot=${token}`);
  await tab.press('continue');
  await tab.shows('connected', `${companion.url}/connections/${token}`);
  const tariff = await tab.page.locator('[data-part="tariff"]').innerText();
  expect(tariff).toContain('Example Half-Hourly');
  expect(stage.accepted(token)).toEqual([access(token)]);
});

describe('an identity provider that leads elsewhere', () => {
  const elsewhere = () => `http://127.0.0.1:${stage.adapter.world.identity.port}`;

  test('its sign-in page belongs to another host', async () => {
    stage.adapter.world.identity.behaviour.federateTo = elsewhere();
    const { tab } = await stage.phone();
    const { token, url } = stage.link();
    await tab.open(url);
    await tab.press('continue');
    await tab.shows('sign-in', elsewhere());
    await signIn(tab, 'alice');
    await tab.shows('consent', stage.adapter.adapterUrl);
    await tab.press('allow');
    await tab.shows('home', stage.home(token));
    expect(stage.accepted(token)).toEqual([access(token)]);
  });

  test.each([
    ['it', {}],
    ['another host', { federateTo: elsewhere }],
  ])('%s answers at once, without a page', async (_name, { federateTo }: { federateTo?: () => string }) => {
    Object.assign(stage.adapter.world.identity.behaviour, { autoLogin: 'bob', federateTo: federateTo?.() });
    const { tab } = await stage.phone();
    const { token, url } = stage.link();
    await tab.open(url);
    await tab.press('continue');
    await tab.shows('supply', stage.adapter.adapterUrl);
    await tab.press('cancel');
    await tab.shows('home', stage.home(token));
    expect(stage.accepted(token)).toEqual([{ connect_token: token, action: 'DISMISS_CONSENT' }]);
  });
});

test('back to an https address: the browser really goes there, with the token', async () => {
  const phone = await stage.phone();
  const { tab } = phone;
  await phone.context.route('https://app.example/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><main data-step="app">Back in the app</main>' }),
  );
  const { token, url } = stage.link('https://app.example/flatpeak?screen=tariff#top');
  await arriveSignedIn(tab, url, 'alice');
  await tab.press('allow');
  await tab.shows('app');
  expect(tab.page.url()).toBe(`https://app.example/flatpeak?screen=tariff&connect_token=${token}&fp_cot=${token}#top`);
  expect(stage.accepted(token)).toEqual([access(token)]);
});

test("back to an app's own scheme: handed to the system; where nothing takes it, the page with its link stays", async () => {
  const phone = await stage.phone();
  const { tab } = phone;
  const { token, url } = stage.link('myapp://oauth-callback');
  const home = `myapp://oauth-callback?connect_token=${token}&fp_cot=${token}`;
  await arriveSignedIn(tab, url, 'alice');
  await Promise.all([tab.turnedBack(home), tab.press('allow')]);
  expect(tab.asked.at(-1)).toEqual({ url: home, reason: 'metaTagRefresh' });
  await tab.shows('done', stage.adapter.world.adapterUrl);
  const link = tab.page.locator('main a.button');
  expect(await link.isVisible()).toBe(true);
  expect(stage.accepted(token)).toEqual([access(token)]);

  // Chromium's question whether an app may be opened lies over the page and takes the mouse: the click goes around it,
  // and is then refused for not being a person's.
  const refused = tab.page.waitForEvent('console', (message) => message.text().includes('a user gesture is required'));
  await Promise.all([tab.turnedBack(home), refused, link.dispatchEvent('click')]);
  expect(tab.asked.at(-1)).toEqual({ url: home, reason: 'anchorClick' });
  await tab.shows('done', stage.adapter.world.adapterUrl);
  expect(phone.complaints.splice(0)).toEqual([expect.stringContaining('a user gesture is required')]);
});
