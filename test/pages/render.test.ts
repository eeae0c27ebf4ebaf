import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PageModel } from '../../src/pages/models.ts';
import type { Renderer } from '../../src/pages/render.ts';
import { stepOf } from '../../src/pages/signposts.ts';
import { themeStylesheet } from '../../src/web/accent.ts';
import { MOST_BYTES } from '../../src/journey/logos/logos.ts';
import type { Languages } from '../../src/web/languages.ts';
import { CONSENT, FRAME, STATES } from '../../src/sandbox/preview/states.ts';
import { ASSETS, BRAND, rendererWith, ROOT, strictLanguages, textOf, titleOf } from './rendering.ts';

/** What a pack's own logo may weigh beside everything else (docs/plug-in-your-tariff.md). */
const PROVIDERS_LOGO = 8_000;

let languages: Languages;
let renderer: Renderer;
beforeAll(async () => {
  languages = await strictLanguages();
  renderer = rendererWith(languages);
});

const english = async (model: PageModel): Promise<string> => (await renderer.render(model, { chosen: 'en' })).html;
const state = (name: string): PageModel => STATES[name]!;

describe.each(Object.entries(STATES))('the page %s', (_name, model) => {
  test.each(['en', 'de', 'cy'])('stands on its own feet in %s', async (chosen) => {
    const { html, language } = await renderer.render(model, { chosen });
    expect(language).toBe(chosen);
    expect(html).toContain(`<html lang="${chosen}" dir="ltr">`);
    expect(html.match(/<h1[ >]/g)).toHaveLength(1);
    expect(html.match(/<main /g)).toHaveLength(1);
    expect(html).toContain(`<main data-step="${stepOf(model)}"`);
    expect(titleOf(html)).toMatch(/ – Example Energy$/);
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).not.toMatch(/undefined|\[object|NaN/);
  });

  test('needs nothing a strict content policy forbids', async () => {
    const html = await english(model);
    expect(html).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=/i);
    const loaded = [...html.matchAll(/<(?:img|link)[^>]*(?:src|href)="([^"]*)"/g)].map(([, url]) => url);
    expect(loaded.slice(0, 4)).toEqual(['/assets/style.css', '/assets/theme.css', '/assets/logo', '/assets/logo']);
    // The asking app's logo comes from us too.
    expect(loaded.slice(4).filter((url) => url !== FRAME.recipient.logo)).toEqual([]);
  });

  test('posts every choice with its hook and its protection', async () => {
    const html = await english(model);
    const forms = [...html.matchAll(/<form[^>]*method="post"[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/gs)];
    for (const [, action = '', body = ''] of forms) {
      expect(body).toContain(`<input type="hidden" name="csrf" value="${FRAME.csrf}">`);
      const hooks = [...body.matchAll(/data-action="(\w+)"/g)].map(([, hook]) => hook);
      expect(action.startsWith(`${model.frame?.base ?? 'none'}/`)).toBe(true);
      expect(hooks).toEqual([action.split('/').at(-1)]);
    }
    expect(html.match(/data-action=/g)?.length ?? 0).toBe(forms.length);
  });

  test('weighs less than 50 KB with its stylesheets', async () => {
    const style = readFileSync(path.join(ROOT, 'public/style.css'));
    const bytes = Buffer.byteLength(await english(model)) + style.length + themeStylesheet(null, null).length;
    expect(bytes).toBeLessThan(50 * 1024);
  });
});

describe('hooks', () => {
  const actions = async (name: string): Promise<string[]> =>
    [...(await english(state(name))).matchAll(/data-action="(\w+)"/g)].map(([, hook]) => hook!);

  test.each([
    ['login', ['continue', 'cancel']],
    ['login-held-elsewhere', ['continue']],
    ['redirecting', []],
    ['supply', ['switch', 'choose', 'cancel']],
    ['supply-nothing-found', ['switch', 'cancel']],
    ['supply-none-available', ['switch', 'cancel']],
    ['consent', ['switch', 'deny', 'allow']],
    ['consent-flat', ['switch', 'choose', 'deny', 'allow']],
    ['finishing', []],
    ['done-allowed-accepted', []],
    ['error-sign_in_failed', ['retry', 'return']],
    ['error-no_supply', ['switch', 'return']],
    ['error-token_unknown', []],
  ])('%s offers %j', async (name, expected) => {
    expect(await actions(name)).toEqual(expected);
  });

  test('an error page names its reason', async () => {
    expect(await english(state('error-token_used'))).toContain('<main data-step="error" data-reason="token_used">');
  });

  test('an error outside a journey offers no form, whatever it is told', async () => {
    const model = { ...state('error-internal'), actions: ['retry', 'return'] } as PageModel;
    expect(await english(model)).not.toContain('<form');
  });
});

describe('moving on', () => {
  test.each([
    ['redirecting', 'https://login.example/authorize?client_id=adapter&amp;state=x'],
    ['signing-out', 'https://login.energy.example/session/end'],
    ['finishing', `${FRAME.base}/finishing?wait=1`],
    ['done-allowed-accepted', 'https://nordlicht.example/flatpeak?connect_token=cot_made_up'],
    ['done-unnamed', 'myapp://oauth-callback?connect_token=cot_made_up'],
  ])('%s leads on by itself, and by a link', async (name, url) => {
    const html = await english(state(name));
    expect(html).toContain(`<meta http-equiv="refresh" content="0;url=${url}">`);
    expect(html).toMatch(new RegExp(`<a [^>]*href="${url.replace(/[?.]/g, '\\$&')}"`));
  });

  test.each(Object.keys(STATES).filter((name) => !/^(redirecting|signing-out|finishing|done)/.test(name)))(
    '%s stays until a person decides',
    async (name) => {
      expect(await english(state(name))).not.toContain('http-equiv="refresh"');
    },
  );

  test.each(['done-no-way-back', 'done-foreign', 'done-outside'])('%s has nowhere to go and says so', async (name) => {
    const html = await english(state(name));
    expect(html).not.toContain('http-equiv="refresh"');
    expect(textOf(html)).toContain('You can close this page now and go back to the app.');
  });

  test('a decision made elsewhere is not told', async () => {
    const told = await Promise.all(
      (['allowed', 'declined', 'failed'] as const).map((outcome) =>
        english({ ...state('done-foreign'), outcome } as PageModel),
      ),
    );
    expect(new Set(told).size).toBe(1);
  });

  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,hello',
    'vbscript:x',
    'blob:https://a.example/1',
    'file:///etc/passwd',
    '//evil.example/',
    '/\\evil.example/',
    'https://a.example/ 1;url=https://b.example',
    'not an address',
  ])('never leads to %s', async (url) => {
    await expect(
      renderer.render({ ...state('done-allowed-accepted'), returnUrl: url } as PageModel, {}),
    ).rejects.toThrow('link_refused');
  });
});

describe('titles', () => {
  test('tell the pages apart', async () => {
    const kinds = new Map<string, PageModel>();
    for (const model of Object.values(STATES)) {
      const kind =
        model.step === 'error'
          ? model.reason
          : model.step === 'done'
            ? `${model.foreign} ${model.foreign || model.outcome} ${model.foreign || model.delivery}`
            : model.step;
      if (!kinds.has(kind)) kinds.set(kind, model);
    }
    for (const chosen of languages.supported) {
      const titles = await Promise.all(
        [...kinds.values()].map(async (model) => titleOf((await renderer.render(model, { chosen })).html)),
      );
      // Whether the app already knows is the only difference between two pages of a failure told late.
      expect(titles).toHaveLength(kinds.size);
      expect(new Set(titles).size).toBe(kinds.size);
    }
  });

  test('begin with the problem when a choice could not be made', async () => {
    const html = await english(state('supply-none-chosen'));
    expect(titleOf(html)).toBe('Problem: Choose a contract – Example Energy');
    expect(html).toMatch(/role="alert"[^>]*>Please choose a contract first\./);
  });
});

test.each(Object.entries(STATES))(
  'the page %s weighs less than 50 KB with all it loads, in every language',
  async (_, model) => {
    const ours = readFileSync(path.join(ROOT, 'public/style.css')).length + themeStylesheet('#0b6e4f', null).length;
    for (const chosen of languages.supported) {
      const { html } = await renderer.render(model, { chosen, here: '/connections' });
      expect(Buffer.byteLength(html) + ours + MOST_BYTES + PROVIDERS_LOGO).toBeLessThan(50_000);
    }
  },
);

describe('the provider', () => {
  test('without a logo is named in its place', async () => {
    const plain = (await import('../../src/pages/render.ts')).createRenderer({
      languages,
      brand: BRAND,
      publicAssets: { ...ASSETS, logo: null },
    });
    const { html } = await plain.render(state('login-unnamed'), {});
    expect(html).not.toContain('<img');
    expect(html).toContain('<p class="brand">Example Energy</p>');
  });

  test('without addresses has no empty links', async () => {
    const bare = rendererWith(languages, {
      name: 'Example Energy',
      supportUrl: null,
      termsUrl: null,
      privacyUrl: null,
    });
    const { html } = await bare.render(state('consent-unnamed'), {});
    expect(html.match(/<a [^>]*>/g)).toEqual([expect.stringContaining(ASSETS.connections)]);
    expect(html).not.toContain('<nav');
  });
});

describe('links to the recipient', () => {
  const linked = async (termsUrl: string): Promise<boolean> => {
    const frame = { ...FRAME, recipient: { name: 'App', logo: null, termsUrl, privacyUrl: null, supportUrl: null } };
    return (await english({ ...CONSENT, frame })).includes('aria-label="Terms of App"');
  };

  test.each(['https://app.example/terms', 'http://localhost:3000/terms', 'http://127.0.0.1/terms'])(
    '%s is shown',
    async (url) => expect(await linked(url)).toBe(true),
  );

  test.each([
    'http://app.example/terms',
    'javascript:alert(1)',
    'data:text/html,x',
    'myapp://terms',
    'https://user:secret@app.example/',
    '/terms',
    'terms',
    '',
  ])('%j is left out', async (url) => expect(await linked(url)).toBe(false));
});
