import { readFileSync } from 'node:fs';
import { Failure } from '../base/failure.ts';

/** sRGB, each part 0 to 255. */
type Colour = readonly [red: number, green: number, blue: number];

/**
 * What text and lines stand on, per scheme; the same values as in public/style.css. Colours derived from the
 * provider's accent are made readable on every one of them.
 */
export const SURFACES = {
  light: { page: '#f4f5f3', card: '#ffffff' },
  dark: { page: '#14181a', card: '#1e2426' },
} as const;

/** A quiet blue-green, for a provider that names no colour. */
const DEFAULT_ACCENT = '#0b6e66';

const INK: Colour = [0x11, 0x18, 0x1c];
const PAPER: Colour = [255, 255, 255];
/** WCAG 2.2: 4.5 for text (1.4.3), 3 for the edges of controls (1.4.11); a little above, for rounding. */
const TEXT = 4.6;
const EDGE = 3.1;

/** What GET /assets/theme.css answers: the accent, then the pack's own `theme.css` (its path), which has the last word. */
export const themeStylesheet = (accent: string | null, packTheme: string | null): string =>
  accentStylesheet(accent ?? DEFAULT_ACCENT) + (packTheme === null ? '' : readFileSync(packTheme, 'utf8'));

/**
 * The stylesheet that puts the provider's accent (`#rgb` or `#rrggbb`) into the pages, as custom properties:
 * `--accent` for links and lines, `--button` with `--on-button` and `--button-edge`, `--tint` for soft areas.
 * The button keeps the brand's own colour; its text, its edge and the links take what contrast asks for.
 * Throws `accent_invalid`.
 */
export function accentStylesheet(accent: string): string {
  const brand = parse(accent);
  return `:root{${declarations(brand, 'light')}}\n@media (prefers-color-scheme:dark){:root{${declarations(brand, 'dark')}}}\n`;
}

function declarations(brand: Colour, scheme: keyof typeof SURFACES): string {
  const surfaces = Object.values(SURFACES[scheme]).map(parse);
  const away = scheme === 'light' ? INK : PAPER;
  const values = {
    '--accent': readable(brand, surfaces, away, TEXT),
    '--button': brand,
    '--on-button': contrast(brand, PAPER) >= TEXT ? PAPER : darkest(brand),
    '--button-edge': readable(brand, surfaces, away, EDGE),
    '--tint': mix(parse(SURFACES[scheme].card), brand, 0.14),
  };
  return Object.entries(values)
    .map(([name, colour]) => `${name}:${hex(colour)}`)
    .join(';');
}

/** Dark text, in our ink where that is dark enough. Where white fails at 4.6, black reaches 4.5 at least. */
const darkest = (background: Colour): Colour => (contrast(background, INK) >= TEXT ? INK : [0, 0, 0]);

/** The colour itself, or as little as possible of `away` mixed in until it stands out from every surface. */
function readable(colour: Colour, surfaces: Colour[], away: Colour, ratio: number): Colour {
  for (let part = 0; part < 1; part += 0.02) {
    const mixed = mix(colour, away, part);
    if (surfaces.every((surface) => contrast(mixed, surface) >= ratio)) return mixed;
  }
  return away;
}

function mix(from: Colour, to: Colour, part: number): Colour {
  const blend = (a: number, b: number) => Math.round(a + (b - a) * part);
  return [blend(from[0], to[0]), blend(from[1], to[1]), blend(from[2], to[2])];
}

/** WCAG 2.2, contrast ratio: 1 to 21. */
export function contrastOf(one: string, other: string): number {
  return contrast(parse(one), parse(other));
}

function contrast(one: Colour, other: Colour): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function parse(text: string): Colour {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text);
  const digits = short ? short.slice(1).flatMap((digit) => [digit + digit]) : text.match(/[0-9a-f]{2}/gi);
  const [red, green, blue] = (digits ?? []).map((pair) => Number.parseInt(pair, 16));
  if (!/^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text) || red === undefined || green === undefined || blue === undefined) {
    throw new Failure('accent_invalid', { expected: '#rgb or #rrggbb' });
  }
  return [red, green, blue];
}

const hex = (colour: Colour): string => `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
