import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { flatten, placeholdersOf, stemOf } from '../../src/web/locale-files.ts';
import { createLanguages, type Languages } from '../../src/web/languages.ts';
import { STATES } from '../../src/sandbox/preview/states.ts';
import { LOCALES, rendererWith, strictLanguages, textOf } from './rendering.ts';

const ALL = ['cy', 'da', 'de', 'en', 'es', 'fr', 'it', 'nb', 'nl', 'pl', 'pt', 'sv'];
const OTHERS = ALL.filter((language) => language !== 'en');

let languages: Languages;
beforeAll(async () => {
  languages = await strictLanguages();
});

function pack(files: Record<string, unknown>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'locales-'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

const withPack = (files: Record<string, unknown>, strict = true): Promise<Languages> =>
  createLanguages({ folder: LOCALES, packFolder: pack(files), strict });

describe('the reader’s language', () => {
  test.each([
    [undefined, 'en', 'en-GB'],
    ['', 'en', 'en-GB'],
    ['de', 'de', 'de-GB'],
    ['de-AT', 'de', 'de-AT'],
    ['en-US,en;q=0.9', 'en', 'en-US'],
    ['de-AT,en;q=0.5', 'de', 'de-AT'],
    ['en;q=0.3, fr;q=0.8', 'fr', 'fr-GB'],
    ['sw, fr-BE;q=0.5', 'fr', 'fr-BE'],
    ['sw,*;q=0.1', 'en', 'en-GB'],
    ['fr;q=0, de', 'de', 'de-GB'],
    ['FR-ca', 'fr', 'fr-CA'],
    ['de-DE-u-nu-arab', 'de', 'de-DE'],
    ['no', 'nb', 'no-GB'],
    ['nn-NO', 'nb', 'nn-NO'],
    ['pt-BR', 'pt', 'pt-BR'],
    ['not_a_tag, ;;q=, =', 'en', 'en-GB'],
    ['de;q=nonsense, fr', 'fr', 'fr-GB'],
    [`${'x'.repeat(100_000)},de`, 'en', 'en-GB'],
  ])('of %.40j is %s, written as in %s', (acceptLanguage, language, locale) => {
    expect(languages.choose({ acceptLanguage })).toEqual({ language, locale });
  });

  test.each([
    ['fr', 'de', 'fr'],
    ['sw fr', 'de', 'fr'],
    ['sw', 'de', 'de'],
  ])('chosen as %s goes before %s in the header', (chosen, acceptLanguage, language) => {
    expect(languages.choose({ chosen, acceptLanguage }).language).toBe(language);
  });
});

describe('every language we bring', () => {
  const english = () => flatten(languages.texts('en').tree);
  const stems = (language: string) => new Set(flatten(languages.texts(language).tree).map(([key]) => stemOf(key)));
  const forms = (language: string, stem: string) =>
    flatten(languages.texts(language).tree).filter(([key]) => stemOf(key) === stem);

  test('is there', () => expect(languages.supported).toEqual(ALL));

  test.each(OTHERS)('%s has the same texts as English', (language) => {
    expect([...stems(language)].sort()).toEqual([...stems('en')].sort());
  });

  test.each(ALL)('%s has every plural its grammar asks for', (language) => {
    const counted = new Set(
      english()
        .filter(([key]) => key.endsWith('_other'))
        .map(([key]) => stemOf(key)),
    );
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const stem of counted) {
      expect(
        forms(language, stem)
          .map(([key]) => key)
          .sort(),
      ).toEqual(categories.map((category) => `${stem}_${category}`).sort());
    }
  });

  test.each(ALL)('%s says without the recipient’s name whatever it says with it', (language) => {
    const all = new Map(flatten(languages.texts(language).tree));
    for (const [key, text] of all) {
      if (!placeholdersOf(text).includes('recipient')) continue;
      expect(all.get(`${key}_unnamed`)).toBeDefined();
      expect(placeholdersOf(all.get(`${key}_unnamed`)!)).not.toContain('recipient');
    }
  });

  test.each(OTHERS)('%s fills in what English fills in', (language) => {
    for (const [key, text] of english()) {
      const same = new Map(flatten(languages.texts(language).tree)).get(key);
      expect([key, new Set(placeholdersOf(same!))]).toEqual([key, new Set(placeholdersOf(text))]);
    }
  });

  test.each(ALL)('%s has no text that no page shows', async (language) => {
    const used = new Set<string>();
    const recording: Languages = {
      ...languages,
      texts: (wanted) => {
        const texts = languages.texts(wanted);
        return { ...texts, t: (key, values) => (used.add(key), texts.t(key, values)) };
      },
    };
    const renderer = rendererWith(recording);
    for (const model of Object.values(STATES)) await renderer.render(model, { chosen: language, here: '/connections' });
    const shown = flatten(languages.texts(language).tree).map(([key]) => key);
    expect(shown.filter((key) => !used.has(key) && !used.has(stemOf(key)) && !usedByContext(used, key))).toEqual([]);
  });

  /** `finishing.longer_declined` is asked for as `finishing.longer` with a context. */
  const usedByContext = (used: Set<string>, key: string): boolean =>
    /_(allowed|declined|failed)$/.test(key) && used.has(key.replace(/_[a-z]+$/, ''));
});

describe('a text that is missing', () => {
  test('fails where texts are tested', () => {
    expect(() => languages.texts('en').t('consent.no_such_text')).toThrow('text_missing');
  });

  test('fails as well where a value for it is missing', () => {
    expect(() => languages.texts('en').t('layout.reference')).toThrow('text_missing');
  });

  test('is taken from the fallback language before customers', async () => {
    const lenient = await withPack({ 'fi.json': { meta: { version: '1' }, login: { cancel: 'Peruuta' } } }, false);
    expect(lenient.texts('fi').t('login.cancel')).toBe('Peruuta');
    expect(lenient.texts('fi').t('login.continue')).toBe('Sign in');
  });
});

describe('a provider pack', () => {
  test('replaces single texts and is named in the version', async () => {
    const own = await withPack({
      'en.json': { meta: { version: 'acme-3' }, login: { continue: 'Log in to {{brand}}' } },
    });
    expect(own.texts('en').version).toBe('en-2+acme-3');
    const { html } = await rendererWith(own).render(STATES.login!, { chosen: 'en' });
    expect(textOf(html)).toContain('Log in to Example Energy');
    expect(textOf(html)).toContain('Cancel');
  });

  test('adds a language', async () => {
    const own = await withPack({ 'cy.json': { meta: { version: '1' }, login: { cancel: 'Canslo' } } });
    expect(own.choose({ acceptLanguage: 'cy-GB' })).toEqual({ language: 'cy', locale: 'cy-GB' });
  });

  test('that adds a language written from the right turns the page', async () => {
    const own = await withPack({ 'he.json': { meta: { version: '1' }, login: { cancel: 'ביטול' } } }, false);
    const { html } = await rendererWith(own).render(STATES.login!, { chosen: 'he' });
    expect(html).toContain('<html lang="he" dir="rtl">');
  });

  test.each([
    ['a text we do not have', { login: { cansel: 'No' } }, 'login.cansel: is not a text of the pages'],
    ['a value nobody fills', { login: { cancel: 'No, {{recipent}}' } }, 'login.cancel: nothing fills {{recipent}}'],
  ])('with %s is refused, and told where', async (_what, texts, detail) => {
    await expect(withPack({ 'en.json': { meta: { version: '1' }, ...texts } })).rejects.toMatchObject({
      code: 'locale_invalid',
      facts: { detail },
    });
  });

  test.each([
    ['no version', 'en.json', { login: {} }],
    ['a number for a text', 'en.json', { meta: { version: '1' }, login: { cancel: 7 } }],
    ['an empty text', 'en.json', { meta: { version: '1' }, login: { cancel: '' } }],
    ['no JSON', 'en.json', '{'],
    ['a name that is no language', 'texts_of_ours.json', { meta: { version: '1' } }],
  ])('with %s is refused', async (_what, name, content) => {
    await expect(withPack({ [name]: content })).rejects.toMatchObject({ code: 'locale_invalid' });
  });
});

test('two sets of languages know nothing of each other', async () => {
  await withPack({ 'en.json': { meta: { version: '1' }, login: { cancel: 'Stop here' } } });
  expect(languages.texts('en').t('login.cancel')).toBe('Cancel');
});

describe('the wording a consent was given to', () => {
  test('has a version and a hash of its own in each language', () => {
    const renderer = rendererWith(languages);
    const wordings = languages.supported.map((language) => renderer.consentText(language));
    expect(wordings.map(({ version }) => version)).toEqual(
      ALL.map((language) => expect.stringMatching(`^${language}-\\d+$`)),
    );
    expect(new Set(wordings.map(({ hash }) => hash)).size).toBe(ALL.length);
    for (const { hash } of wordings) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is the same until somebody changes it', async () => {
    const again = rendererWith(await strictLanguages());
    expect(again.consentText('en')).toEqual(rendererWith(languages).consentText('en'));
  });

  test('is another when a pack changes what the consent page says', async () => {
    const own = await withPack({ 'en.json': { meta: { version: '1' }, consent: { allow: 'Yes' } } });
    expect(rendererWith(own).consentText('en').hash).not.toBe(rendererWith(languages).consentText('en').hash);
  });

  test('is the same when a pack changes another page', async () => {
    const own = await withPack({ 'en.json': { meta: { version: '1' }, login: { cancel: 'No' } } });
    expect(rendererWith(own).consentText('en').hash).toBe(rendererWith(languages).consentText('en').hash);
  });
});
