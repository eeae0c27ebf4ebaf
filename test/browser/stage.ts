import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startAdapterWorld, type AdapterOptions, type AdapterWorld } from '../support/adapter-world.ts';
import { launchChromium, openPhone, type Phone, type PhoneOptions, type Tab } from '../support/chromium.ts';

/** One world and one Chromium for a file of tests; each test opens the phones it needs. */
export interface Stage {
  readonly adapter: AdapterWorld;
  phone(options?: PhoneOptions): Promise<Phone>;
  /** A link as Flatpeak would send it; the way back leads to the companion app's first page. */
  link(connectUrl?: string): { token: string; url: string };
  /** Where the customer arrives at the end of that link. */
  home(token: string): string;
  /** Bodies that Flatpeak accepted for a token. */
  accepted(token: string): unknown[];
  /** Every submission that reached Flatpeak for a token, accepted or not. */
  attempts(token: string): number;
}

/** A browser has much to do on a machine that is busy otherwise. */
const LONGEST_TEST_MS = 60_000;

/**
 * Sets the stage for the tests of a file. A test whose phones met any trouble has failed, unless it has taken that
 * trouble out of `complaints` itself.
 */
export function setStage(options: AdapterOptions = {}): Stage {
  jest.setTimeout(LONGEST_TEST_MS);
  let adapter: AdapterWorld;
  let browser: Browser;
  const phones: Phone[] = [];
  // What has begun is ended, even when what should have followed it failed to begin.
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    closers.push(() => browser.close());
    adapter = await startAdapterWorld(options);
    closers.push(() => adapter.close());
  });
  afterEach(async () => {
    const opened = phones.splice(0);
    await Promise.all(opened.map((phone) => phone.close()));
    const { world } = adapter;
    for (const part of [world.flatpeak, world.identity, world.backend]) part.faults.clear();
    Object.assign(world.identity.behaviour, { autoLogin: undefined, federateTo: undefined });
    expect(opened.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
  afterAll(async () => {
    for (const close of closers) await close();
  });

  return {
    get adapter() {
      return adapter;
    },
    phone: async (phoneOptions) => {
      const phone = await openPhone(browser, phoneOptions);
      phones.push(phone);
      return phone;
    },
    link: (connectUrl = `${adapter.world.companion.url}/`) => adapter.link({ connectUrl }),
    home: (token) => `${adapter.world.companion.url}/?connect_token=${token}&fp_cot=${token}`,
    accepted: (token) =>
      adapter.world.flatpeak.submissions.filter((one) => one.connectToken === token).map(({ body }) => body),
    attempts: (token) =>
      adapter.world.flatpeak.requests.filter(({ method, path }) => method === 'POST' && path.endsWith(token)).length,
  };
}

/** Types a name on the identity provider's page. */
export async function signIn(tab: Tab, login: string): Promise<void> {
  await tab.shows('sign-in');
  await tab.page.locator('#login').fill(login);
  await tab.press('sign-in');
}

/** From the link to the page the customer's supplies lead to. */
export async function arriveSignedIn(tab: Tab, url: string, login: string): Promise<void> {
  await tab.open(url);
  await tab.press('continue');
  await signIn(tab, login);
}

/**
 * Requests for addresses that begin so are answered without a page (204), so that the browser stays where it is: pages
 * that lead on by themselves can then be looked at.
 */
export async function stayBefore(phone: Phone, address: string): Promise<void> {
  const begins = (url: URL) => url.href.startsWith(address);
  await phone.context.route(begins, (route) => route.fulfill({ status: 204 }));
}

/** What Flatpeak is told of a customer who allows. */
export const access = (token: string): unknown =>
  expect.objectContaining({ connect_token: token, auth_data: expect.objectContaining({ type: 'bearer' }) });
