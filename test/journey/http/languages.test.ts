import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, posting } from '../../support/customer.ts';

/** The language a customer chooses on a page of ours. */

let adapter: AdapterWorld;
beforeAll(async () => {
  // So that the whole request to the identity provider stands in its address.
  adapter = await startAdapterWorld({ env: { OIDC_PAR: 'off' } });
});
afterAll(() => adapter.close());

const languageOf = ({ page }: Customer) => page.document.querySelector('html')?.getAttribute('lang');
const menu = ({ page }: Customer) => page.document.querySelectorAll('details.languages a');
const linkTo = (customer: Customer, language: string): string => {
  const link = menu(customer).find((one) => one.getAttribute('hreflang') === language);
  return new URL(link?.getAttribute('href') ?? 'no:link', customer.page.url).href;
};
const switchTo = (customer: Customer, language: string) => customer.open(linkTo(customer, language));
const submitted = (token: string) =>
  adapter.world.flatpeak.submissions.filter(({ connectToken }) => connectToken === token);

/** An English reader who has followed a link from an app. */
async function arrived() {
  const { token, url } = adapter.link();
  const customer = new Customer({ 'accept-language': 'en-GB, fr;q=0.5' });
  await customer.open(url);
  return { customer, token, url };
}

test('whoever chooses German on the first page reads German until the end, and so does the identity provider', async () => {
  const { customer, token } = await arrived();
  expect([customer.page.step, languageOf(customer)]).toEqual(['login', 'en']);

  await switchTo(customer, 'de');
  expect([customer.page.step, languageOf(customer)]).toEqual(['login', 'de']);
  expect(customer.page.headers.get('content-language')).toBe('de');

  await customer.press('continue');
  const request = customer.visited.find((url) => url.startsWith(`${adapter.world.identity.issuer}/auth?`));
  expect(new URL(request!).searchParams.get('ui_locales')).toBe('de en-GB fr');

  await customer.signIn('alice');
  expect([customer.page.step, languageOf(customer)]).toEqual(['consent', 'de']);
  expect(customer.page.document.querySelector('main')?.innerText).toContain('Erlauben');

  await customer.press('allow');
  expect([customer.page.step, languageOf(customer)]).toEqual(['done', 'de']);
  expect(submitted(token)).toHaveLength(1);

  await customer.open(customer.page.url.replace(/done.*/, 'receipt'));
  expect([customer.page.step, languageOf(customer)]).toEqual(['receipt', 'de']);
  await customer.open(`${adapter.adapterUrl}/connections`);
  expect(languageOf(customer)).toBe('de');
  await customer.open(`${adapter.adapterUrl}/nowhere`);
  expect([customer.page.step, languageOf(customer)]).toEqual(['error', 'de']);
});

test('the words that were agreed to are recorded: language, version and digest', async () => {
  const { customer } = await arrived();
  await customer.press('continue');
  await customer.signIn('alice');
  await switchTo(customer, 'fr');
  await customer.press('allow');
  const recorded = await adapter.services.database
    .selectFrom('consent_records')
    .select(['event', 'language', 'text_version', 'text_hash'])
    .orderBy('recorded_at', 'desc')
    .executeTakeFirst();
  const { version, hash } = adapter.services.renderer.consentText('fr');
  expect(recorded).toEqual({ event: 'granted', language: 'fr', text_version: version, text_hash: hash });
});

describe('a consent page shown before the language was changed', () => {
  async function shownInBoth() {
    const { customer, token } = await arrived();
    await customer.press('continue');
    await customer.signIn('alice');
    const english = customer.formOf('allow');
    await switchTo(customer, 'de');
    return { customer, token, english };
  }

  test('cannot be allowed any more: what counts is shown anew', async () => {
    const { customer, token, english } = await shownInBoth();
    await customer.open(english.action, posting(english.body));
    expect([customer.page.step, languageOf(customer)]).toEqual(['consent', 'de']);
    expect(submitted(token)).toEqual([]);
    await customer.press('allow');
    expect(submitted(token)).toHaveLength(1);
  });

  test('can still be declined: nothing is shared by that', async () => {
    const { customer, token, english } = await shownInBoth();
    await customer.open(english.action.replace('allow', 'deny'), posting(english.body));
    expect(submitted(token).map(({ body }) => body)).toEqual([{ connect_token: token, action: 'DISMISS_CONSENT' }]);
  });

  test('may be gone back to by going back to its language', async () => {
    const { customer, token, english } = await shownInBoth();
    await switchTo(customer, 'en');
    await customer.open(english.action, posting(english.body));
    expect(submitted(token)).toHaveLength(1);
  });
});

describe('the menu', () => {
  test('names every language as its readers do, marks the one being read, and leads to the same page', async () => {
    const { customer } = await arrived();
    const { pathname } = new URL(customer.page.url);
    expect(menu(customer)).toHaveLength(adapter.services.languages.supported.length);
    for (const link of menu(customer)) {
      const code = link.getAttribute('hreflang');
      expect(link.getAttribute('href')).toBe(`${pathname}?lang=${code}`);
      expect(link.getAttribute('lang')).toBe(code);
      expect(link.getAttribute('aria-current')).toBe(code === 'en' ? 'true' : undefined);
    }
    expect(menu(customer).map((link) => link.innerText)).toEqual(
      expect.arrayContaining(['Cymraeg', 'Deutsch', 'English', 'Français', 'Norsk bokmål']),
    );
  });

  test('keeps what was searched for', async () => {
    const { customer } = await arrived();
    await customer.press('continue');
    await customer.signIn('erin');
    await customer.open(`${customer.page.url}?q=Mill&page=2`);
    const before = customer.page.document.querySelectorAll('input[type="radio"]').length;
    await switchTo(customer, 'de');
    expect(new URL(customer.page.url).searchParams.toString()).toBe('q=Mill&page=2&lang=de');
    expect(customer.page.document.querySelectorAll('input[type="radio"]')).toHaveLength(before);
  });

  test.each([
    ['an entry that failed', '/connect?connect_token=no-such-token-anywhere'],
    ['an entry that failed, at the root', '/?fp_cot=no-such-token-anywhere'],
    ['a callback nobody waits for', '/connect/callback?code=c0de&state=57a7e'],
    ['a callback with a refusal', '/connect/callback?error=server_error&state=57a7e'],
    ['an address with something else', '/connections?key=value'],
  ])('is not on a page whose address may hold a secret: %s', async (_, address) => {
    const customer = new Customer();
    await customer.open(adapter.adapterUrl + address);
    expect(customer.page.step).toMatch(/error|login/);
    expect(menu(customer)).toEqual([]);
  });

  test('is not on the page of a sign-in that failed, nor is what the address held', async () => {
    const { customer } = await arrived();
    await customer.press('continue');
    const callback = await customer.untilCallback('alice');
    const elsewhere = new Customer();
    await elsewhere.open(callback);
    expect([elsewhere.page.reason, menu(elsewhere)]).toEqual(['sign_in_elsewhere', []]);
    const { searchParams } = new URL(callback);
    for (const name of ['code', 'state']) expect(elsewhere.page.html).not.toContain(searchParams.get(name));
  });

  test('never carries a token, on any page of a visit', async () => {
    const { customer, token } = await arrived();
    const links: string[] = [];
    const look = () => links.push(...menu(customer).map((link) => link.getAttribute('href') ?? ''));
    look();
    await customer.press('continue');
    await customer.signIn('bob');
    look();
    await customer.press('choose', { supply: '0' });
    look();
    await customer.press('allow');
    look();
    expect(links).toHaveLength(4 * adapter.services.languages.supported.length);
    expect(links.filter((link) => link.includes(token))).toEqual([]);
    expect(links.filter((link) => !/^\/connect\/[\w-]{22}\/[a-z]+\?lang=[a-z]{2}$/.test(link))).toEqual([]);
  });
});

test('an app may say which language its user reads, with the link itself', async () => {
  const { url } = adapter.link();
  const customer = new Customer({ 'accept-language': 'en' });
  await customer.open(`${url}&lang=nl`);
  expect([customer.page.step, languageOf(customer)]).toEqual(['login', 'nl']);
});

test.each(['sw', 'x', '..%2F..%2Fetc', '%3Cscript%3E'])(
  'a language nobody brings (%s) changes nothing',
  async (lang) => {
    const { customer } = await arrived();
    await switchTo(customer, 'de');
    await customer.open(`${customer.page.url.replace(/\?.*/, '')}?lang=${lang}`);
    expect([customer.page.status, languageOf(customer)]).toEqual([200, 'de']);
  },
);
