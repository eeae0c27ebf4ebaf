import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer } from '../../support/customer.ts';

/** How a browser may arrive, and what it is told when it may not (DESIGN §3, HTTP and Return). */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld();
});
afterAll(() => adapter.close());

const at = (path: string) => `${adapter.adapterUrl}${path}`;

describe('a token that cannot be used', () => {
  test.each([
    ['none', '/connect', 'token_missing'],
    ['none at the root', '/', 'token_missing'],
    ['too short', '/connect?connect_token=short', 'token_invalid'],
    ['too long', `/connect?connect_token=${'a'.repeat(129)}`, 'token_invalid'],
    ['with a character that has no place there', '/connect?connect_token=cot_1234%2F5678', 'token_invalid'],
    ['empty', '/connect?connect_token=', 'token_invalid'],
    ['two of one name', '/connect?connect_token=cot_12345678&connect_token=cot_12345678', 'token_ambiguous'],
    ['two that differ', '/connect?connect_token=cot_12345678&fp_cot=cot_87654321', 'token_ambiguous'],
    ['as an array', '/connect?connect_token[]=cot_12345678', 'token_missing'],
  ])('%s', async (_name, path, reason) => {
    const shown = await new Customer().fetch(at(path));
    expect(shown).toMatchObject({ status: 400, step: 'error', reason });
  });
});

describe('a token that can', () => {
  test.each([
    ['/', 'connect_token'],
    ['/', 'fp_cot'],
    ['/connect', 'connect_token'],
    ['/connect', 'fp_cot'],
  ])('at %s as %s', async (path, name) => {
    const { token } = adapter.link();
    const customer = new Customer();
    await customer.open(at(`${path}?${name}=${token}`));
    expect(customer.page).toMatchObject({ status: 200, step: 'login' });
  });

  test('both names with one value are one token', async () => {
    const { token } = adapter.link();
    const customer = new Customer();
    await customer.open(at(`/connect?fp_cot=${token}&connect_token=${token}`));
    expect(customer.page.step).toBe('login');
  });

  test('its journey asks Flatpeak once, however often the link is opened', async () => {
    const { token, url } = adapter.link();
    await new Customer().open(url);
    await new Customer().open(url);
    const asked = adapter.world.flatpeak.requests.filter(
      ({ method, path }) => method === 'GET' && path.endsWith(token),
    );
    expect(asked).toHaveLength(1);
  });
});

describe('the way back', () => {
  test('keeps the address byte for byte, drops old tokens, brings extras, puts the token before the fragment', async () => {
    const { token, url } = adapter.link({ connectUrl: 'http://localhost:1/app?b=%20x&a=1#part' });
    const customer = new Customer();
    await customer.open(`${url}&device=ev%201&code=evil&state=evil&redirect_uri=https%3A%2F%2Fevil.example%2F`);
    await customer.press('cancel');
    expect(customer.leftFor).toBe(
      `http://localhost:1/app?b=%20x&a=1&device=ev%201&connect_token=${token}&fp_cot=${token}#part`,
    );
  });

  test('leads into an app by its own scheme', async () => {
    const { token, url } = adapter.link({ connectUrl: 'exampleev://connected' });
    const customer = new Customer();
    await customer.open(url);
    await customer.press('cancel');
    expect(customer.leftFor).toBe(`exampleev://connected?connect_token=${token}&fp_cot=${token}`);
  });

  test('ends on our own page when the address cannot be trusted', async () => {
    const { url } = adapter.link({ connectUrl: 'intent://connected' });
    const customer = new Customer();
    await customer.open(url);
    await customer.press('cancel');
    expect(customer.page.step).toBe('done');
    expect(customer.leftFor).toBeNull();
  });
});

describe('in the account-info profile', () => {
  let other: AdapterWorld;
  beforeAll(async () => {
    other = await startAdapterWorld({
      env: { FLATPEAK_PROFILE: 'account-info', FLATPEAK_AUTH: 'bearer', RETURN_URLS: 'http://localhost:1/app' },
    });
  });
  afterAll(() => other.close());

  test('the address of the request is used when it is listed', async () => {
    const { token, url } = other.link();
    const customer = new Customer();
    await customer.open(`${url}&redirect_uri=${encodeURIComponent('http://localhost:1/app/done?x=1')}`);
    await customer.press('cancel');
    expect(customer.leftFor).toBe(`http://localhost:1/app/done?x=1&connect_token=${token}&fp_cot=${token}`);
    expect(other.world.flatpeak.requests.map(({ path }) => path)).toContain(`/connect/account-info/${token}`);
  });

  test('and is not when it is not', async () => {
    const { url } = other.link();
    const customer = new Customer();
    await customer.open(`${url}&redirect_uri=${encodeURIComponent('http://localhost:1/apple')}`);
    await customer.press('cancel');
    expect(customer.leftFor).toBeNull();
  });
});

describe('addresses that lead nowhere', () => {
  test.each([
    ['/nowhere', 404, 'not_found'],
    ['/connect/AAAAAAAAAAAAAAAAAAAAAA/login', 404, 'journey_unknown'],
    ['/connect/AAAAAAAAAAAAAAAAAAAAAA', 404, 'journey_unknown'],
    ['/connect/callback', 404, 'journey_unknown'],
    ['/connect/%E0%A4%A/login', 400, 'request_rejected'],
  ])('%s', async (path, status, reason) => {
    expect(await new Customer().fetch(at(path))).toMatchObject({ status, step: 'error', reason });
  });
});

test.each(['/', '/nowhere', '/healthz', '/openapi.json', '/assets/style.css', '/tariff', '/connect/callback?state=x'])(
  'every answer carries the protective headers: %s',
  async (path) => {
    const { headers } = await new Customer().fetch(at(path));
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy':
        "default-src 'none';style-src 'self';img-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': expect.stringMatching(/no-store|private|public, max-age/),
    });
  },
);
