import { readFileSync } from 'node:fs';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accentStylesheet, contrastOf, SURFACES, themeStylesheet } from '../../src/web/accent.ts';
import { ROOT } from './rendering.ts';

const SCHEMES = ['light', 'dark'] as const;

function properties(css: string, scheme: (typeof SCHEMES)[number]): Record<string, string> {
  const [light = '', dark = ''] = css.split('@media');
  const block = scheme === 'light' ? light : dark;
  return Object.fromEntries(
    [...block.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]),
  );
}

function readableEverywhere(accent: string): void {
  for (const scheme of SCHEMES) {
    const colours = properties(accentStylesheet(accent), scheme);
    expect(contrastOf(colours['--on-button']!, colours['--button']!)).toBeGreaterThanOrEqual(4.5);
    for (const surface of Object.values(SURFACES[scheme])) {
      expect(contrastOf(colours['--accent']!, surface)).toBeGreaterThanOrEqual(4.5);
      expect(contrastOf(colours['--button-edge']!, surface)).toBeGreaterThanOrEqual(3);
    }
  }
}

describe('an accent stays readable in light and dark', () => {
  test.each([
    '#ffffff',
    '#000000',
    '#ffff00',
    '#777777',
    '#767676',
    '#00ffff',
    '#ff0000',
    '#0000ff',
    '#f4f5f3',
    '#abc',
  ])('%s', readableEverywhere);

  test('whatever it is', () => {
    const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
    fc.assert(fc.property(colour, readableEverywhere), { numRuns: 300 });
  });
});

test('a button has the very colour of the brand', () => {
  expect(properties(accentStylesheet('#ffcc00'), 'light')['--button']).toBe('#ffcc00');
  expect(properties(accentStylesheet('#ffcc00'), 'dark')['--button']).toBe('#ffcc00');
});

test.each(['red', '#12', '#12345', '#1234567', 'url(x)', '#12345g', '', '#fff;}body{display:none'])(
  '%j is not a colour',
  (accent) => expect(() => accentStylesheet(accent)).toThrow('accent_invalid'),
);

test('a provider without an accent gets ours', () => {
  expect(themeStylesheet(null, null)).toContain('--button:#0b6e66');
});

test('the provider’s own stylesheet has the last word', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'theme-')), 'theme.css');
  writeFileSync(file, 'h1 { letter-spacing: 0 }');
  expect(themeStylesheet('#123456', file)).toMatch(/^:root\{.*h1 \{ letter-spacing: 0 \}$/s);
});

describe('the stylesheet of the pages', () => {
  const style = readFileSync(path.join(ROOT, 'public/style.css'), 'utf8');
  const [light = '', dark = ''] = style.split('@media (prefers-color-scheme: dark)');
  const blocks = { light: light.slice(0, light.indexOf('*,')), dark: dark.slice(0, dark.indexOf('*,')) };

  test.each(SCHEMES)('stands on the surfaces that contrast is measured against: %s', (scheme) => {
    expect(blocks[scheme]).toContain(`--page: ${SURFACES[scheme].page};`);
    expect(blocks[scheme]).toContain(`--card: ${SURFACES[scheme].card};`);
  });

  test.each(SCHEMES)('has readable words of its own: %s', (scheme) => {
    const colours = properties(`${blocks.light}@media${blocks.dark}`, scheme);
    for (const surface of ['--page', '--card'] as const) {
      for (const words of ['--text', '--quiet', '--accent']) {
        expect(contrastOf(colours[words]!, colours[surface]!)).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrastOf(colours['--edge']!, colours[surface]!)).toBeGreaterThanOrEqual(3);
    }
    expect(contrastOf(colours['--text']!, colours['--notice']!)).toBeGreaterThanOrEqual(4.5);
    expect(contrastOf(colours['--text']!, colours['--tint']!)).toBeGreaterThanOrEqual(4.5);
  });

  test('asks nobody else for anything', () => {
    expect(style).not.toMatch(/@import|url\(|https?:/);
  });
});
