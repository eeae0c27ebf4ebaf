import { parse, type HTMLElement } from 'node-html-parser';
import { CookieJar } from 'tough-cookie';

export interface Shown {
  status: number;
  url: string;
  headers: Headers;
  html: string;
  /** `data-step` of the page, null where there is none. */
  step: string | null;
  reason: string | null;
  document: HTMLElement;
}

/**
 * A browser without a screen: keeps cookies per host, follows redirects and meta refreshes, presses buttons by their
 * `data-action`. It stops in front of addresses outside this machine, as at an app's own scheme.
 */
export class Customer {
  /** Every redirect and refresh on the way, in order. */
  readonly visited: string[] = [];
  page!: Shown;
  #jar = new CookieJar(undefined, { allowSpecialUseDomain: true, rejectPublicSuffixes: false });
  readonly #headers: Record<string, string>;
  /** The address the browser was sent to outside of the pages it can open. */
  leftFor: string | null = null;

  constructor(headers: Record<string, string> = {}) {
    this.#headers = headers;
  }

  /** The app's WebView was restarted: its cookies are gone. */
  forgetCookies(): void {
    this.#jar = new CookieJar(undefined, { allowSpecialUseDomain: true, rejectPublicSuffixes: false });
  }

  /** Somebody else has written a cookie into this browser. */
  async plant(cookie: string, url: string): Promise<void> {
    await this.#jar.setCookie(cookie, url);
  }

  async cookies(url: string): Promise<string> {
    return this.#jar.getCookieString(url);
  }

  /** One request, nothing followed. */
  async fetch(url: string, init: RequestInit = {}): Promise<Shown> {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: {
        ...this.#headers,
        cookie: await this.#jar.getCookieString(url),
        ...(init.headers as Record<string, string>),
      },
    });
    for (const cookie of response.headers.getSetCookie()) await this.#jar.setCookie(cookie, url);
    const html = await response.text();
    const document = parse(html);
    const main = document.querySelector('main');
    return {
      status: response.status,
      url,
      headers: response.headers,
      html,
      step: main?.getAttribute('data-step') ?? null,
      reason: main?.getAttribute('data-reason') ?? null,
      document,
    };
  }

  /** Opens an address and follows where it leads, until a page that waits for the customer. */
  async open(url: string, init: RequestInit = {}): Promise<Shown> {
    let shown = await this.fetch(url, init);
    for (let hop = 0; hop < 40; hop += 1) {
      const next = onwardOf(shown);
      if (next === null) break;
      this.visited.push(next);
      if (!isOpenable(next)) {
        this.leftFor = next;
        break;
      }
      shown = await this.fetch(next);
    }
    this.page = shown;
    return shown;
  }

  formOf(action: string): { action: string; body: URLSearchParams } {
    const button = this.page.document.querySelector(`[data-action="${action}"]`);
    const form = button?.closest('form');
    if (!button || !form)
      throw new Error(`no button "${action}" on ${this.page.url} (${this.page.step ?? this.page.html.slice(0, 300)})`);
    const body = new URLSearchParams();
    for (const input of form.querySelectorAll('input')) {
      const name = input.getAttribute('name');
      if (name && (input.getAttribute('type') !== 'radio' || input.hasAttribute('checked'))) {
        body.append(name, input.getAttribute('value') ?? '');
      }
    }
    const name = button.getAttribute('name');
    if (name) body.append(name, button.getAttribute('value') ?? '');
    return { action: new URL(form.getAttribute('action') ?? '', this.page.url).href, body };
  }

  /** Presses a button, with other fields filled in where given. */
  async press(action: string, fields: Record<string, string> = {}): Promise<Shown> {
    const form = this.formOf(action);
    for (const [name, value] of Object.entries(fields)) form.body.set(name, value);
    return this.open(form.action, posting(form.body));
  }

  /** Signs in on the sandbox identity provider's page. */
  async signIn(login: string): Promise<Shown> {
    return this.press('sign-in', { login, password: 'any' });
  }

  /** Signs in there, and stops before the address that leads back to us. */
  async untilCallback(login: string): Promise<string> {
    const { action, body } = this.formOf('sign-in');
    body.set('login', login);
    let shown = await this.fetch(action, posting(body));
    for (let hop = 0; hop < 10; hop += 1) {
      const next = onwardOf(shown) ?? '';
      if (new URL(next).pathname === '/connect/callback') return next;
      shown = await this.fetch(next);
    }
    throw new Error(`no way back from ${shown.url}`);
  }
}

/** A customer who has followed a link, signed in, and now reads the consent page. */
export async function arriveAtConsent({ url }: { url: string }): Promise<Customer> {
  const customer = new Customer();
  await customer.open(url);
  await customer.press('continue');
  await customer.signIn('alice');
  return customer;
}

export const posting = (body: URLSearchParams): RequestInit => ({
  method: 'POST',
  body: body.toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

function onwardOf(shown: Shown): string | null {
  const location = shown.headers.get('location');
  if (shown.status >= 300 && shown.status < 400 && location !== null) return new URL(location, shown.url).href;
  const refresh = shown.document.querySelector('meta[http-equiv="refresh"]')?.getAttribute('content');
  const target = /^0;\s*url=(.*)$/.exec(refresh ?? '')?.[1];
  return target === undefined ? null : /^[a-z][a-z0-9+.-]*:/i.test(target) ? target : new URL(target, shown.url).href;
}

/** Port 1 of this machine stands for the companion app: nobody listens there. */
const isOpenable = (url: string): boolean => /^http:\/\/(localhost|127\.0\.0\.1):(?!1\/)\d+\//.test(url);
