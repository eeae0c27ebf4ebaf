import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { choiceRoutes, type ChoiceParts } from '../../../src/journey/routes/choices.ts';
import { csrfValue } from '../../../src/web/csrf.ts';
import type { Journey } from '../../../src/journey/journeys.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, posting, type Shown } from '../../support/customer.ts';
import { csrfOn, journeyOf, secretOf, STAGES, toldAbout, UNLIMITED, type Stage } from './stages.ts';

/**
 * Every decision counts only from our own page, in the browser it was made for: cross-site request forgery against each
 * button there is (OWASP ASVS 5.0, 3.5).
 */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld({ env: UNLIMITED });
});
afterAll(() => adapter.close());

/** The buttons, from the routes themselves: one that is added is tested, or missing below. */
const CHOICES = Object.keys(choiceRoutes({} as ChoiceParts));

/** Where a button means most, what else its form holds, and what it does in the end. */
const PRESSED: Record<string, { on: () => Promise<Stage>; fields?: Record<string, string>; leadsTo: object }> = {
  // After "not you?", so that there is a form from before an earlier sign-in.
  continue: { on: () => switched(), leadsTo: { step: 'sign-in' } },
  choose: { on: () => STAGES.choosing(adapter), fields: { supply: '0' }, leadsTo: { step: 'consent' } },
  allow: { on: () => STAGES.deciding(adapter), leadsTo: { step: 'done', reason: null } },
  deny: { on: () => STAGES.deciding(adapter), leadsTo: { step: 'done', reason: null } },
  cancel: { on: () => STAGES.choosing(adapter), leadsTo: { step: 'done', reason: null } },
  switch: { on: () => STAGES.deciding(adapter), leadsTo: { step: 'sign-in' } },
  retry: { on: () => supplyOutage(), leadsTo: { step: 'consent' } },
  return: { on: () => STAGES.signed_in(adapter), leadsTo: { step: 'done', reason: null } },
};

async function switched(): Promise<Stage> {
  const stage = await STAGES.deciding(adapter);
  await stage.customer.press('switch');
  await stage.customer.open(stage.url);
  return stage;
}

async function supplyOutage(): Promise<Stage> {
  adapter.world.backend.faults.set({ supplies: { status: 500 } });
  const stage = await STAGES.deciding(adapter);
  adapter.world.backend.faults.clear();
  return stage;
}

test('every button there is has its place below', () => {
  expect(Object.keys(PRESSED).sort()).toEqual([...CHOICES].sort());
});

describe.each(CHOICES)('"%s"', (choice) => {
  let stage: Stage;
  let form: { action: string; body: URLSearchParams };
  let untouched: Journey | null;
  /** CSRF values that are good somewhere else. */
  const elsewhere = { before: '', browser: '', journey: '', purpose: '' };

  beforeAll(async () => {
    const pressed = PRESSED[choice]!;
    stage = await pressed.on();
    const { customer } = stage;
    form = customer.formOf(choice);
    for (const [name, value] of Object.entries(pressed.fields ?? {})) form.body.set(name, value);

    const { page } = customer;
    const other = adapter.link();
    await customer.open(other.url);
    elsewhere.journey = csrfOn(customer.page);
    customer.page = page;
    const stranger = new Customer();
    await stranger.open(stage.url);
    elsewhere.browser = csrfOn(stranger.page);
    elsewhere.before = stage.csrfBefore;
    elsewhere.purpose = csrfValue(await secretOf(stage), stage.id, 'consent:digest');
    untouched = await journeyOf(adapter, stage);
  });

  const spoilt = (csrf: string): string => {
    const body = new URLSearchParams(form.body);
    body.set('csrf', csrf);
    return body.toString();
  };
  const renamed = (name: string): string => form.body.toString().replace(/(^|&)csrf=/, `$1${name}=`);
  const own = () => form.body.get('csrf') ?? '';
  const post = (body: string, headers: Record<string, string> = {}): Promise<Shown> =>
    stage.customer.fetch(form.action, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  const nothingHappened = async () => {
    expect(await journeyOf(adapter, stage)).toEqual(untouched);
    expect(toldAbout(adapter, stage)).toEqual([]);
  };

  test.each<[string, () => string]>([
    ['without a CSRF value', () => renamed('unused')],
    ['with an empty one', () => spoilt('')],
    ['with one made up', () => spoilt('x'.repeat(43))],
    ['with that of another journey in this browser', () => spoilt(elsewhere.journey)],
    ['with that of another browser on this journey', () => spoilt(elsewhere.browser)],
    ['with that of the page before sign-in', () => spoilt(elsewhere.before)],
    ['with that of another purpose', () => spoilt(elsewhere.purpose)],
    ['with one cut short', () => spoilt(own().slice(0, 42))],
    ['with one begun alike', () => spoilt(`${own().slice(0, 42)}!`)],
    ['with one in other letters', () => spoilt(own().toUpperCase())],
    ['with one that goes on', () => spoilt(`${own().slice(0, 43)}=`)],
    ['with a space before it', () => spoilt(` ${own()}`)],
    ['with one that is too long', () => spoilt(`${own()}${'.x'.repeat(50)}`)],
    ['with two of them, alike', () => `${form.body.toString()}&csrf=${own()}`],
    ['with two of them, the first empty', () => `csrf=&${form.body.toString()}`],
    ['with a list of them', () => renamed('csrf%5B%5D')],
    ['with a member of it', () => renamed('csrf%5Bvalue%5D')],
    ['with its name in capitals', () => renamed('CSRF')],
    ['with one in its prototype', () => renamed('__proto__%5Bcsrf%5D')],
    ['with bytes that are no text', () => renamed('csrf').replace(/csrf=[^&]*/, 'csrf=%FF%C3%28')],
  ])('%s is refused', async (_name, body) => {
    expect(await post(body())).toMatchObject({ status: 403, step: 'error', reason: 'form_rejected' });
    await nothingHappened();
  });

  test.each<[string, () => Record<string, string>]>([
    ['another site', () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })],
    ['another site, in an old browser', () => ({ origin: 'https://evil.example' })],
    ['another site that hides itself', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['a sandboxed frame', () => ({ origin: 'null' })],
    ['a host beside ours', () => ({ origin: 'http://sub.localhost', 'sec-fetch-site': 'same-site' })],
    ['our host on another port', () => ({ origin: 'http://localhost:1', 'sec-fetch-site': 'same-site' })],
    ['our host over https', () => ({ origin: adapter.adapterUrl.replace('http:', 'https:') })],
    ['our host with a dot after it', () => ({ origin: adapter.adapterUrl.replace('localhost', 'localhost.') })],
    ['two origins, ours among them', () => ({ origin: `${adapter.adapterUrl} https://evil.example` })],
    ['no page at all', () => ({ 'sec-fetch-site': 'none' })],
    ['two kinds of site at once', () => ({ 'sec-fetch-site': 'same-origin, cross-site' })],
  ])('sent by %s is refused, though all else is true', async (_name, headers) => {
    const shown = await post(form.body.toString(), headers());
    expect(shown).toMatchObject({ status: 403, step: 'error', reason: 'form_rejected' });
    await nothingHappened();
  });

  test.each<[string, (fields: Record<string, string>) => { type: string; body: string }]>([
    ['JSON', (fields) => ({ type: 'application/json', body: JSON.stringify(fields) })],
    ['plain text', (fields) => ({ type: 'text/plain', body: new URLSearchParams(fields).toString() })],
    ['no kind at all', (fields) => ({ type: '', body: new URLSearchParams(fields).toString() })],
    ['XML', () => ({ type: 'application/xml', body: '<csrf/>' })],
    ['several parts', (fields) => ({ type: 'multipart/form-data; boundary=x', body: parts(fields) })],
    [
      'a form in letters nobody uses',
      (fields) => ({
        type: 'application/x-www-form-urlencoded; charset=utf-7',
        body: new URLSearchParams(fields).toString(),
      }),
    ],
  ])('sent as %s is refused', async (_name, write) => {
    const { type, body } = write(Object.fromEntries(form.body));
    const shown = await post(body, { 'content-type': type });
    expect(shown).toMatchObject({ step: 'error', status: expect.any(Number) });
    expect([403, 415]).toContain(shown.status);
    await nothingHappened();
  });

  test('and the true form still does what it says', async () => {
    const { action, body } = form;
    const shown = await stage.customer.open(action, posting(body));
    expect(shown).toMatchObject(PRESSED[choice]!.leadsTo);
  });
});

const parts = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')
    .concat('--x--\r\n');

describe('a form of our own is taken from', () => {
  test.each<[string, () => Record<string, string>]>([
    ['a browser with Fetch Metadata', () => ({ origin: adapter.adapterUrl, 'sec-fetch-site': 'same-origin' })],
    ['a browser without', () => ({ origin: adapter.adapterUrl })],
    ['a browser that tells nothing, by its CSRF value alone', () => ({})],
  ])('%s', async (_name, headers) => {
    const stage = await STAGES.deciding(adapter);
    const { action, body } = stage.customer.formOf('deny');
    const init = posting(body);
    await stage.customer.open(action, { ...init, headers: { ...(init.headers as object), ...headers() } });
    expect(toldAbout(adapter, stage)).toMatchObject([{ body: { action: 'DISMISS_CONSENT' } }]);
  });
});

describe('"allow" without the consent page’s own part is no consent: what would be shared is shown anew', () => {
  test.each<[string, (csrf: string) => string]>([
    ['left out', (csrf) => csrf.split('.')[0] ?? ''],
    ['empty', (csrf) => `${csrf.split('.')[0] ?? ''}.`],
    ['cut short', (csrf) => csrf.slice(0, -1)],
    ['made up', (csrf) => `${csrf.split('.')[0] ?? ''}.${'x'.repeat(43)}`],
    ['the first once more', (csrf) => `${csrf.split('.')[0] ?? ''}.${csrf.split('.')[0] ?? ''}`],
  ])('%s', async (_name, spoil) => {
    const stage = await STAGES.deciding(adapter);
    const { action, body } = stage.customer.formOf('allow');
    body.set('csrf', spoil(body.get('csrf') ?? ''));
    await stage.customer.open(action, posting(body));
    expect(stage.customer.page.step).toBe('consent');
    expect(toldAbout(adapter, stage)).toEqual([]);
  });
});
