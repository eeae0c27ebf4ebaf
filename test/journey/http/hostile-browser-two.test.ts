import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { csrfValue } from '../../../src/web/csrf.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, posting, type Shown } from '../../support/customer.ts';
import { journeyOf, secretOf, STAGES, toldAbout, UNLIMITED, type Stage } from './stages.ts';

/** One link in two browsers, the second of which means no good, or is only fast. */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld({ env: UNLIMITED });
});
afterAll(() => adapter.close());

/** A browser of its own with the same link, on the page it is shown. */
async function second({ url }: Pick<Stage, 'url'>): Promise<Customer> {
  const browser = new Customer();
  await browser.open(url);
  return browser;
}

/** What each browser sees when it asks for the journey now: exactly one may see what is the customer's. */
async function sights({ id }: Pick<Stage, 'id'>, browsers: Customer[]): Promise<(string | null)[]> {
  const steps: (string | null)[] = [];
  for (const browser of browsers) steps.push((await browser.open(`${adapter.adapterUrl}/connect/${id}`)).step);
  return steps.sort();
}

describe('a second browser that knows what the consent page shows', () => {
  let stage: Stage;
  let other: Customer;
  let forged: URLSearchParams;
  beforeAll(async () => {
    stage = await STAGES.deciding(adapter);
    other = await second(stage);
    const digest = (await journeyOf(adapter, stage))?.supply?.shown?.digest ?? '';
    const own = await secretOf({ ...stage, customer: other });
    // Its own secret makes both parts of the value, as for a page it was shown itself.
    const csrf = ['form', `consent:${digest}`].map((purpose) => csrfValue(own, stage.id, purpose)).join('.');
    forged = new URLSearchParams({ csrf });
  });

  test.each(['allow', 'deny', 'choose', 'switch', 'cancel', 'return', 'retry'])(
    'presses "%s" with a value of its own making, in vain',
    async (choice) => {
      const before = await journeyOf(adapter, stage);
      const shown = await other.fetch(`${adapter.adapterUrl}/connect/${stage.id}/${choice}`, posting(forged));
      expect([shown.status, shown.headers.get('location')]).toEqual([303, `/connect/${stage.id}/login`]);
      expect(await journeyOf(adapter, stage)).toEqual(before);
    },
  );

  test('and the first allows', async () => {
    await stage.customer.press('allow');
    expect(toldAbout(adapter, stage)).toMatchObject([{ body: { auth_data: { type: 'bearer' } } }]);
  });
});

describe('both sign in at the same time', () => {
  /** Both are at the identity provider, and have signed in there. */
  async function bothThere(logins: [string, string]) {
    const stage = await STAGES.started(adapter);
    const browsers = [stage.customer, await second(stage)] as const;
    const forms = browsers.map((browser) => browser.formOf('continue'));
    // "Continue" in both before either answer is followed: each has a request of its own under way.
    const pressed = await Promise.all(
      browsers.map((browser, n) => browser.fetch(forms[n]!.action, posting(forms[n]!.body))),
    );
    const there: { browser: Customer; callback: string }[] = [];
    for (const [n, browser] of browsers.entries()) {
      const shown = await browser.open(new URL(pressed[n]!.headers.get('location') ?? '', pressed[n]!.url).href);
      if (shown.step === 'sign-in') there.push({ browser, callback: await browser.untilCallback(logins[n]!) });
    }
    return { stage, browsers: [...browsers], there };
  }
  const landed = ({ status, headers }: Shown) => [status, headers.get('location')?.split('/').at(-1) ?? null];

  test.each<[string, [string, string]]>([
    ['as one customer', ['alice', 'alice']],
    ['as two', ['alice', 'bob']],
  ])('%s: one of them has the journey, and the other is nobody', async (_name, logins) => {
    for (let round = 0; round < 5; round += 1) {
      const { stage, browsers, there } = await bothThere(logins);
      expect(there.length).toBeGreaterThan(0);
      const answers = await Promise.all(there.map(({ browser, callback }) => browser.fetch(callback)));
      const allowed = [
        [303, 'consent'],
        [303, 'supply'],
        [303, 'login'],
        [403, null],
      ];
      for (const answer of answers) expect(allowed).toContainEqual(landed(answer));
      const seen = await sights(stage, browsers);
      expect(seen.filter((step) => step === 'login')).toHaveLength(1);
      const holder = (await journeyOf(adapter, stage))?.identity?.subject;
      expect(['example-energy|C-1001', 'example-energy|C-1002']).toContain(holder);
      expect(toldAbout(adapter, stage)).toEqual([]);
    }
  });

  test('and decide at the same time: one decision, by the one who has it', async () => {
    const { stage, browsers, there } = await bothThere(['alice', 'alice']);
    await Promise.all(there.map(({ browser, callback }) => browser.fetch(callback)));
    const forms: { browser: Customer; csrf: URLSearchParams }[] = [];
    for (const browser of browsers) {
      const shown = await browser.open(`${adapter.adapterUrl}/connect/${stage.id}`);
      const csrf = shown.document.querySelector('input[name="csrf"]')?.getAttribute('value') ?? '';
      forms.push({ browser, csrf: new URLSearchParams({ csrf }) });
    }
    await Promise.all(
      forms.map(({ browser, csrf }, n) =>
        browser.fetch(`${adapter.adapterUrl}/connect/${stage.id}/${n === 0 ? 'allow' : 'deny'}`, posting(csrf)),
      ),
    );
    await Promise.all(browsers.map((browser) => browser.open(`${adapter.adapterUrl}/connect/${stage.id}`)));
    expect(toldAbout(adapter, stage)).toHaveLength(1);
  });
});

describe('a second browser signs in while the first decides', () => {
  test('as the same customer: one decision, and nobody is left with a page that can make another', async () => {
    const stage = await STAGES.deciding(adapter);
    const other = await second(stage);
    await other.press('continue');
    const callback = await other.untilCallback('alice');
    const { action, body } = stage.customer.formOf('allow');
    const [decision, signedIn] = await Promise.all([
      stage.customer.fetch(action, posting(body)),
      other.fetch(callback),
    ]);
    expect([decision.status, signedIn.status]).toEqual([303, 303]);
    const decided = (await journeyOf(adapter, stage))?.decisionId !== null;
    const seen = await sights(stage, [stage.customer, other]);
    expect(seen).toEqual(decided ? ['done', 'done'] : ['consent', 'login']);
    expect(toldAbout(adapter, stage)).toHaveLength(decided ? 1 : 0);
  });

  test('as somebody else: the decision of the first stands, and the second is told nothing of it', async () => {
    const stage = await STAGES.deciding(adapter);
    const other = await second(stage);
    await other.press('continue');
    const callback = await other.untilCallback('bob');
    await stage.customer.press('allow');
    const shown = await other.open(callback);
    expect(shown.html).not.toMatch(/Archer|BS1 4ND|Half-Hourly/);
    expect(shown.html).not.toContain('data-action="allow"');
    expect(toldAbout(adapter, stage)).toHaveLength(1);
  });
});

describe('the address that leads to sign-in', () => {
  test('leads only the browser that pressed "continue"', async () => {
    const stage = await STAGES.started(adapter);
    const { action, body } = stage.customer.formOf('continue');
    await stage.customer.fetch(action, posting(body));
    const thief = await second(stage);
    const stolen = await thief.fetch(`${adapter.adapterUrl}/connect/${stage.id}/redirecting`);
    expect(stolen.headers.get('location')).toBe(`/connect/${stage.id}/login`);
    const shown = await stage.customer.fetch(`${adapter.adapterUrl}/connect/${stage.id}/redirecting`);
    expect(shown.step).toBe('redirecting');
  });
});

describe('an attacker sends a victim the callback of a sign-in of their own (login CSRF)', () => {
  test('the victim is not signed in as the attacker, and gets no hold of the attacker’s journey', async () => {
    const attack = await STAGES.started(adapter);
    await attack.customer.press('continue');
    const callback = await attack.customer.untilCallback('bob');
    const victim = new Customer();
    const shown = await victim.open(callback);
    expect(shown).toMatchObject({ status: 403, step: 'error', reason: 'sign_in_elsewhere' });
    expect(shown.headers.getSetCookie()).toEqual([]);
    expect(await sights(attack, [victim])).toEqual(['login']);
    expect((await journeyOf(adapter, attack))?.identity).toBeNull();
  });

  test('nor does a form of the attacker’s begin or end anything for the victim', async () => {
    const attack = await STAGES.deciding(adapter);
    const { action, body } = attack.customer.formOf('allow');
    const victim = new Customer();
    expect(await victim.fetch(action, posting(body))).toMatchObject({ status: 403, reason: 'form_rejected' });
    expect(toldAbout(adapter, attack)).toEqual([]);
  });
});
