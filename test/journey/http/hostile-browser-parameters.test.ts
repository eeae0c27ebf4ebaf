import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer } from '../../support/customer.ts';
import { ask, portOf, type Answer, type Asked } from '../../support/raw-http.ts';
import { journeyOf, STAGES, toldAbout, UNLIMITED, type Stage } from './stages.ts';

/**
 * Parameters twice, as lists, as parts of JavaScript, as bytes that are no text, and too long: a clear answer below 500,
 * and nothing is used up by it (OWASP ASVS 5.0, 2.2).
 */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld({
    env: { ...UNLIMITED, RETURN_FAILURE_PARAM: 'failure', RETURN_URLS: 'http://localhost:1/app,myapp://back' },
  });
});
afterAll(() => adapter.close());

/** Addresses go out as they are written. */
const raw = (asked: Asked): Promise<Answer> => ask(portOf(adapter.adapterUrl), asked);

/** What a text can be that is none. */
const NO_TEXT: [string, string][] = [
  ['a byte that begins nothing', '%FF'],
  ['half a character of two bytes', '%C3%28'],
  ['an overlong letter', '%C1%A1'],
  ['half a surrogate pair', '%ED%A0%80'],
  ['a character beyond all', '%F4%90%80%80'],
  ['a zero byte', '%00'],
  ['a line break', '%0D%0ASet-Cookie:%20a=b'],
  ['a broken encoding', '%zz%'],
  ['a byte order mark', '%EF%BB%BF'],
];

describe('a link is refused, and its token is still good,', () => {
  test.each<[string, (token: string) => string]>([
    ['as a list', (token) => `connect_token[]=${token}`],
    ['as a list with a number', (token) => `connect_token[0]=${token}`],
    ['as a member', (token) => `connect_token[token]=${token}`],
    ['as a member of every object', (token) => `__proto__[connect_token]=${token}`],
    ['as what makes objects', (token) => `constructor[prototype][connect_token]=${token}`],
    ['with a dot in its name', (token) => `connect_token.x=${token}`],
    ['with a space in its name', (token) => `connect_token%20=${token}`],
    ['with a zero byte in its name', (token) => `connect_token%00=${token}`],
    ['behind a semicolon', (token) => `a=1;connect_token=${token}`],
    ['behind a second question mark', (token) => `?connect_token=${token}`],
    ['behind an encoded ampersand', (token) => `a=1%26connect_token=${token}`],
    ['beside another under the same name', (token) => `connect_token=${token}&connect_token=x`],
    ['beside an empty one', (token) => `connect_token=&connect_token=${token}`],
    ['beside another under the other name', (token) => `connect_token=${token}&fp_cot=cot_${'0'.repeat(24)}`],
    ['with a parameter behind a semicolon', (token) => `connect_token=${token};jsessionid=1`],
    ['encoded twice', (token) => `connect_token=${token.replace('_', '%255F')}`],
    ['with a fragment', (token) => `connect_token=${token}#x`],
    ...NO_TEXT.map(([why, bytes]): [string, (token: string) => string] => [
      `with ${why}`,
      (token) => `connect_token=${token}${bytes}`,
    ]),
    ['with 4 kB more', (token) => `connect_token=${token}${'a'.repeat(4000)}`],
  ])('%s', async (_name, query) => {
    const { token, url } = adapter.link();
    for (const path of ['/', '/connect']) {
      const answer = await raw({ target: `${path}?${query(token)}` });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatch(/data-reason="token_(missing|invalid|ambiguous)"/);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(adapter.world.flatpeak.requests.filter(({ path }) => path.includes(token))).toEqual([]);
    const customer = new Customer();
    await customer.open(url);
    expect(customer.page.step).toBe('login');
  });
});

describe('a link with more on it opens, and whatever comes back with the customer changes nothing in where to', () => {
  const back = async (query: string, connectUrl?: string): Promise<URL> => {
    const { token } = adapter.link(connectUrl === undefined ? {} : { connectUrl });
    const answer = await raw({ target: `/connect?connect_token=${token}&${query}` });
    expect(answer.status).toBe(303);
    const customer = new Customer();
    // In the browser the link stands without what only a program would send.
    await customer.open(`${adapter.adapterUrl}/connect?connect_token=${token}`);
    await customer.press('cancel');
    const url = new URL(customer.leftFor ?? '');
    expect(url.searchParams.getAll('connect_token')).toEqual([token]);
    expect(url.searchParams.getAll('fp_cot')).toEqual([token]);
    return url;
  };

  test.each<[string, string]>([
    ['a list', 'a[]=1&a[]=2&a[b]=3'],
    ['what every object has', '__proto__=x&__proto__[a]=y&constructor=z&constructor[prototype][a]=b&toString=c'],
    ['a name with a solidus', '%2F%2Fevil.example=x&..%2F=y'],
    ['a name that ends the query', '%23=x&%3F=y&%26=z'],
    ['a value that ends the query', 'a=%23/../../evil&b=%26connect_token%3Devil'],
    ['an address', 'next=https://evil.example&url=//evil.example&return_to=javascript:alert(1)'],
    ['markup', 'a="><script>alert(1)</script>&"><script>=b'.replaceAll(/[<>"]/g, encodeURIComponent)],
    ['the names that carry the token, in other spellings', 'Connect_Token=evil&connect_token%20=evil&fp%5Fcot%00=evil'],
    ['an outcome', 'failure=none&failure=consent_given'],
    ['two ways back', 'redirect_uri=https://evil.example&redirect_uri=http://localhost:1/app/other'],
    ['a list of ways back', 'redirect_uri[]=https://evil.example&Redirect_Uri=https://evil.example'],
    ['an empty way back', 'redirect_uri='],
    ['more pairs than come back', Array.from({ length: 500 }, (_, n) => `p${n}=v`).join('&')],
    ['pairs longer than come back', `a=${'x'.repeat(6000)}&${'y'.repeat(3000)}=1`],
    ['nothing between ampersands', '&&&=&=x&&'],
    ...NO_TEXT.map(([why, bytes]): [string, string] => [why, `a=${bytes}&${bytes}=b`]),
  ])('%s', async (_name, query) => {
    const url = await back(query);
    expect([url.origin, url.pathname, url.hash]).toEqual(['http://localhost:1', '/app', '']);
    expect(url.searchParams.getAll('failure')).toEqual(['cancelled_before_sign_in']);
    expect(url.href).not.toMatch(/[<>"'\s]|redirect_uri/i);
  });

  test('and into an app', async () => {
    const url = await back('a=%2F%2Fevil&host=evil&%3Aevil=1&%40evil=2', 'myapp://back');
    expect([url.protocol, url.host, url.pathname, url.hash]).toEqual(['myapp:', 'back', '', '']);
  });
});

describe('a callback that answers no request of ours uses up nothing: the customer’s own still counts', () => {
  let stage: Stage;
  let callback: URL;
  beforeAll(async () => {
    stage = await STAGES.started(adapter);
    await stage.customer.press('continue');
    callback = new URL(await stage.customer.untilCallback('alice'));
  });

  const state = () => callback.searchParams.get('state') ?? '';
  const rest = () => callback.search.slice(1);

  test.each<[string, () => string]>([
    ['nothing', () => ''],
    ['no state', () => rest().replace(/state=[^&]*/, 'x=y')],
    ['an empty state', () => rest().replace(/state=[^&]*/, 'state=')],
    ['a state made up', () => rest().replace(/state=[^&]*/, 'state=evil')],
    ['the state twice', () => `${rest()}&state=${state()}`],
    ['two states', () => `${rest()}&state=evil`],
    ['a list of states', () => rest().replace('state=', 'state[]=')],
    ['a state in capitals', () => rest().replace(/state=[^&]*/, `state=${state().toUpperCase()}`)],
    ['a state that goes on', () => rest().replace(/state=[^&]*/, `state=${state()}a`)],
    ['a state of 8 kB', () => `state=${'x'.repeat(8000)}&code=x`],
    ['a state among what every object has', () => `__proto__[state]=${state()}&constructor=x&code=y`],
    ['an error without a state', () => 'error=access_denied'],
    ['an error with another state', () => 'error=access_denied&state=evil'],
    ...NO_TEXT.map(([why, bytes]): [string, () => string] => [
      `a state with ${why}`,
      () => rest().replace(/state=[^&]*/, `state=${state()}${bytes}`),
    ]),
  ])('%s', async (_name, query) => {
    const cookie = await stage.customer.cookies(callback.href);
    const answer = await raw({ target: `/connect/callback?${query()}`, headers: { cookie } });
    // This browser has one visit under way, which can be tried again; any other browser has none.
    expect([answer.status, answer.headers.location]).toEqual([303, `/connect/${stage.id}/problem`]);
    expect((await raw({ target: `/connect/callback?${query()}` })).status).toBe(404);
    expect((await journeyOf(adapter, stage))?.state).toBe('started');
    expect(toldAbout(adapter, stage)).toEqual([]);
  });

  test('and then the true one', async () => {
    await stage.customer.open(callback.href);
    expect(stage.customer.page.step).toBe('consent');
  });
});

describe('a choice of a supply that is none', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await STAGES.choosing(adapter);
  });

  test.each([
    ...['', ' ', '-1', '-0', '+0', '0.0', '1e0', '0x0', '00000000000', '99', '1e309', 'NaN', 'Infinity', 'null'],
    ...['true', '__proto__', 'length', 'constructor', '0,1', '0 ', '٠', '０', '0%00', '2', '%FF', '0\u0000', '[0]'],
  ])('%j', async (supply) => {
    const { action, body } = stage.customer.formOf('choose');
    body.set('supply', supply);
    const before = await journeyOf(adapter, stage);
    const answer = await stage.customer.fetch(action, {
      method: 'POST',
      body: body.toString().replace('%25', '%'),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const asked = [`/connect/${stage.id}/supply?problem=not_available`, null];
    expect([303, 403]).toContain(answer.status);
    expect(asked).toContain(answer.headers.get('location'));
    expect(await journeyOf(adapter, stage)).toEqual(before);
  });

  test.each([
    ['two of them', 'supply=0&supply=1'],
    ['a list', 'supply[]=0'],
    ['a list and one', 'supply=&supply[]=0'],
    ['what every object has', '__proto__=0&constructor=1&__proto__[supply]=0'],
  ])('%s', async (_name, fields) => {
    const { action, body } = stage.customer.formOf('choose');
    const before = await journeyOf(adapter, stage);
    const answer = await stage.customer.fetch(action, {
      method: 'POST',
      body: `csrf=${body.get('csrf') ?? ''}&${fields}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.headers.get('location') ?? '403').toMatch(/\?problem=|^403$/);
    expect(await journeyOf(adapter, stage)).toEqual(before);
  });

  test.each([
    ['more fields than a form has', () => Array.from({ length: 50 }, (_, n) => `f${n}=1`).join('&')],
    ['16 kB', () => `more=${'x'.repeat(16_000)}`],
  ])('%s: refused before it is read', async (_name, more) => {
    const { action, body } = stage.customer.formOf('choose');
    body.set('supply', '0');
    const before = await journeyOf(adapter, stage);
    const answer = await stage.customer.fetch(action, {
      method: 'POST',
      body: `${body.toString()}&${more()}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer).toMatchObject({ status: 413, step: 'error', reason: 'request_rejected' });
    expect(await journeyOf(adapter, stage)).toEqual(before);
  });
});

describe('a page is shown all the same, whatever its address is asked to show', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await STAGES.choosing(adapter);
  });

  test.each([
    'page=0',
    'page=-1',
    'page=1e309',
    'page=99999999999999999999',
    'page=NaN&page=2',
    'page[]=1',
    `q=${'x'.repeat(5000)}`,
    'q[]=x&q=y&q=z',
    'q=%F0%9F%98',
    'q=<script>alert(1)</script>',
    'q=%25%5F%5C',
    'q=(((((((((a',
    'problem=constructor',
    'problem=<b>',
    'problem[]=none_chosen',
    '__proto__[q]=x',
    ...NO_TEXT.map(([, bytes]) => `q=${bytes}&page=${bytes}&problem=${bytes}&lang=${bytes}`),
  ])('?%s', async (query) => {
    const cookie = await stage.customer.cookies(stage.url);
    const answer = await raw({ target: `/connect/${stage.id}/supply?${encodeMarkup(query)}`, headers: { cookie } });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('data-step="supply"');
    expect(answer.body).not.toContain('<script');
  });
});

const encodeMarkup = (query: string): string => query.replaceAll(/[<>"]/g, encodeURIComponent);

describe('what a browser says of itself', () => {
  test.each<[string, Record<string, string>]>([
    ['a language of 8 kB', { 'accept-language': 'x'.repeat(8000) }],
    ['a thousand languages', { 'accept-language': Array.from({ length: 1000 }, () => 'de;q=0.5').join(',') }],
    ['a language of JavaScript', { 'accept-language': '__proto__, constructor, ../../etc/passwd, de;q=__proto__' }],
    ['a language with markup', { 'accept-language': '<script>alert(1)</script>' }],
    ['letters beyond ASCII', { 'accept-language': '\u00ff\u00fe', 'user-agent': '\u00ff' }],
    ['a range', { range: 'bytes=0-1000000000000,-1,x' }],
    [
      'a condition',
      { 'if-none-match': '"x", W/"y", z', 'if-modified-since': 'never', 'if-match': '"x"', 'if-range': 'x' },
    ],
    ['an encoding', { 'accept-encoding': 'gzip;q=x, __proto__', te: 'trailers, x' }],
  ])('%s: the link opens all the same', async (_name, headers) => {
    const { token } = adapter.link();
    const answer = await raw({ target: `/connect?connect_token=${token}`, headers });
    expect(answer.status).toBe(303);
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
    const login = await raw({ target: answer.headers.location ?? '', headers: { ...headers, cookie } });
    expect(login.status).toBe(200);
    expect(login.body).toContain('data-step="login"');
    expect(login.body).not.toContain('<script');
    const form = new URLSearchParams({ csrf: /name="csrf" value="([^"]*)"/.exec(login.body)?.[1] ?? '' });
    const pressed = await raw({
      method: 'POST',
      target: (answer.headers.location ?? '').replace('login', 'continue'),
      headers: { ...headers, cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    expect([pressed.status, pressed.headers.location]).toEqual([303, expect.stringMatching(/\/redirecting$/)]);
  });
});
