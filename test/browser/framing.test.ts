import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arriveSignedIn, setStage } from './stage.ts';

/** Clickjacking: another site puts our page into a frame of its own, and the customer's click goes where it wants. */

const stage = setStage();

let attacker: Server;
let attackersPage: (address: string) => string;
beforeAll(async () => {
  attacker = createServer((req, res) => {
    const address = new URL(req.url ?? '', 'http://localhost').searchParams.get('frame') ?? '';
    res.setHeader('content-type', 'text/html');
    res.end(`<!doctype html><main data-step="attack"><iframe src="${address}"></iframe></main>`);
  });
  await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}`;
  attackersPage = (address) => `${origin}/?frame=${encodeURIComponent(address)}`;
});
afterAll(() => {
  attacker.closeAllConnections();
  attacker.close();
});

test.each<[string, (consent: string) => string]>([
  ['the consent page', (consent) => consent],
  ['a page that does not exist', (consent) => new URL('/nowhere', consent).href],
])('a frame of another site shows nothing of %s', async (_name, addressOf) => {
  const phone = await stage.phone();
  const { token, url } = stage.link();
  await arriveSignedIn(phone.tab, url, 'alice');
  await phone.tab.shows('consent');
  const address = addressOf(phone.tab.page.url());
  const tab = await phone.newTab();
  const refused = tab.page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
  await tab.open(attackersPage(address));
  await tab.shows('attack');
  await refused;
  const framed = tab.page.frames().find((frame) => frame !== tab.page.mainFrame());
  expect(await framed?.locator('main').count()).toBe(0);
  expect(phone.complaints.splice(0).join()).toContain('frame-ancestors');
  expect(stage.attempts(token)).toBe(0);
});
