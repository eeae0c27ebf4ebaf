import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Journey } from '../../../src/journey/journeys.ts';
import { choiceRoutes, type ChoiceParts } from '../../../src/journey/routes/choices.ts';
import { pageRoutes, type PageParts } from '../../../src/journey/routes/pages.ts';
import { isDecided, STATES, type State } from '../../../src/journey/rules/transitions.ts';
import { csrfValue } from '../../../src/web/csrf.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, posting, type Shown } from '../../support/customer.ts';
import { ask, portOf } from '../../support/raw-http.ts';
import { journeyOf, secretOf, STAGES, toldAbout, UNLIMITED, type Stage } from './stages.ts';

/**
 * Every address of a journey in every state it can be in (forced browsing, OWASP ASVS 5.0, 2.3 and 8.2): the customer
 * is led to where they are, and anybody else learns nothing and changes nothing.
 */

let adapter: AdapterWorld;
/** While it stands, nobody has waited for Flatpeak long enough. */
let stopped: number | null = null;
beforeAll(async () => {
  adapter = await startAdapterWorld({ env: UNLIMITED, clock: () => stopped ?? Date.now() });
});
afterAll(() => adapter.close());

const PAGES = Object.keys(pageRoutes({} as PageParts));
const CHOICES = Object.keys(choiceRoutes({} as ChoiceParts));
/** What whoever has the link may do before anybody has signed in. */
const MAY = ['continue', 'cancel', 'retry', 'return'];

/** The page each state has for its customer, what else they may look at, and the page it has for others. */
const PLACES: Record<State, { place: string; step: string; also?: string; others: 'login' | 'done' }> = {
  started: { place: 'login', step: 'login', others: 'login' },
  signed_in: { place: 'problem', step: 'error', others: 'login' },
  choosing: { place: 'supply', step: 'supply', others: 'login' },
  deciding: { place: 'consent', step: 'consent', others: 'login' },
  decided: { place: 'finishing', step: 'finishing', also: 'receipt', others: 'done' },
  delivered: { place: 'done', step: 'done', also: 'receipt', others: 'done' },
  undelivered: { place: 'problem', step: 'error', also: 'receipt', others: 'done' },
};

describe.each([...STATES])('a journey that is %s', (state) => {
  let stage: Stage;
  let before: Journey | null;
  let told: unknown[];
  const { place, step, also, others } = PLACES[state];
  const at = (page: string) => `${adapter.adapterUrl}/connect/${stage.id}${page === '' ? '' : `/${page}`}`;

  beforeAll(async () => {
    stage = await STAGES[state](adapter);
    stopped = Date.now();
    await stage.customer.fetch(at(place));
    before = await journeyOf(adapter, stage);
    told = toldAbout(adapter, stage);
  });
  afterAll(() => {
    stopped = null;
    adapter.world.flatpeak.faults.clear();
  });

  const nothingHappened = async () => {
    expect(await journeyOf(adapter, stage)).toEqual(before);
    // While Flatpeak does not answer, the same decision is sent again and again.
    const bodies = toldAbout(adapter, stage).map((one) => (one as { body: unknown }).body);
    for (const body of bodies) expect(body).toEqual((told[0] as { body: unknown } | undefined)?.body);
  };
  const isPrivate = (html: string) => stage.private.filter((known) => html.includes(known));

  test('stands where it should', async () => {
    expect(before?.state).toBe(state);
    const shown = await stage.customer.fetch(at(place));
    expect(shown).toMatchObject({ status: 200, step });
    expect(isPrivate(shown.html)).toEqual(stage.private);
    expect(shown.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(shown.headers.get('x-frame-options')).toBe('DENY');
  });

  test.each(['', ...PAGES].filter((page) => page !== place && page !== also))(
    'its customer is led from "%s" to it',
    async (page) => {
      const shown = await stage.customer.fetch(at(page));
      expect([shown.status, shown.headers.get('location')]).toEqual([303, `/connect/${stage.id}/${place}`]);
      await nothingHappened();
    },
  );

  if (also !== undefined) {
    test(`its customer may look at "${also}"`, async () => {
      expect(await stage.customer.fetch(at(also))).toMatchObject({ status: 200, step: also });
      await nothingHappened();
    });
  }

  describe.each<[string, () => Promise<Customer> | Customer]>([
    ['without a cookie', () => new Customer()],
    ['with a cookie of another journey', async () => (await STAGES.started(adapter)).customer],
    ['that has the link', async () => (await visitor()).browser],
  ])('a browser %s', (_name, create) => {
    let browser: Customer;
    beforeAll(async () => {
      browser = await create();
    });

    test.each(['', ...PAGES])(`is led from "%s" to "${others}"`, async (page) => {
      const shown = await browser.fetch(at(page));
      const elsewhere = [303, `/connect/${stage.id}/${others}`];
      expect([shown.status, shown.headers.get('location')]).toEqual(page === others ? [200, null] : elsewhere);
      const led = await browser.fetch(at(others));
      expect(led).toMatchObject({ status: 200, step: others });
      expect([...isPrivate(shown.html), ...isPrivate(led.html)]).toEqual([]);
      await nothingHappened();
    });
  });

  /** A browser that has the link, with a CSRF value of its own. */
  async function visitor(): Promise<{ browser: Customer; csrf: string }> {
    const browser = new Customer();
    await browser.fetch(stage.url);
    const secret = await secretOf({ ...stage, customer: browser });
    return { browser, csrf: csrfValue(secret, stage.id, 'form') };
  }
  const press = async (choice: string): Promise<Shown> => {
    const { browser, csrf } = await visitor();
    return browser.fetch(at(choice), posting(new URLSearchParams({ csrf, supply: '0' })));
  };

  // Before sign-in whoever has the link may go on, cancel or leave.
  const powerless = CHOICES.filter((choice) => choice !== 'continue' && (state !== 'started' || !MAY.includes(choice)));
  test.each(powerless)(`a browser that has the link is led from its own "%s" to "${others}"`, async (choice) => {
    const shown = await press(choice);
    expect([shown.status, shown.headers.get('location')]).toEqual([303, `/connect/${stage.id}/${others}`]);
    await nothingHappened();
  });

  const mayOnlySignIn = state !== 'started' && !isDecided(state);
  if (mayOnlySignIn) {
    test('a browser that has the link may sign in, and nothing in the journey changes by that', async () => {
      const shown = await press('continue');
      expect(shown.headers.get('location')).toBe(`/connect/${stage.id}/redirecting`);
      const after = await journeyOf(adapter, stage);
      expect({ ...after, version: before?.version, expiresAt: before?.expiresAt }).toEqual(before);
    });
  }
});

describe('an address of no journey', () => {
  const ids: [string, string][] = [
    ['one that nobody has', 'AAAAAAAAAAAAAAAAAAAAAA'],
    ['one too short', 'AAAAAAAAAAAAAAAAAAAAA'],
    ['one too long', 'AAAAAAAAAAAAAAAAAAAAAAA'],
    ['one of 8,000 letters', 'A'.repeat(8000)],
    ['one with another letter', 'AAAAAAAAAAAAAAAAAAAAA.'],
    ['a name of JavaScript', '__proto__'],
    ['another', 'constructor'],
    ['a number', '1'],
    ['a pattern of SQL', '%25'],
    ['a quotation mark', "'%20OR%20'1'='1"],
    ['a zero byte', '%00'],
    ['one with a zero byte at the end', 'AAAAAAAAAAAAAAAAAAAAAA%00'],
    ['one with a line break', 'AAAAAAAAAAAAAAAAAAAAAA%0d%0a'],
    ['an encoded solidus', 'AAAAAAAAAA%2fAAAAAAAAAAA'],
    ['an encoded way up', '..%2f..%2fconnect'],
    ['a parameter', 'AAAAAAAAAAAAAAAAAAAAAA;x=1'],
    ['letters beyond ASCII', '%C3%A4'.repeat(22)],
    ['bytes that are no text', '%FF'],
    ['half a character', '%ED%A0%80'],
  ];

  test.each(ids)('%s', async (_name, id) => {
    const post = posting(new URLSearchParams({ csrf: 'x' }));
    const answers = [
      await ask(portOf(adapter.adapterUrl), { target: `/connect/${id}` }),
      ...(await Promise.all(PAGES.map((page) => new Customer().fetch(`${adapter.adapterUrl}/connect/${id}/${page}`)))),
      ...(await Promise.all(
        CHOICES.map((one) => new Customer().fetch(`${adapter.adapterUrl}/connect/${id}/${one}`, post)),
      )),
    ];
    for (const { status } of answers) expect([400, 404]).toContain(status);
    // A picture of nobody.
    const logo = await new Customer().fetch(`${adapter.adapterUrl}/connect/${id}/logo`);
    expect([200, 400, 404]).toContain(logo.status);
  });
});

describe('a method that an address does not have', () => {
  const METHODS = ['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'QUERY'];
  let stage: Stage;
  let before: Journey | null;
  beforeAll(async () => {
    stage = await STAGES.deciding(adapter);
    before = await journeyOf(adapter, stage);
  });

  const addresses = ['/', '/connect', '/connect/callback', '/connect/:journey', '/tariff', '/healthz'].concat(
    [...PAGES, ...CHOICES].map((name) => `/connect/:journey/${name}`),
  );

  test.each(METHODS.flatMap((method) => addresses.map((address) => [method, address])))(
    '%s %s',
    async (method, address) => {
      const { action, body } = stage.customer.formOf('allow');
      const override = `${body.toString()}&_method=POST`;
      const target = address.replace(':journey', stage.id);
      const answer = await ask(portOf(action), {
        method,
        target: `${target}?${new URL(stage.url).searchParams.toString()}`,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(override.length),
          'x-http-method-override': 'POST',
          cookie: await stage.customer.cookies(action),
        },
        body: override,
      });
      expect([404, 405]).toContain(answer.status);
      expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(await journeyOf(adapter, stage)).toEqual(before);
      expect(toldAbout(adapter, stage)).toEqual([]);
    },
  );

  test.each(addresses)('OPTIONS %s allows no other site anything', async (address) => {
    const answer = await ask(portOf(stage.url), {
      method: 'OPTIONS',
      target: address.replace(':journey', stage.id),
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(await journeyOf(adapter, stage)).toEqual(before);
  });
});
