import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashToken } from '../../../src/base/random.ts';
import { csrfValue } from '../../../src/web/csrf.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, posting } from '../../support/customer.ts';
import { idIn, journeyOf, secretOf, STAGES, toldAbout, UNLIMITED, type Stage } from './stages.ts';

/** A cookie somebody else has written, and what it opens: nothing (OWASP ASVS 5.0, 3.3 and 7.2). */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld({ env: UNLIMITED });
});
afterAll(() => adapter.close());

/** One request with exactly these cookies, nothing followed. */
const ask = (address: string, cookie: string, init: RequestInit = {}): Promise<Response> =>
  fetch(address, { ...init, redirect: 'manual', headers: { ...(init.headers as object), cookie } });

const pressed = (csrf: string): RequestInit => posting(new URLSearchParams({ csrf }));

const CHOSEN = 'attackers-choice'.padEnd(43, '0');

describe('at a page that shows a customer’s contract, a browser is nobody', () => {
  let stage: Stage;
  let secret: string;
  let digest: string;
  beforeAll(async () => {
    stage = await STAGES.deciding(adapter);
    secret = await secretOf(stage);
    digest = (await journeyOf(adapter, stage))?.supply?.shown?.digest ?? '';
  });

  const name = () => `journey-${stage.id}`;
  /** What a browser with these cookies sees, and what its "allow" does, with a CSRF value made from what it knows. */
  async function attempt(cookie: string, known: string) {
    const before = await journeyOf(adapter, stage);
    const shown = await ask(stage.customer.page.url, cookie);
    const csrf = ['form', `consent:${digest}`].map((purpose) => csrfValue(known, stage.id, purpose)).join('.');
    const choice = await ask(stage.customer.formOf('allow').action, cookie, pressed(csrf));
    expect(await journeyOf(adapter, stage)).toEqual(before);
    return [shown, choice].map(({ status, headers }) => headers.get('location') ?? status);
  }
  const turnedAway = (answers: (string | number)[]) => {
    const login = `/connect/${stage.id}/login`;
    expect([
      [login, login],
      [login, 403],
    ]).toContainEqual(answers);
  };

  test.each<[string, () => Promise<[cookie: string, known: string]> | [cookie: string, known: string]]>([
    ['without a cookie', () => ['', '']],
    ['with a value of its choice', () => [`${name()}=${CHOSEN}`, CHOSEN]],
    ['with an empty value', () => [`${name()}=`, '']],
    ['with the value that the database keeps', () => [`${name()}=${hashToken(secret)}`, hashToken(secret)]],
    [
      'with a value of a journey of its own',
      async () => {
        const own = await secretOf(await STAGES.deciding(adapter));
        return [`${name()}=${own}`, own];
      },
    ],
    [
      'with the cookie of a journey of its own',
      async () => {
        const own = await STAGES.deciding(adapter);
        return [`journey-${own.id}=${await secretOf(own)}`, await secretOf(own)];
      },
    ],
    ['with the customer’s and one of its choice', () => [`${name()}=${secret}; ${name()}=${CHOSEN}`, CHOSEN]],
    ['with one of its choice and the customer’s', () => [`${name()}=${CHOSEN}; ${name()}=${secret}`, CHOSEN]],
    ['with the customer’s under the name it has over https', () => [`__Host-${name()}=${secret}`, secret]],
    ['with the customer’s under a name in capitals', () => [`${name().toUpperCase()}=${secret}`, secret]],
    ['with the customer’s under a name that goes on', () => [`${name()}x=${secret}`, secret]],
    ['with the customer’s in quotation marks', () => [`${name()}="${secret}"`, secret]],
    [
      'with the customer’s percent-encoded',
      () => [`${name()}=%${secret.charCodeAt(0).toString(16)}${secret.slice(1)}`, secret],
    ],
    ['with the customer’s, one letter short', () => [`${name()}=${secret.slice(0, -1)}`, secret.slice(0, -1)]],
    ['with the customer’s and more', () => [`${name()}=${secret}=`, secret]],
    ['with 4 kB of it', () => [`${name()}=${'x'.repeat(4000)}`, 'x'.repeat(4000)]],
    ['with the customer’s inside another cookie', () => [`a="; ${name()}=${secret.slice(1)}"`, secret]],
    [
      'with a hundred of its own',
      () => [Array.from({ length: 100 }, (_, n) => `${name()}=${String(n).padEnd(43, '0')}`).join('; '), CHOSEN],
    ],
  ])('%s', async (_name, plant) => {
    const [cookie, known] = await plant();
    turnedAway(await attempt(cookie, known));
  });

  test('while the customer’s own, among a hundred cookies of others, still opens it', async () => {
    const others = Array.from({ length: 100 }, (_, n) => `other-${n}=${'x'.repeat(40)}`).join('; ');
    const shown = await ask(stage.customer.page.url, `${others}; ${name()}=${secret}`);
    expect(await shown.text()).toContain('data-step="consent"');
  });
});

describe('a secret planted before sign-in', () => {
  /** The victim’s browser begins with a cookie that an attacker has as well. */
  async function planted(): Promise<{ attacker: string; victim: Customer; id: string; token: string }> {
    const link = adapter.link();
    const first = new Customer();
    await first.open(link.url);
    const id = idIn(first.page.url);
    const attacker = await secretOf({ customer: first, url: link.url, id });
    const victim = new Customer();
    await victim.plant(`journey-${id}=${attacker}; Path=/; HttpOnly; SameSite=Lax`, link.url);
    await victim.open(link.url);
    expect(await secretOf({ customer: victim, url: link.url, id })).toBe(attacker);
    await victim.press('continue');
    return { attacker, victim, id, token: link.token };
  }

  test('is replaced at sign-in: whoever planted it sees and decides nothing', async () => {
    const { attacker, victim, id, token } = await planted();
    await victim.signIn('alice');
    const { page } = victim;
    const renewed = await secretOf({ customer: victim, url: page.url, id });
    expect(renewed).not.toBe(attacker);
    const shown = await ask(page.url, `journey-${id}=${attacker}`);
    expect(shown.headers.get('location')).toBe(`/connect/${id}/login`);
    const csrf = csrfValue(attacker, id, 'form');
    for (const choice of ['allow', 'deny', 'cancel', 'switch', 'return', 'retry', 'choose']) {
      const answer = await ask(
        `${adapter.adapterUrl}/connect/${id}/${choice}`,
        `journey-${id}=${attacker}`,
        pressed(csrf),
      );
      expect(answer.headers.get('location')).toBe(`/connect/${id}/login`);
    }
    expect(toldAbout(adapter, { token })).toEqual([]);
    await victim.press('allow');
    expect(toldAbout(adapter, { token })).toHaveLength(1);
  });

  test('is replaced again when the same customer signs in once more', async () => {
    const stage = await STAGES.deciding(adapter);
    const before = await secretOf(stage);
    stage.customer.forgetCookies();
    await stage.customer.open(stage.url);
    await stage.customer.press('continue');
    await stage.customer.signIn('alice');
    expect(stage.customer.page.step).toBe('consent');
    const shown = await ask(stage.customer.page.url, `journey-${stage.id}=${before}`);
    expect(shown.headers.get('location')).toBe(`/connect/${stage.id}/login`);
  });

  test('opens nothing after "not you?" either', async () => {
    const stage = await STAGES.deciding(adapter);
    const before = await secretOf(stage);
    await stage.customer.press('switch');
    await stage.customer.signIn('bob');
    expect(stage.customer.page.step).toBe('supply');
    const shown = await ask(stage.customer.page.url, `journey-${stage.id}=${before}`);
    expect(shown.headers.get('location')).toBe(`/connect/${stage.id}/login`);
  });

  test('is not taken over from an address or a form', async () => {
    const link = adapter.link();
    const shown = await ask(`${link.url}&secret=${CHOSEN}&cookie=${CHOSEN}&journey=${CHOSEN}`, '');
    expect(shown.headers.getSetCookie()).toEqual([expect.not.stringContaining(CHOSEN)]);
  });
});

describe('cookies that no browser of ours has', () => {
  /** Anything may stand there: they come from whoever asks. */
  const HOSTILE: [string, string][] = [
    ['names that cannot be set', Array.from({ length: 8 }, (_, n) => `journey-a(${n}=x`).join('; ')],
    ['names with markup', Array.from({ length: 8 }, (_, n) => `journey-<b>${n}"=x`).join('; ')],
    ['names with bytes beyond ASCII', Array.from({ length: 8 }, (_, n) => `journey-\u00ff${n}=x`).join('; ')],
    ['names of JavaScript', 'journey-__proto__=x; journey-constructor=y; __proto__=z; constructor=a; toString=b'],
    ['nothing but separators', ';;; ; =; ==; ;'],
    ['a tab and quotation marks', '"\t"="\t"; journey-\t=x'],
    ['a hundred journeys', Array.from({ length: 100 }, (_, n) => `journey-${String(n).padEnd(22, 'A')}=x`).join('; ')],
    ['4 kB of a name', `journey-${'x'.repeat(4000)}=y`],
  ];

  test.each(HOSTILE)('%s: the link opens all the same', async (_name, cookie) => {
    const answer = await ask(adapter.link().url, cookie);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(/^\/connect\/[A-Za-z0-9_-]{22}\/login$/);
  });

  test.each(HOSTILE)('%s: a callback of no journey is told so', async (_name, cookie) => {
    const answer = await ask(`${adapter.adapterUrl}/connect/callback?state=unknown&code=x`, cookie);
    expect(answer.status).toBe(404);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

describe('behind https', () => {
  const PUBLIC = 'https://connect.provider.example';
  let secure: AdapterWorld;
  beforeAll(async () => {
    secure = await startAdapterWorld({ env: { ...UNLIMITED, PUBLIC_URL: PUBLIC } });
  });
  afterAll(() => secure.close());

  test('the cookie is for this host alone, for https alone, and out of reach of scripts', async () => {
    const arrived = await fetch(secure.link().url, { redirect: 'manual' });
    const id = idIn(new URL(arrived.headers.get('location') ?? '', PUBLIC).href);
    expect(arrived.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^__Host-journey-${id}=[\\w-]{43}; Max-Age=86400; Path=/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$`,
        ),
      ),
    ]);
  });

  test('a cookie without the prefix, which a host beside ours can plant, is none', async () => {
    const { url } = secure.link();
    const arrived = await fetch(url, { redirect: 'manual' });
    const login = new URL(arrived.headers.get('location') ?? '', secure.adapterUrl).href;
    const shown = await ask(login, `journey-${idIn(login)}=${CHOSEN}`);
    expect(shown.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-journey-/)]);
    const csrf = csrfValue(CHOSEN, idIn(login), 'form');
    const choice = await ask(login.replace(/login$/, 'cancel'), `journey-${idIn(login)}=${CHOSEN}`, pressed(csrf));
    expect(choice.status).toBe(403);
  });
});
