import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Frame, PageModel } from '../../src/pages/models.ts';
import { createRenderer, type Renderer } from '../../src/pages/render.ts';
import { tidy } from '../../src/pages/tidy.ts';
import { isPartOf, openBrowserReader, type BrowserReader, type Reading } from './browser-reader.ts';
import { CANARY, HOSTILE_LINKS, HOSTILE_TEXTS, ODD_LINKS } from './hostile-texts.ts';
import { ASSETS, rendererWith, strictLanguages } from './rendering.ts';
import { CONSENT, FRAME, STATES } from '../../src/sandbox/preview/states.ts';

/** Pages told by an enemy, as a browser reads them: words stay words, and links lead nowhere they should not. */

let renderer: Renderer;
let browser: BrowserReader;
beforeAll(async () => {
  renderer = rendererWith(await strictLanguages());
  browser = await openBrowserReader();
});
afterAll(() => browser.close());

const LANGUAGES = ['en', 'de', 'fr'];

/** Fields that choose words or are ours; instants and everything else that is not a text from somewhere else. */
const STRUCTURE = new Set(
  `step reason direction kind outcome delivery problem actions currency timezone url returnUrl leaveUrl backUrl again
  logo base csrf id key selected language`.split(/\s+/),
);
const INSTANT = /^\d{4}-\d{2}-\d{2}T/;

function poisoned<T>(value: T, poison: string | (() => string)): T {
  if (typeof value === 'string') {
    if (INSTANT.test(value)) return value;
    return (typeof poison === 'string' ? poison : poison()) as T;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => poisoned(item, poison)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [
      name,
      STRUCTURE.has(name) ? inner : poisoned(inner, poison),
    ]),
  ) as T;
}

const readAll = async (models: PageModel[], chosen = 'en'): Promise<Reading[]> =>
  browser.read(await Promise.all(models.map(async (model) => (await renderer.render(model, { chosen })).html)));

/** Links to pages of others, next to our own paths and where a journey goes on. */
const isAddress = (address: string): boolean => /^(\/(?![/\\])|https:\/\/|0;url=|myapp:\/\/|\?|$)/.test(address);

/** Ends whatever it may stand in: an attribute, a tag, a title, a script. */
const MARKUP = `"'></title></script><script>alert(1)</script><b onclick=x>`;

describe.each(Object.entries(STATES).map(([name, model], nth) => ({ name, model, nth })))(
  '$name, told by an enemy',
  ({ model, nth: state }) => {
    test('has no element and no attribute that the harmless page has not', async () => {
      // Markup in every state; the others in turn, each in a quarter of the states and in every language.
      const texts = [MARKUP, ...HOSTILE_TEXTS.map(([, text]) => text).filter((_, nth) => (nth + state) % 4 === 0)];
      const language = LANGUAGES[state % LANGUAGES.length];
      let nth = 0;
      // Every text another: pages leave out what they would say twice.
      const benign = poisoned(model, () => `${CANARY} ${nth++}`);
      const models = [benign, ...texts.map((text) => poisoned(model, text))];
      const [harmless, ...hostile] = await readAll(models, language);
      const intruding = texts.filter((_, at) => !isPartOf(hostile[at]?.elements ?? [], harmless?.elements ?? []));
      expect(intruding.map((text) => text.slice(0, 100))).toEqual([]);
      expect(hostile.flatMap(({ addresses }) => addresses).filter((address) => !isAddress(address))).toEqual([]);
    });

    test('fills in no placeholder that came with a value', async () => {
      const template = '{{brand}} $t(consent.heading) <%= frame.csrf %> {{missing}}';
      const [reading] = await readAll([poisoned(model, template)]);
      expect(reading?.text).not.toMatch(/Example Energy Allow|made-up-form-value/);
    });
  },
);

describe('a name', () => {
  const named = (name: string): PageModel => ({
    ...CONSENT,
    frame: { ...FRAME, recipient: { ...FRAME.recipient, name } },
  });

  test.each([
    ['markup', `${CANARY}<b>&amp;</b>`],
    ['a placeholder of ours', `${CANARY} {{brand}} $t(login.cancel)`],
    ['letters read from the right', 'שלום'],
  ])('that is %s is shown as it is', async (_, name) => {
    const [reading] = await readAll([named(name)]);
    expect(reading?.text).toContain(`Allow ${name} to see your electricity tariff?`);
  });

  test('that is nothing but white space is no name', async () => {
    const [reading] = await readAll([named(' \u202e ')]);
    expect(reading?.text).toContain('Allow the app you came from to see');
  });
});

describe('a link', () => {
  const linked = (url: string): PageModel => {
    const frame: Frame = {
      ...FRAME,
      recipient: { ...FRAME.recipient, termsUrl: url, privacyUrl: url, supportUrl: url },
    };
    return { ...CONSENT, frame };
  };

  test.each(HOSTILE_LINKS)('is not offered: %j', async (url) => {
    const [reading] = await readAll([linked(url)]);
    expect(reading?.addresses.filter((address) => address.includes(CANARY))).toEqual([]);
  });

  test.each(ODD_LINKS)('is written safely: %j', async (url, written) => {
    const [reading] = await readAll([linked(url)]);
    expect(reading?.addresses.filter((address) => address.includes(CANARY))).toEqual([written, written, written]);
  });

  test('that leads on is refused when it would run something', async () => {
    const done: PageModel = {
      step: 'done',
      frame: FRAME,
      outcome: 'allowed',
      delivery: 'accepted',
      returnUrl: '',
      foreign: false,
    };
    for (const returnUrl of ['javascript:alert(1)', 'data:text/html,x', ' https://a.example', '//evil.example']) {
      await expect(renderer.render({ ...done, returnUrl }, {})).rejects.toMatchObject({ code: 'link_refused' });
    }
  });
});

test('the brand is text too', async () => {
  const hostile = createRenderer({
    languages: await strictLanguages(),
    brand: {
      name: MARKUP,
      supportUrl: 'javascript:alert(1)',
      termsUrl: 'https://a.example/"><b x>',
      privacyUrl: null,
    },
    publicAssets: ASSETS,
  });
  const benign = rendererWith(await strictLanguages());
  const [page, harmless] = await browser.read([
    (await hostile.render(CONSENT, {})).html,
    (await benign.render(CONSENT, {})).html,
  ]);
  expect(isPartOf(page?.elements ?? [], harmless?.elements ?? [])).toBe(true);
  expect(page?.addresses.filter((address) => !isAddress(address))).toEqual([]);
});

describe('text from elsewhere', () => {
  test.each([
    ['cannot turn the direction of ours', 'App\u202e.evil', 'App.evil'],
    ['cannot isolate itself', '\u2066App\u2069\u200f', 'App'],
    ['has one line', 'App\r\nby\tExample\u2028 Energy', 'App by Example Energy'],
    ['has no control characters', 'A\u0000p\u0007p', 'A p p'],
    ['keeps its accents', '  Ørsted Zürich Łódź ', 'Ørsted Zürich Łódź'],
  ])('%s', (_rule, text, expected) => expect(tidy(text)).toBe(expected));

  test('is cut where it has no end, between characters', () => {
    expect(tidy('🔌'.repeat(50), 10)).toBe(`${'🔌'.repeat(9)}…`);
  });
});
