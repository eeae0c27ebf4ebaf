import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PageModel } from '../../src/journey/pages/models.ts';
import { tidy } from '../../src/journey/pages/tidy.ts';
import { createRenderer, type Renderer } from '../../src/journey/pages/render.ts';
import { ASSETS, rendererWith, strictLanguages, textOf } from './rendering.ts';
import { CONSENT, FRAME, STATES } from './states.ts';

let renderer: Renderer;
beforeAll(async () => {
  renderer = rendererWith(await strictLanguages());
});

/** Fields that choose words or are read as times and numbers; everything else is text from somewhere else. */
const STRUCTURE = new Set([
  'step',
  'reason',
  'direction',
  'kind',
  'outcome',
  'delivery',
  'problem',
  'actions',
  'currency',
  'timezone',
  'from',
  'to',
  'start',
  'end',
  'until',
  'url',
  'returnUrl',
  'leaveUrl',
]);

function poisoned<T>(value: T, poison: string): T {
  if (Array.isArray(value))
    return value.map((item: unknown) => (typeof item === 'string' ? poison : poisoned(item, poison))) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => {
      if (STRUCTURE.has(name)) return [name, inner];
      return [name, typeof inner === 'string' ? poison : poisoned(inner, poison)];
    }),
  ) as T;
}

const MARKUP = `"'><script>alert(1)</script><b onclick=x>&amp;`;
const TEMPLATE = '{{brand}} $t(consent.heading) <%= csrf %> {{missing}}';

describe.each(Object.entries(STATES))('%s, told by an enemy', (_name, model) => {
  test('shows markup as text', async () => {
    const { html } = await renderer.render(poisoned<PageModel>(model, MARKUP), {});
    expect(html).not.toMatch(/<script|<b onclick|<b /);
    expect(html).not.toContain(`"'>`);
  });

  test('fills in no placeholder that came with a value', async () => {
    const { html } = await renderer.render(poisoned<PageModel>(model, TEMPLATE), {});
    expect(textOf(html)).not.toMatch(/Example Energy Allow|made-up-form-value/);
  });
});

test('the brand is text too', async () => {
  const hostile = createRenderer({
    languages: await strictLanguages(),
    brand: { name: MARKUP, supportUrl: 'javascript:alert(1)', termsUrl: 'https://a.example/"><b x>', privacyUrl: null },
    publicAssets: ASSETS,
  });
  const { html } = await hostile.render(CONSENT, {});
  expect(html).not.toMatch(/<script|<b onclick|<b x|javascript:/);
});

test('a value that is a placeholder is shown as it is', async () => {
  const frame = { ...FRAME, recipient: { ...FRAME.recipient, name: '{{brand}} $t(login.cancel)' } };
  const { html } = await renderer.render({ ...CONSENT, frame }, { chosen: 'en' });
  expect(textOf(html)).toContain('Allow {{brand}} $t(login.cancel) to see your electricity tariff?');
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

  test('that is nothing but white space is no name', async () => {
    const frame = { ...FRAME, recipient: { ...FRAME.recipient, name: ' \u202e ' } };
    const { html } = await renderer.render({ ...CONSENT, frame }, { chosen: 'en' });
    expect(textOf(html)).toContain('Allow the app you came from to see');
  });
});
