import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isPartOf, openBrowserReader, type BrowserReader, type Reading } from '../../pages/browser-reader.ts';
import { CANARY, HOSTILE_LINKS, HOSTILE_TEXTS } from '../../pages/hostile-texts.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, type Shown } from '../../support/customer.ts';
import { answer } from '../../support/http-peer.ts';
import { INTRODUCTION, startHostileFlatpeak, type HostileFlatpeak } from './hostile-flatpeak.ts';
import { UNLIMITED } from './stages.ts';

/** Flatpeak says who is asking, in words made to be more than words: through the real application. */

let flatpeak: HostileFlatpeak;
let adapter: AdapterWorld;
let browser: BrowserReader;
beforeAll(async () => {
  [flatpeak, browser] = await Promise.all([startHostileFlatpeak(), openBrowserReader()]);
  adapter = await startAdapterWorld({ env: { ...UNLIMITED, ...flatpeak.env } });
});
afterAll(async () => {
  await Promise.all([browser.close(), flatpeak.close()]);
  await adapter.close();
});

/** The same text everywhere a text or an address can stand, and in places that have no meaning. */
function introductionOf(text: string): string {
  const deep = `${'{"account":['.repeat(500)}${JSON.stringify(text)}${']}'.repeat(500)}`;
  const account = {
    id: text,
    display_name: text,
    name: text,
    logo_url: text,
    terms_url: `https://ok.example/${text}`,
    terms_of_service_url: text,
    privacy_url: text,
    privacy_policy_url: `https://ok.example/?${text}`,
    policy_url: text,
    support_url: `https://ok.example/#${text}`,
    integration_id: text,
    [text]: text,
  };
  const context = { account, redirect_uri: text, connect_web_uri: text, integration_ids: [text], [text]: text };
  const polluted = '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}';
  return `{${polluted},"deep":${deep},${JSON.stringify(context).slice(1).replace('"account":{', `"account":{${polluted},`)}`;
}

const begin = async (introduction: unknown): Promise<{ customer: Customer; token: string }> => {
  const { token, url } = adapter.link();
  flatpeak.introduce(token, introduction);
  const customer = new Customer();
  await customer.open(url);
  return { customer, token };
};

/** Every page a customer sees on the way to a consent, to its refusal by Flatpeak, and where there is nothing to share. */
async function walk(introduction: unknown): Promise<Shown[]> {
  const { customer } = await begin(introduction);
  const login = customer.page;
  await customer.press('continue');
  const consent = await customer.signIn('alice');
  const done = await customer.press('allow');
  await customer.open(`${adapter.adapterUrl}/connections`);
  await customer.press('continue');
  const connections = customer.page;

  const refused = await begin(introduction);
  await refused.customer.press('continue');
  await refused.customer.signIn('alice');
  flatpeak.behave(refused.token, answer(422));
  const undelivered = await refused.customer.press('allow');

  const nothing = await begin(introduction);
  await nothing.customer.press('continue');
  const noSupply = await nothing.customer.signIn('dave');
  return [login, consent, done, connections, undelivered, noSupply];
}

const readingsOf = async (pages: Shown[]): Promise<Reading[]> => browser.read(pages.map(({ html }) => html));

/** A visit takes a while: one text of each kind. */
const ENOUGH = /^(a script|the end of an (attribute|element)|a placeholder of ours|the end of a header)$/;

/** What nothing of Flatpeak's may get into: what an answer says about itself. */
const aboutItself = ({ headers, url }: Shown): string => JSON.stringify([url, [...headers]]);
const headerNames = ({ headers }: Shown): string[] => [...headers.keys()].filter((name) => name !== 'set-cookie');

/** Our own paths, and the harmless half of what Flatpeak has named; everything else must be on the harmless page too. */
const isExpected = (address: string): boolean =>
  /^(\/(?![/\\])|0;url=\/connect\/|https:\/\/ok\.example\/)/.test(address);

const expectNothingNew = async (hostile: Shown[], benign: Shown[]): Promise<void> => {
  const [readings, harmless] = [await readingsOf(hostile), await readingsOf(benign)];
  for (const [nth, page] of hostile.entries()) {
    const other = benign[nth]!;
    expect([page.step, page.reason, page.status]).toEqual([other.step, other.reason, other.status]);
    const { elements, addresses } = readings[nth]!;
    expect([page.step, isPartOf(elements, harmless[nth]!.elements)]).toEqual([other.step, true]);
    const known = harmless[nth]!.addresses;
    expect(addresses.filter((address) => !isExpected(address) && !known.includes(address))).toEqual([]);
    expect(headerNames(page)).toEqual(headerNames(other));
    expect(aboutItself(page)).not.toContain(CANARY);
  }
};

describe('the first page shows as words', () => {
  let benign: Shown;
  beforeAll(async () => {
    benign = (await begin(INTRODUCTION)).customer.page;
  });

  test.each(HOSTILE_TEXTS)('%s', async (_, text) => {
    const { customer } = await begin(introductionOf(text));
    await expectNothingNew([customer.page], [benign]);
  });
});

describe('every page of a visit shows as words', () => {
  const texts = HOSTILE_TEXTS.filter(([why]) => ENOUGH.test(why));
  const walks = new Map<string, Shown[]>();
  let benign: Shown[];
  beforeAll(async () => {
    for (const [why, text] of texts) walks.set(why, await walk(introductionOf(text)));
    // Last, because the overview of shares grows with every visit.
    benign = await walk(INTRODUCTION);
  }, 60_000);

  test('so many pages', () => {
    const steps = benign.map(({ step, reason }) => reason ?? step);
    expect(steps).toEqual(['login', 'consent', 'done', 'connections', 'not_delivered', 'no_supply']);
  });

  test.each(texts)('%s', async (why) => {
    await expectNothingNew(walks.get(why)!, benign);
  });
});

describe('no link is made of', () => {
  test.each(HOSTILE_LINKS)('%j', async (link) => {
    const account = { ...INTRODUCTION.account, terms_url: link, privacy_url: link, support_url: link, logo_url: link };
    const { customer } = await begin({ ...INTRODUCTION, account, connect_web_uri: link });
    await customer.press('cancel');
    expect(customer.page.step).toBe('done');
    const [reading] = await readingsOf([customer.page]);
    expect(reading?.addresses.filter((address) => address.includes(CANARY))).toEqual([]);
    expect(customer.leftFor).toBeNull();
  });
});

describe('who goes on too long', () => {
  test('is cut short', async () => {
    const account = { ...INTRODUCTION.account, display_name: CANARY.repeat(20_000) };
    const { customer } = await begin({ ...INTRODUCTION, account });
    expect(customer.page.step).toBe('login');
    expect(customer.page.html.length).toBeLessThan(20_000);
  });

  test('and on, is not heard out', async () => {
    const account = { ...INTRODUCTION.account, display_name: 'x'.repeat(1_000_000) };
    const { customer } = await begin({ ...INTRODUCTION, account });
    expect(customer.page).toMatchObject({ status: 503, reason: 'flatpeak_unavailable' });
  });
});

test('nothing of it is in the log, whose lines stay one line each, or in any object', () => {
  const lines = adapter.logged().split('\n').slice(0, -1);
  expect(
    lines.filter(
      (line) => typeof JSON.parse(line) !== 'object' || /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line),
    ),
  ).toEqual([]);
  expect(adapter.logged()).not.toContain(CANARY);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
