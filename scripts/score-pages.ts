import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startPreview } from '../src/sandbox/preview/preview.ts';
import { STATES } from '../src/sandbox/preview/states.ts';
import { findChromium } from '../test/support/programs.ts';

/**
 * Runs Lighthouse (mobile preset, Debian's Chromium) over every page of the adapter and writes docs/page-scores.md.
 *   npm run score:pages [-- --every-state] [-- --language de]
 * Lighthouse is installed for this run only, outside of the project. Ends with 1 when a page scores below the bar.
 */

const VERSION = '13.5.0';
const BAR = { accessibility: 100, 'best-practices': 100, performance: 98 } as const;
type Category = keyof typeof BAR;
const CATEGORIES = Object.keys(BAR) as Category[];

const ROOT = path.resolve(import.meta.dirname, '..');
const REPORT = path.join(ROOT, 'docs/page-scores.md');

const { values: options } = parseArgs({
  options: { 'every-state': { type: 'boolean', default: false }, language: { type: 'string', default: 'en' } },
});

const resultSchema = z.object({
  lhr: z.object({
    categories: z.record(z.string(), z.object({ score: z.number().nullable() })),
    audits: z.record(z.string(), z.object({ score: z.number().nullable(), title: z.string() })),
    environment: z.object({ hostUserAgent: z.string() }),
  }),
});

interface Scored {
  state: string;
  scores: Record<Category, number>;
}

const chromium = findChromium(process.env);
if (chromium === null) throw new Error('There is no Chromium here; "npm test" installs it or says how.');

const folder = mkdtempSync(path.join(tmpdir(), 'lighthouse-'));
try {
  process.stdout.write('Installing Lighthouse …\n');
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  const args = ['install', `lighthouse@${VERSION}`, 'chrome-launcher@1', '--no-audit', '--no-fund', '--loglevel=error'];
  if (spawnSync('npm', args, { cwd: folder, stdio: 'inherit' }).status !== 0) throw new Error('npm install failed');
  process.exitCode = (await scoreAll(await lighthouseIn(folder))) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

type Run = (url: string) => Promise<z.output<typeof resultSchema>['lhr']>;

/** Lighthouse and its launcher, as installed there; what they answer is checked like any other system's answer. */
async function lighthouseIn(at: string): Promise<{ run: Run; close: () => void }> {
  const load = (file: string) => import(pathToFileURL(path.join(at, 'node_modules', file)).href) as Promise<unknown>;
  const { default: lighthouse } = z
    .object({ default: z.custom<(url: string, flags: object) => Promise<unknown>>((it) => typeof it === 'function') })
    .parse(await load('lighthouse/core/index.js'));
  const { launch } = z
    .object({
      launch: z.custom<(how: object) => Promise<{ port: number; kill: () => void }>>((it) => typeof it === 'function'),
    })
    .parse(await load('chrome-launcher/dist/index.js'));
  const browser = await launch({
    chromePath: chromium,
    chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic'],
  });
  return {
    // The default configuration is the mobile preset: a slow phone on slow 4G.
    run: async (url) =>
      resultSchema.parse(
        await lighthouse(url, { port: browser.port, onlyCategories: CATEGORIES, logLevel: 'error', output: 'json' }),
      ).lhr,
    close: () => browser.kill(),
  };
}

/** Now and then the browser's first frame is missed, and there is no score at all. */
async function settled(run: Run, url: string): ReturnType<Run> {
  const first = await run(url);
  return CATEGORIES.every((name) => first.categories[name]?.score != null) ? first : run(url);
}

async function scoreAll({ run, close }: { run: Run; close: () => void }): Promise<boolean> {
  const preview = await startPreview({ port: 0 });
  const scored: Scored[] = [];
  let agent = '';
  try {
    for (const state of options['every-state'] ? preview.states : onePerPage(preview.states)) {
      const lhr = await settled(run, preview.addressOf(state, options.language));
      agent = lhr.environment.hostUserAgent;
      const scores = Object.fromEntries(
        CATEGORIES.map((name) => [name, Math.round((lhr.categories[name]?.score ?? 0) * 100)]),
      ) as Scored['scores'];
      scored.push({ state, scores });
      const failed = Object.values(lhr.audits).filter(({ score }) => score !== null && score < 0.9);
      process.stdout.write(`${state}: ${CATEGORIES.map((name) => scores[name]).join(' ')}\n`);
      if (!reached(scored.at(-1))) for (const { title } of failed) process.stdout.write(`    ${title}\n`);
    }
  } finally {
    close();
    await preview.close();
  }
  writeFileSync(REPORT, report(scored, agent));
  return scored.every(reached);
}

/** The first state of each page; of error pages, one with ways out and one without. */
function onePerPage(states: readonly string[]): string[] {
  const pages = Map.groupBy(states, (state) => STATES[state]?.step ?? state);
  return [...[...pages.values()].flatMap(([first]) => first ?? []), 'error-no_supply'];
}

function reached(page: Scored | undefined): boolean {
  return page !== undefined && CATEGORIES.every((name) => page.scores[name] >= BAR[name]);
}

function report(scored: readonly Scored[], agent: string): string {
  const chrome = /Chrome\/[\d.]+/.exec(agent)?.[0] ?? 'Chromium';
  const lowest = (name: Category) => Math.min(...scored.map(({ scores }) => scores[name]));
  const cells = scored.map(
    ({ state, scores }) => `| \`${state}\` | ${CATEGORIES.map((name) => scores[name]).join(' | ')} |`,
  );
  return `# What Lighthouse says of the pages

Written by \`npm run score:pages\` on ${new Date().toISOString().slice(0, 10)}: Lighthouse ${VERSION}, mobile preset,
${chrome.replace('/', ' ')}, the pages as the sandbox shows them${options['every-state'] ? ', in every state' : ''}, in “${options.language}”. Lowest of all:
${CATEGORIES.map((name) => `${name} ${lowest(name)}`).join(', ')}. The bar is ${CATEGORIES.map((name) => `${BAR[name]}`).join(', ')}.

| page | accessibility | best practices | performance |
| --- | --- | --- | --- |
${cells.join('\n')}
`;
}
