import { createInstance } from 'i18next';
import { Failure } from '../base/failure.ts';
import { overlay, readLocales, strangers, type LocaleFile, type TextTree } from './locale-files.ts';

export type TextValues = Record<string, string | number | undefined>;

/** One language's texts. */
export interface Texts {
  language: string;
  direction: 'ltr' | 'rtl';
  /** Of the wording: the bundled file's version, with `+` the pack's where it overrides. */
  version: string;
  /** The whole wording, for whoever records what was shown. */
  tree: TextTree;
  t: (key: string, values?: TextValues) => string;
  has: (key: string) => boolean;
}

export interface Wishes {
  /** What the person chose here, or an application asked for (OpenID Connect `ui_locales`); goes before the header. */
  chosen?: string | undefined;
  acceptLanguage?: string | undefined;
}

export interface Languages {
  supported: string[];
  /** `language` for words; `locale` also knows the region, for numbers and dates ("de" and "de-AT"). */
  choose(wishes: Wishes): { language: string; locale: string };
  texts(language: string): Texts;
}

export interface LanguagesParts {
  /** The bundled `locales/`. */
  folder: string;
  /** The provider pack's `locales/`, which replaces single texts or adds languages. */
  packFolder?: string | null;
  fallback?: string;
  /** ISO 3166; the region assumed for a reader who names only a language. */
  country?: string;
  /** A missing text or value throws `text_missing` instead of falling back to the fallback language. */
  strict?: boolean;
}

/** Throws `locale_invalid` with the file and everything wrong with it. */
export async function createLanguages(parts: LanguagesParts): Promise<Languages> {
  const { folder, packFolder = null, fallback = 'en', country, strict = false } = parts;
  const files = await wordings(folder, packFolder, fallback);
  const complain = (detail: string): string => {
    if (strict) throw new Failure('text_missing', { detail });
    return '';
  };
  // An instance of its own: the library's default one is shared by everything in the process.
  const i18n = createInstance();
  await i18n.init({
    resources: Object.fromEntries(files.map(({ language, texts }) => [language, { translation: texts }])),
    supportedLngs: files.map(({ language }) => language),
    fallbackLng: strict ? false : fallback,
    ns: 'translation',
    // The templates escape; doing it here as well would show entities to people.
    interpolation: { escapeValue: false },
    parseMissingKeyHandler: (key: string) => complain(key),
    missingInterpolationHandler: (text: string) => complain(text),
  });
  const supported = files.map(({ language }) => language);
  return {
    supported,
    choose: (wishes) => choose(wishes, supported, fallback, country),
    texts: (language) => {
      const found = files.find((file) => file.language === language);
      if (found === undefined) throw new Failure('language_unknown', { detail: language });
      const translate = i18n.getFixedT(found.language);
      return {
        language: found.language,
        direction: i18n.dir(found.language),
        version: found.version,
        tree: found.texts,
        t: (key, values = {}) => translate(key, values),
        has: (key) => i18n.exists(key, { lng: found.language }),
      };
    },
  };
}

async function wordings(folder: string, packFolder: string | null, fallback: string): Promise<LocaleFile[]> {
  const bundled = await readLocales(folder);
  const reference = bundled.find(({ language }) => language === fallback);
  if (reference === undefined) throw new Failure('locale_invalid', { path: folder, detail: `no ${fallback}.json` });
  const byLanguage = new Map(bundled.map((file) => [file.language, file]));
  for (const file of packFolder === null ? [] : await readLocales(packFolder)) {
    const problems = strangers(file.texts, reference.texts);
    if (problems.length > 0) {
      throw new Failure('locale_invalid', { path: `${file.language}.json`, detail: problems.join('; ') });
    }
    const base = byLanguage.get(file.language);
    byLanguage.set(file.language, {
      language: file.language,
      version: base === undefined ? file.version : `${base.version}+${file.version}`,
      texts: base === undefined ? file.texts : overlay(base.texts, file.texts),
    });
  }
  return [...byLanguage.values()];
}

/** Both written forms of Norwegian, and its common name, are understood by whoever reads the other. */
const READ_ALIKE: Record<string, string> = { no: 'nb', nn: 'nb' };

function choose({ chosen, acceptLanguage }: Wishes, supported: string[], fallback: string, country?: string) {
  for (const wish of [...(chosen ?? '').split(/\s+/), ...accepted(acceptLanguage ?? '')]) {
    const locale = localeOf(wish);
    if (locale === null) continue;
    const language =
      supported.find((candidate) => candidate === locale.toString()) ??
      supported.find((candidate) => candidate === (READ_ALIKE[locale.language] ?? locale.language));
    if (language !== undefined) return { language, locale: withRegion(locale, country) };
  }
  return { language: fallback, locale: withRegion(new Intl.Locale(fallback), country) };
}

function localeOf(tag: string): Intl.Locale | null {
  try {
    // Extensions (calendars, digits) are left behind: the pages are laid out for the plain forms.
    return new Intl.Locale(new Intl.Locale(tag).baseName);
  } catch {
    return null;
  }
}

const withRegion = (locale: Intl.Locale, country?: string): string =>
  locale.region === undefined && country !== undefined
    ? new Intl.Locale(locale, { region: country }).toString()
    : locale.toString();

/** Language tags of an `Accept-Language` header (RFC 9110 §12.5.4), the most wanted first. */
function accepted(header: string): string[] {
  return header
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim());
      const quality = parameters.find((parameter) => parameter.toLowerCase().startsWith('q='));
      return { tag, weight: quality === undefined ? 1 : Number(quality.slice(2)) };
    })
    .filter(({ weight }) => weight > 0 && weight <= 1)
    .sort((left, right) => right.weight - left.weight)
    .map(({ tag }) => tag);
}
