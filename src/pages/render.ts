import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ejs from 'ejs';
import type { Languages, Texts, TextValues } from '../web/languages.ts';
import type { Reader } from '../web/reader.ts';
import { drawChart, type Chart } from './chart.ts';
import { createFormat, type Format } from './format.ts';
import { onwardLink, webLink } from './links.ts';
import type { PageModel, PricesModel, ShareModel } from './models.ts';
import { tellPrices, type PriceStory } from './price-story.ts';
import { doneGroup, progressOf, sharedKeyOf, stepOf, titleKeyOf } from './signposts.ts';
import { tidy } from './tidy.ts';

/** The provider as its customers know it. */
export interface Brand {
  name: string;
  supportUrl: string | null;
  termsUrl: string | null;
  privacyUrl: string | null;
}

/** Addresses as they go into the page; `logo` is null when the provider has none. */
export interface PublicAssets {
  style: string;
  theme: string;
  logo: LogoAsset | null;
  /** Where customers see and stop what they share: a whole address, since receipts are printed. */
  connections: string;
}

/** Where the logo is, and how large it is shown where that is known, so that nothing moves when it comes. */
export interface LogoAsset {
  url: string;
  size: { width: number; height: number } | null;
}

export interface RendererParts {
  languages: Languages;
  brand: Brand;
  publicAssets: PublicAssets;
}

export interface RenderedPage {
  html: string;
  /** For `Content-Language`, and for the consent record. */
  language: string;
}

/** Identifies a wording exactly: `hash` is SHA-256 in hex over its texts and the markup around them. */
export interface ConsentText {
  version: string;
  hash: string;
}

export interface Renderer {
  render(model: PageModel, reader: Reader): Promise<RenderedPage>;
  consentText(language: string): ConsentText;
}

const VIEWS = path.resolve(import.meta.dirname, '../../views');
/** The only names the templates see, so that a misspelt one throws instead of printing nothing. */
const NAMES = ['model', 'frame', 't', 'has', 'format', 'brand', 'assets', 'recipient', 'page', 'tidy', 'webLink', 'it'];
/** Groups of texts that appear on the consent page. */
const CONSENT_TEXTS = ['layout', 'progress', 'customer', 'links', 'consent', 'prices', 'includes'];

export function createRenderer({ languages, brand, publicAssets }: RendererParts): Renderer {
  const markup = consentMarkup();
  return {
    async render(model, reader) {
      const { language, locale } = languages.choose(reader);
      const texts = languages.texts(language);
      const frame = model.frame;
      const recipient = tidy(frame?.recipient.name ?? '', 60) || null;
      const t = speak(texts, brand, recipient);
      const format = createFormat(locale);
      const html = await ejs.renderFile(
        path.join(VIEWS, 'layout.ejs'),
        {
          model,
          frame,
          t,
          has: texts.has,
          format,
          brand: {
            name: brand.name,
            supportUrl: webLink(brand.supportUrl),
            termsUrl: webLink(brand.termsUrl),
            privacyUrl: webLink(brand.privacyUrl),
          },
          assets: publicAssets,
          recipient,
          tidy,
          webLink,
          page: {
            language,
            direction: texts.direction,
            step: stepOf(model),
            view: `pages/${model.step.replaceAll('_', '-')}.ejs`,
            title: titleOf(model, t),
            languages: languageLinks(languages.supported, language, reader.here ?? null),
            progress: progressOf(model),
            onward: onwardOf(model),
            // Whoever follows the link of a finished journey must have time to read that it is finished.
            goesOn: model.step !== 'done' || !model.foreign,
            leave: leaveOf(model),
            group: model.step === 'done' ? doneGroup(model) : null,
            shared: model.step === 'error' ? sharedKeyOf(model) : null,
            prices: model.step === 'consent' ? pricesOf(model.prices, t, format) : null,
            recipientOf: ({ recipient: name }: ShareModel) =>
              name === null ? {} : { recipient: tidy(name, 60), context: '' },
            moment: (instant: string, zone: string) =>
              t('layout.moment', { date: format.date(instant, zone), time: format.time(instant, zone) }),
          },
        },
        { cache: true, strict: true, destructuredLocals: NAMES, rmWhitespace: true },
      );
      return { html, language };
    },
    consentText(language) {
      const { version, tree } = languages.texts(language);
      const shown = CONSENT_TEXTS.map((group) => tree[group]);
      const hash = createHash('sha256').update(JSON.stringify({ language, shown, markup })).digest('hex');
      return { version, hash };
    },
  };
}

type Speak = (key: string, values?: TextValues) => string;

/** Texts know the provider and the recipient by themselves; without a recipient's name their `_unnamed` form is taken. */
function speak(texts: Texts, brand: Brand, recipient: string | null): Speak {
  const known: TextValues = recipient === null ? { context: 'unnamed' } : { recipient };
  return (key, values) => texts.t(key, { brand: brand.name, ...known, ...values });
}

function titleOf(model: PageModel, t: Speak): string {
  const title = t(titleKeyOf(model));
  // Read out first, so that someone who cannot see the page knows at once why it is here again.
  const step = model.step === 'supply' && model.problem !== null ? t('layout.problem_title', { title }) : title;
  return t('layout.title', { step });
}

/** The same page in every language, each named as its readers call it; none where it cannot be asked for again. */
function languageLinks(supported: readonly string[], current: string, here: string | null) {
  if (here === null) return [];
  return supported
    .map((code) => ({
      code,
      name: ownName(code),
      url: `${here}${here.includes('?') ? '&' : '?'}lang=${code}`,
      current: code === current,
    }))
    .sort((left, right) => left.name.localeCompare(right.name, 'en'));
}

function ownName(code: string): string {
  const name = new Intl.DisplayNames(code, { type: 'language' }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

/** Where the page leads by itself, and by a visible link. */
function onwardOf(model: PageModel): string | null {
  if (model.step === 'redirecting' || model.step === 'signing_out' || model.step === 'finishing') {
    return onwardLink(model.url);
  }
  if (model.step === 'done') return model.returnUrl === null ? null : onwardLink(model.returnUrl);
  return null;
}

/** A way back to the app that decides nothing. */
function leaveOf(model: PageModel): string | null {
  const url = model.step === 'login' || model.step === 'error' ? model.leaveUrl : null;
  return url === null ? null : onwardLink(url);
}

interface PricesView {
  story: PriceStory | null;
  chart: Chart | null;
  price: (perKwh: number) => string;
  level: (perKwh: number) => string;
  /** "tomorrow at 02:30" */
  moment: (instant: string) => string;
  time: (instant: string) => string;
  /** When the picture begins. */
  start: string;
  /** "18:00" or "6 PM", below the picture. */
  hour: (instant: string) => string;
  /** "p/kWh": what the numbers beside the picture count. */
  unit: string;
}

function pricesOf(prices: PricesModel | null, t: Speak, format: Format): PricesView | null {
  if (prices === null) return null;
  const { currency, timezone, points } = prices;
  const story = tellPrices(points, timezone);
  const today = points[0]?.from ?? '';
  const time = (instant: string) => format.time(instant, timezone, story?.clockChange ?? false);
  return {
    story,
    chart: story === null || story.flat ? null : drawChart(story, timezone),
    price: (perKwh) => {
      const { amount, unit } = format.price(perKwh, currency);
      return unit === null ? t('prices.money_per_kwh', { amount }) : t('prices.per_kwh', { amount, unit });
    },
    level: (perKwh) => format.level(perKwh, currency),
    moment: (instant) => t('prices.at', { day: format.day(instant, today, timezone), time: time(instant) }),
    time,
    start: points[0] === undefined ? '' : format.time(points[0].from, timezone),
    hour: (instant) => format.hour(instant, timezone),
    unit: t('prices.money_per_kwh', { amount: format.sign(currency) }),
  };
}

function consentMarkup(): string[] {
  const parts = readdirSync(path.join(VIEWS, 'parts')).sort();
  return ['layout.ejs', 'pages/consent.ejs', ...parts.map((name) => `parts/${name}`)].map((name) =>
    readFileSync(path.join(VIEWS, name), 'utf8'),
  );
}
