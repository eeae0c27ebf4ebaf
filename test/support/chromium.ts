import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findChromium } from './programs.ts';

/** Chromium without what needs the world outside: no updates, no sync, nothing fetched in the background. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium(process.env);
  if (executablePath === null) throw new Error('The browser tests need Chromium: install it or set CHROMIUM_PATH.');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

export interface PhoneOptions {
  /** True when left out. */
  javaScript?: boolean;
}

/** A customer's browser with cookies of its own, in which everything that goes wrong on a page is written down. */
export interface Phone {
  context: BrowserContext;
  /** The tab that was opened first. */
  tab: Tab;
  newTab(): Promise<Tab>;
  /** Violations of a content security policy, errors and warnings on the console, requests that failed; in order. */
  complaints: string[];
  close(): Promise<void>;
}

export interface Tab {
  page: Page;
  /** Every navigation a page asked for, with the reason Chromium gives; also to schemes nobody handles. */
  asked: { url: string; reason: string }[];
  /** Goes to an address, as when another app opens a link; what the page leads on to is not waited for. */
  open(url: string): Promise<void>;
  /** Waits for the page with this `data-step`, at an address that begins so. */
  shows(step: string, address?: string): Promise<void>;
  press(action: string): Promise<void>;
  /** Resolves when a request for an address that begins so came to nothing, and the page before it has stayed. */
  turnedBack(address: string): Promise<void>;
  back(): Promise<void>;
  reload(): Promise<void>;
}

const PHONE = { width: 390, height: 844 };
const PATIENCE_MS = 20_000;

export async function openPhone(browser: Browser, { javaScript = true }: PhoneOptions = {}): Promise<Phone> {
  const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled: javaScript, locale: 'en-GB' });
  context.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  await writeDownTrouble(context, complaints);
  const newTab = () => openTab(context, complaints);
  return { context, tab: await newTab(), newTab, complaints, close: () => context.close() };
}

async function openTab(context: BrowserContext, complaints: string[]): Promise<Tab> {
  const page = await context.newPage();
  const asked: Tab['asked'] = [];
  const protocol = await context.newCDPSession(page);
  // Unlike events in the page, these come with JavaScript off too.
  protocol.on('Audits.issueAdded', ({ issue }) => {
    const violation = issue.details.contentSecurityPolicyIssueDetails;
    if (violation) complaints.push(`policy: ${violation.violatedDirective} ${bare(violation.blockedURL ?? '')}`);
  });
  protocol.on('Page.frameRequestedNavigation', ({ url, reason }) => asked.push({ url, reason }));
  await protocol.send('Audits.enable');
  await protocol.send('Page.enable');
  const committed = { waitUntil: 'commit' } as const;
  return {
    page,
    asked,
    open: async (url) => {
      await page.goto(url, committed);
    },
    shows: async (step, address = 'http') => {
      await page.waitForURL((url) => url.href.startsWith(address), committed);
      await page.locator(`main[data-step="${step}"]`).waitFor();
    },
    press: (action) => page.locator(`[data-action="${action}"]`).click(),
    turnedBack: async (address) => {
      await page.waitForEvent('requestfailed', (request) => request.url().startsWith(address));
    },
    back: async () => {
      await page.goBack(committed);
    },
    reload: async () => {
      await page.reload(committed);
    },
  };
}

async function writeDownTrouble(context: BrowserContext, complaints: string[]): Promise<void> {
  await context.addInitScript(
    `addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      console.error('policy: ' + effectiveDirective + ' ' + blockedURI), true)`,
  );
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    complaints.push(`console: ${message.text()} ${bare(message.location().url)}`);
  });
  context.on('weberror', (error) => complaints.push(`script: ${error.error().message}`));
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // A page that moves on before its style has come, or a second click: given up by the browser, not failed.
    if (why !== 'net::ERR_ABORTED') complaints.push(`failed: ${bare(request.url())} ${why}`);
  });
}

/** Tokens stay out of what a failing test prints. */
const bare = (url: string): string => url.replace(/[?#].*$/s, '');
